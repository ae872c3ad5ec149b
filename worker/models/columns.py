"""Column shorthands shared by the tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from worker.database import BIG_ID, UtcDateTime

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can name it too (SQLite cannot drop a nameless one)."""


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
    extra: dict[str, Any] = {"default": default} if default is not None or optional else {}
    return Field(sa_type=BigInteger, nullable=optional, index=index, unique=unique, **extra)


def json_column(default: type[list[Any]] | type[dict[str, Any]]) -> Any:
    """A JSON value, empty by default."""
    return Field(default_factory=default, sa_type=JSON, nullable=False)
