"""SQLite as we use it: WAL, transactions that write from their beginning on, and writers that queue."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from worker.database.functions import teach_sqlite

BUSY_MS = 30_000


class TakingTurns(sqlite3.Connection):
    """A connection whose transactions queue with those of the process's other threads.

    SQLite lets one write at a time, and who waits for that looks again every so often, up to a tenth of a second
    later: with many threads the file lies idle for most of the time.
    """

    turn: threading.Lock | None = None
    """Shared by all connections of an engine."""
    _mine = False

    def wait(self) -> None:
        """Until nobody else of this process writes. After too long SQLite is asked all the same, which says no."""
        self._mine = self.turn is not None and self.turn.acquire(timeout=BUSY_MS / 1000)

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


def tune_sqlite(engine: Engine) -> None:
    turn = threading.Lock()

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _: object) -> None:
        raw: Any = connection
        assert isinstance(raw, TakingTurns)
        raw.turn = turn
        raw.isolation_level = None  # SQLAlchemy's BEGIN is ours to send, see on_begin
        for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_MS}", "synchronous=NORMAL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")
        teach_sqlite(raw)

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
