"""SQL functions that both databases understand."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Uuid


class new_uuid(FunctionElement[uuid.UUID]):  # noqa: N801 - reads as the SQL function that it is
    """A random UUID made by the database, one for each row of an INSERT ... SELECT."""

    type = Uuid()
    inherit_cache = True


@compiles(new_uuid, "postgresql")
def _new_uuid_postgresql(element: new_uuid, compiler: SQLCompiler, **_: Any) -> str:
    return "gen_random_uuid()"


@compiles(new_uuid, "sqlite")
def _new_uuid_sqlite(element: new_uuid, compiler: SQLCompiler, **_: Any) -> str:
    return "lower(hex(randomblob(16)))"


class _BitOr:
    """PostgreSQL's bit_or for SQLite."""

    def __init__(self) -> None:
        self.bits: int | None = None

    def step(self, value: int | None) -> None:
        if value is not None:
            self.bits = value if self.bits is None else self.bits | value

    def finalize(self) -> int | None:
        return self.bits


class _JoinSorted:
    """string_agg(value, ',' ORDER BY value) for SQLite (its own has no ORDER BY before 3.44)."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def step(self, value: str | None) -> None:
        if value is not None:
            self.values.append(value)

    def finalize(self) -> str:
        return ",".join(sorted(self.values))


class join_sorted(FunctionElement[str]):  # noqa: N801
    """Aggregate: the texts of a group, sorted bytewise, joined by commas."""

    type = String()
    inherit_cache = True


@compiles(join_sorted, "postgresql")
def _join_sorted_postgresql(element: join_sorted, compiler: SQLCompiler, **kwargs: Any) -> str:
    value = compiler.process(next(iter(element.clauses)), **kwargs)
    return f"string_agg({value}, ',' ORDER BY {value} COLLATE \"C\")"


@compiles(join_sorted, "sqlite")
def _join_sorted_sqlite(element: join_sorted, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"sitrep_join_sorted({compiler.process(next(iter(element.clauses)), **kwargs)})"


class md5(FunctionElement[str]):  # noqa: N801
    """The MD5 of a text, in hex: a short key for long content, not a protection."""

    type = String()
    inherit_cache = True


@compiles(md5, "postgresql")
def _md5_postgresql(element: md5, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"md5({compiler.process(next(iter(element.clauses)), **kwargs)})"


@compiles(md5, "sqlite")
def _md5_sqlite(element: md5, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"sitrep_md5({compiler.process(next(iter(element.clauses)), **kwargs)})"


def _md5_of(value: str | None) -> str | None:
    return None if value is None else hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


def teach_sqlite(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that SQLite lacks."""
    connection.create_aggregate("bit_or", 1, _BitOr)  # type: ignore[arg-type]
    connection.create_aggregate("sitrep_join_sorted", 1, _JoinSorted)  # type: ignore[arg-type]
    connection.create_function("sitrep_md5", 1, _md5_of, deterministic=True)
