"""Engines and sessions: one code path over SQLite and PostgreSQL.

SQLite runs in WAL mode and every transaction begins IMMEDIATE: with SQLAlchemy's default, concurrent
read-then-write transactions lose updates. PostgreSQL gets advisory locks where SQLite's single writer
already orders everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    Table,
    create_engine,
    func,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from worker.database.sqlite import BUSY_MS, TakingTurns, tune_sqlite
from worker.errors import SettingsError

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""Primary keys: 64 bits on both; SQLite numbers rows by itself only in a column declared INTEGER."""


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
            arguments = {"timeout": BUSY_MS / 1000, "check_same_thread": False, "factory": TakingTurns}
            engine = create_engine(parsed, connect_args=arguments)
            tune_sqlite(engine)
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
STORY_LOCK = 7_004
"""Advisory lock: one joins stories at a time, so that of two twins that come together one sees the other. It is taken
before any article's row is, and never waited for while one is held. Also who counts or forgets a site's lines."""
SEARCH_LOCK = 7_005
"""Advisory lock: exclusive while saved searches take change numbers, which so become visible in their order."""


SCHEDULES_LOCK = 7_006
"""Advisory lock: the operators' files are put in force by one at a time (7003 is in worker.migrations)."""


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
    "STORY_LOCK",
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
