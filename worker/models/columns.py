"""Column shorthands shared by the tables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Table
from sqlmodel import Field

from worker.database import BIG_ID, UtcDateTime


def big_id() -> Any:
    """A primary key numbered by the database."""
    return Field(default=None, primary_key=True, sa_type=BIG_ID)


def ref(target: str, *, optional: bool = False, index: bool = False, primary_key: bool = False) -> Any:
    """A foreign key to a 64-bit id, such as `article.id`."""
    extra: dict[str, Any] = {"default": None} if optional else {}
    return Field(foreign_key=target, sa_type=BIG_ID, index=index, primary_key=primary_key, nullable=optional, **extra)


def instant(*, optional: bool = False, index: bool = False) -> Any:
    """A UTC instant."""
    extra: dict[str, Any] = {"default": None} if optional else {}
    return Field(sa_type=UtcDateTime, nullable=optional, index=index, **extra)


def number(*, default: int | None = None, optional: bool = False, index: bool = False, unique: bool = False) -> Any:
    """A 64-bit integer: release numbers and bit sets."""
    from sqlalchemy import BigInteger

    extra: dict[str, Any] = {"default": default} if default is not None or optional else {}
    return Field(sa_type=BigInteger, nullable=optional, index=index, unique=unique, **extra)


def json_column(default: type[list[Any]] | type[dict[str, Any]]) -> Any:
    """A JSON value, empty by default."""
    return Field(default_factory=default, sa_type=JSON, nullable=False)


__all__ = [
    "JSON",
    "Any",
    "Column",
    "Field",
    "Index",
    "StrEnum",
    "Table",
    "big_id",
    "datetime",
    "instant",
    "json_column",
    "number",
    "ref",
]
