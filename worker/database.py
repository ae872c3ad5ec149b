"""Engines and sessions: one code path over SQLite and PostgreSQL.

SQLite runs in WAL mode and every transaction begins IMMEDIATE: with SQLAlchemy's default, concurrent
read-then-write transactions lose updates. PostgreSQL gets advisory locks where SQLite's single writer
already orders everything.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    String,
    Table,
    create_engine,
    event,
    func,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, Uuid
from sqlmodel import Session, SQLModel

from worker.errors import SettingsError

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""Primary keys: 64 bits on both; SQLite numbers rows by itself only in a column declared INTEGER."""

_BUSY_MS = 30_000


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware on the way in (anything else is a mistake), aware UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone: instants are aware")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql://...` (psycopg is chosen by itself)."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "SITREP_DATABASE_URL is no database URL: write postgresql://USER:PASSWORD@HOST/NAME or sqlite:///PATH"
        ) from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        if parsed.get_backend_name() == "sqlite":
            arguments = {"timeout": _BUSY_MS / 1000, "check_same_thread": False, "factory": _TakingTurns}
            engine = create_engine(parsed, connect_args=arguments)
            _tune_sqlite(engine)
        elif parsed.get_backend_name() == "postgresql":
            engine = create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=True,
                connect_args={"options": "-c timezone=UTC"},
            )
        else:
            raise SettingsError(
                f"SITREP_DATABASE_URL: {parsed.get_backend_name()} is not supported; use postgresql or sqlite"
            )
    except NoSuchModuleError as error:
        raise SettingsError(
            f"SITREP_DATABASE_URL: no driver for {parsed.drivername!r}; use postgresql or sqlite"
        ) from error
    return engine


class _TakingTurns(sqlite3.Connection):
    """A connection whose transactions queue with those of the process's other threads.

    SQLite lets one write at a time, and who waits for that looks again every so often, up to a tenth of a second
    later: with many threads the file lies idle for most of the time.
    """

    turn: threading.Lock | None = None
    """Shared by all connections of an engine."""
    _mine = False

    def wait(self) -> None:
        """Until nobody else of this process writes. After too long SQLite is asked all the same, which says no."""
        self._mine = self.turn is not None and self.turn.acquire(timeout=_BUSY_MS / 1000)

    def done(self) -> None:
        if self._mine and self.turn is not None:
            self._mine = False
            self.turn.release()

    def commit(self) -> None:
        super().commit()  # what cannot be committed still has its turn, until it is rolled back
        self.done()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.done()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.done()


def _tune_sqlite(engine: Engine) -> None:
    turn = threading.Lock()

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _: object) -> None:
        raw: Any = connection
        assert isinstance(raw, _TakingTurns)
        raw.turn = turn
        raw.isolation_level = None  # SQLAlchemy's BEGIN is ours to send, see on_begin
        for pragma in ("journal_mode=WAL", f"busy_timeout={_BUSY_MS}", "synchronous=NORMAL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")
        raw.create_aggregate("bit_or", 1, _BitOr)  # type: ignore[arg-type]
        raw.create_aggregate("sitrep_join_sorted", 1, _JoinSorted)  # type: ignore[arg-type]
        raw.create_function("sitrep_md5", 1, _md5_of, deterministic=True)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("BEGIN")
            return
        raw = connection.connection.dbapi_connection
        raw.wait()
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            raw.done()
            raise


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for set-based statements."""
    mapped = inspect(model).local_table
    assert isinstance(mapped, Table)
    return mapped


@contextmanager
def session_on(engine: Engine, *, read_only: bool = False) -> Iterator[Session]:
    """A session whose objects stay readable after a commit (stages commit, then report).

    With `read_only` it takes no write lock on SQLite, so that pages and commands that look never wait for a writer.
    """
    with Session(engine.execution_options(read_only=read_only), expire_on_commit=False) as session:
        yield session


def dialect(session: Session) -> str:
    """`sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


RELEASE_LOCK = 7_001
"""Advisory lock: exclusive while a release takes its number, shared while a person's subscriptions,
pauses or due times change. Makes release numbers visible in the order of their commits."""
PLAN_LOCK = 7_002
"""Advisory lock: one planner of digests at a time."""
SEARCH_LOCK = 7_005
"""Advisory lock: exclusive while saved searches take change numbers, which so become visible in their order."""


SCHEDULES_LOCK = 7_006
"""Advisory lock: the operators' files are put in force by one at a time (7003 is in worker.migrations, 7004 in
worker.collect.stories)."""


@contextmanager
def holding(session: Session, key: int) -> Iterator[None]:
    """Hold `key` alone over several transactions of the session, by a connection of its own.

    On SQLite nothing is held: what one transaction reads and writes is in order there by itself.
    """
    if dialect(session) != "postgresql":
        yield
        return
    with session.get_bind().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def lock_exclusive(session: Session, key: int) -> None:
    """Hold `key` alone until the transaction ends. On SQLite the transaction itself is that lock."""
    if dialect(session) == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    else:
        session.connection()


def lock_shared(session: Session, key: int) -> None:
    """Hold `key` together with other sharers until the transaction ends."""
    if dialect(session) == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": key})
    else:
        session.connection()


def analyze(session: Session, name: str) -> None:
    """Refresh the planner's statistics of one table (PostgreSQL): rows just inserted are unknown to it."""
    if dialect(session) == "postgresql":
        session.execute(text(f"ANALYZE {name}"))


__all__ = [
    "BIG_ID",
    "PLAN_LOCK",
    "RELEASE_LOCK",
    "SCHEDULES_LOCK",
    "SEARCH_LOCK",
    "UtcDateTime",
    "analyze",
    "dialect",
    "func",
    "holding",
    "join_sorted",
    "lock_exclusive",
    "lock_shared",
    "make_engine",
    "md5",
    "new_uuid",
    "session_on",
    "table",
]
