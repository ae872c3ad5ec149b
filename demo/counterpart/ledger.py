"""Every mail that was ever accepted, durable before the request is answered."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from demo.counterpart.letter import Mail, render, shared_part
from demo.counterpart.store import Store

# What the mails of a request share is kept once and a mail is rendered when it is read: the result
# is the same, and a thousand mails of 20 KB are a thousand short rows instead of 20 MB.
_MAILS = "SELECT mail.*, request.shared, request.received_at FROM mail JOIN request USING (message_id)"


class Ledger:
    """Reads and writes the mails in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def accept(self, body: Mapping[str, Any], *, now: float, size: int) -> str:
        """Keep every mail of a checked request; returns the id that SendGrid answers as X-Message-Id."""
        message_id = secrets.token_urlsafe(16)
        rows = list(_rows(message_id, body, now))
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO request VALUES (?, ?, ?, ?, ?)",
                (message_id, now, len(rows), size, json.dumps(shared_part(body))),
            )
            connection.executemany(
                "INSERT INTO mail (message_id, position, address, person, personal, delivery_id, due_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return message_id

    def mail(self, n: int) -> Mail | None:
        found = self._store.rows(f"{_MAILS} WHERE n = ?", (n,))
        return _mail(found[0]) if found else None

    def mails(
        self,
        *,
        to: str | None = None,
        delivery_id: str | None = None,
        message_id: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Mail]:
        """The mails in the order of their arrival, from number `after` + 1 on, that meet all conditions."""
        conditions, values = ["n > ?"], [after]
        for column, wanted in (
            ("address", to.lower() if to else None),
            ("delivery_id", delivery_id),
            ("message_id", message_id),
        ):
            if wanted is not None:
                conditions.append(f"{column} = ?")
                values.append(wanted)  # type: ignore[arg-type]
        sql = f"{_MAILS} WHERE {' AND '.join(conditions)} ORDER BY n LIMIT ?"
        return [_mail(row) for row in self._store.rows(sql, (*values, -1 if limit is None else limit))]

    def count(self) -> int:
        return int(self._store.value("SELECT count(*) FROM mail"))

    def delivery_ids(self) -> dict[str, int]:
        """How many mails carry each delivery id."""
        sql = "SELECT delivery_id, count(*) FROM mail WHERE delivery_id IS NOT NULL GROUP BY delivery_id"
        return {str(row[0]): int(row[1]) for row in self._store.rows(sql)}

    def summary(self) -> dict[str, Any]:
        """Requests, mails, distinct delivery ids, and which of those were accepted more than once."""
        requests = self._store.rows("SELECT count(*), coalesce(sum(bytes), 0) FROM request")[0]
        counts = self.delivery_ids()
        states = self._store.rows("SELECT state, count(*) FROM mail GROUP BY state")
        return {
            "requests": requests[0],
            "bytes": requests[1],
            "mails": self.count(),
            "delivery_ids": len(counts),
            "twice": sorted(key for key, count in counts.items() if count > 1),
            "states": {row[0]: row[1] for row in states},
        }


def _rows(message_id: str, body: Mapping[str, Any], now: float) -> Iterator[tuple[Any, ...]]:
    """One row per recipient, the personalization's own part as JSON."""
    shared_id = body.get("custom_args", {}).get("delivery_id")
    for position, personal in enumerate(body["personalizations"]):
        people = [person for kind in ("to", "cc", "bcc") for person in personal.get(kind, ())]
        delivery_id = personal.get("custom_args", {}).get("delivery_id", shared_id)
        due_at = personal.get("send_at", body.get("send_at", now))
        own = json.dumps({key: value for key, value in personal.items() if key not in ("to", "cc", "bcc")})
        for person in people:
            address = person["email"].lower()
            yield message_id, position, address, json.dumps(person), own, delivery_id, due_at


@lru_cache(maxsize=64)
def _shared(text: str) -> Mapping[str, Any]:
    """Read once for all the mails of a request that are read together."""
    found: Mapping[str, Any] = json.loads(text)
    return found


def _mail(row: sqlite3.Row) -> Mail:
    return render(
        _shared(row["shared"]),
        json.loads(row["personal"]),
        json.loads(row["person"]),
        n=row["n"],
        message_id=row["message_id"],
        received_at=row["received_at"],
        state=row["state"],
    )
