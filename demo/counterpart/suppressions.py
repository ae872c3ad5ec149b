"""The provider's own lists of addresses that it no longer mails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from demo.counterpart.store import Store

KINDS = ("bounces", "blocks", "spam_reports", "unsubscribes", "invalid_emails")
# A mail to a listed address is dropped with this reason; blocks are only remembered.
DROPPED = {
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "unsubscribes": "Unsubscribed Address",
    "invalid_emails": "Invalid",
}
_COLUMNS = {
    "bounces": ("created", "email", "reason", "status"),
    "blocks": ("created", "email", "reason", "status"),
    "spam_reports": ("created", "email", "ip"),
    "unsubscribes": ("created", "email"),
    "invalid_emails": ("created", "email", "reason"),
}


def insert(connection: sqlite3.Connection, rows: Iterable[tuple[str, str, int, str, str]]) -> None:
    """Put addresses on lists (kind, address, created, reason, status) within a transaction of the caller."""
    connection.executemany("INSERT OR IGNORE INTO suppression VALUES (?, ?, ?, ?, ?)", rows)


class Suppressions:
    """Reads and writes the lists in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, kind: str, address: str, *, created: float, reason: str = "", status: str = "") -> None:
        with self._store.transaction() as connection:
            insert(connection, [(kind, address.lower(), int(created), reason, status)])

    def remove(self, kind: str, address: str | None) -> bool:
        """Take an address, or with None everybody, off a list; False where nobody was on it."""
        with self._store.transaction() as connection:
            found = connection.execute(
                "DELETE FROM suppression WHERE kind = ? AND (? IS NULL OR address = ?)",
                (kind, address, address and address.lower()),
            )
        return found.rowcount > 0

    def dropped_because(self) -> dict[str, str]:
        """For every address that is not mailed any more, the reason that its dropped events give."""
        rows = self._store.rows("SELECT kind, address FROM suppression")
        return {row["address"]: DROPPED[row["kind"]] for row in rows if row["kind"] in DROPPED}

    def listed(
        self,
        kind: str,
        *,
        address: str | None = None,
        part: str | None = None,
        start: int = 0,
        end: int | None = None,
        limit: int = 500,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """The members of a list, newest first, as the API shows them."""
        rows = self._store.rows(
            "SELECT created, address AS email, reason, status, '127.0.0.1' AS ip FROM suppression"
            " WHERE kind = ? AND (? IS NULL OR address = ?) AND (? IS NULL OR address LIKE ?)"
            " AND created >= ? AND (? IS NULL OR created <= ?)"
            " ORDER BY created DESC, address LIMIT ? OFFSET ?",
            (kind, address, address and address.lower(), part, f"%{part}%", start, end, end, limit, offset),
        )
        return [{column: row[column] for column in _COLUMNS[kind]} for row in rows]

    def counts(self) -> dict[str, int]:
        rows = self._store.rows("SELECT kind, count(*) FROM suppression GROUP BY kind")
        return dict.fromkeys(KINDS, 0) | {row[0]: row[1] for row in rows}
