"""The ledger's file: one SQLite connection, shared by all threads, durable at every commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS request (
    message_id TEXT PRIMARY KEY, received_at REAL NOT NULL, mails INTEGER NOT NULL, bytes INTEGER NOT NULL,
    shared TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS mail (
    n INTEGER PRIMARY KEY, message_id TEXT NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL,
    person TEXT NOT NULL, personal TEXT NOT NULL, delivery_id TEXT, due_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'accepted'
);
CREATE INDEX IF NOT EXISTS mail_by_address ON mail (address);
CREATE INDEX IF NOT EXISTS mail_by_delivery ON mail (delivery_id);
CREATE INDEX IF NOT EXISTS mail_to_tell ON mail (n) WHERE state = 'accepted';
CREATE TABLE IF NOT EXISTS event (
    n INTEGER PRIMARY KEY, mail INTEGER NOT NULL, kind TEXT NOT NULL, round INTEGER NOT NULL,
    body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, posted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_to_post ON event (n) WHERE posted = 0;
CREATE INDEX IF NOT EXISTS event_by_mail ON event (mail);
CREATE TABLE IF NOT EXISTS suppression (
    kind TEXT NOT NULL, address TEXT NOT NULL, created INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '', PRIMARY KEY (kind, address)
);
"""


class Store:
    """Opens (and where needed makes) the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _TABLES)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on the disk when the block ends; nothing else happens meanwhile."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, None where there is no row."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def remember(self, key: str, value: str) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        found: str | None = self.value("SELECT value FROM meta WHERE key = ?", (key,))
        return found

    def close(self) -> None:
        with self._lock:
            self._connection.close()
