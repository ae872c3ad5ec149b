"""Brings a database to this version's tables, whole or not at all."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from worker.errors import UnusableDatabase

MIGRATE_LOCK = 7_003
"""Advisory lock: one migration at a time (worker.database has 7001 and 7002)."""

logging.getLogger("alembic").setLevel(logging.WARNING)  # what it did is said by who asked for it


def config(versions: Path | None = None) -> Config:
    """Alembic's configuration; no ini file takes part. `versions` replaces the shipped revisions."""
    made = Config()
    made.set_main_option("script_location", "worker:migrations")
    made.set_main_option("path_separator", "newline")
    made.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s_%%(rev)s")
    if versions is not None:
        made.set_main_option("version_locations", str(versions).replace("%", "%%"))
    return made


def expected(versions: Path | None = None) -> str | None:
    """The revision that this version's tables have."""
    return ScriptDirectory.from_config(config(versions)).get_current_head()


def current(engine: Engine) -> str | None:
    """The revision that the database has; None before the first migration."""
    with _reachable(engine), engine.execution_options(read_only=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, versions: Path | None = None) -> None:
    """Run what is missing, in one transaction. Several at once wait for each other; the later find nothing to do.

    UnusableDatabase where the database cannot be reached, or has been migrated by a newer version of Sitrep.
    """
    settings = config(versions)
    with _reachable(engine), _transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATE_LOCK})
        settings.attributes["connection"] = connection
        try:
            command.upgrade(settings, "head")
        except CommandError as error:
            raise UnusableDatabase(
                f"The tables are not those of this version or an older one ({error}): run the Sitrep that made them, "
                "or restore the backup that fits this version"
            ) from error


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection, _foreign_keys_off(connection), connection.begin():
        yield connection
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise UnusableDatabase(
                f"After the migration {len(broken)} rows would refer to nothing: nothing was changed"
            )


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew; with the keys on, dropping the old one would touch every row that
    refers to it. Inside a transaction the pragma does nothing, so it comes before."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _reachable(engine: Engine) -> Iterator[None]:
    """Say in a sentence that the database cannot be used."""
    try:
        yield
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise UnusableDatabase(
            f"The database {where} cannot be used: {_first_line(error)}. Check SITREP_DATABASE_URL, "
            "and that the server runs and lets this account in"
        ) from error


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
