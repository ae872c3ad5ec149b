"""Tells the webhook what became of the mails: writes the events down, signs them, posts them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row

import httpx

from demo.counterpart.behaviour import Behaviour
from demo.counterpart.events import encoded, event, listing, payload, posts, story
from demo.counterpart.faults import Faults, Mode
from demo.counterpart.keys import SigningKey
from demo.counterpart.ledger import Ledger
from demo.counterpart.letter import Mail
from demo.counterpart.store import Store
from demo.counterpart.suppressions import DROPPED, Suppressions, insert

log = logging.getLogger(__name__)
_PORTION = 2000


@dataclass(frozen=True)
class _Outcome:
    """What became of one mail, as rows."""

    n: int
    state: str
    listed: list[tuple[str, str, int, str, str]]
    told: list[tuple[int, str, int, str]]


class Postman:
    """One round at a time; events that the webhook does not answer with 2xx stay and are posted again."""

    def __init__(
        self,
        store: Store,
        *,
        behaviour: Behaviour,
        suppressions: Suppressions,
        faults: Faults,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._ledger = store, Ledger(store)
        self._behaviour, self._suppressions, self._faults, self._now = behaviour, suppressions, faults, now
        self._one_round = threading.Lock()
        self._round = int(self._store.value("SELECT coalesce(max(round), 0) FROM event WHERE posted = 0"))
        self._client = httpx.Client(timeout=httpx.Timeout(30, connect=5), trust_env=False)
        self.webhook_url: str | None = None
        self.key = self._kept_key()

    def rotate_key(self) -> None:
        """From now on sign with a new key."""
        self.key = SigningKey.made()
        self._store.remember("signing key", self.key.to_text())

    def deliver_events(self) -> int:
        """One round: returns how many events the webhook has taken (those posted twice count once)."""
        with self._one_round:
            self._round += 1
            while self._write_down():
                pass
            return self._post_all(self.webhook_url) if self.webhook_url else 0

    def pending(self) -> int:
        """Events written down that the webhook has not taken yet, and mails whose events are not written yet."""
        unwritten = "SELECT count(*) FROM mail WHERE state = 'accepted'"
        unposted = "SELECT count(*) FROM event WHERE posted = 0"
        return int(self._store.value(unwritten)) + int(self._store.value(unposted))

    def close(self) -> None:
        self._client.close()

    def _kept_key(self) -> SigningKey:
        """The ledger's key, so that a restart goes on signing with it; made where there is none."""
        kept = self._store.recall("signing key")
        key = SigningKey.from_text(kept) if kept else SigningKey.made()
        if kept is None:
            self._store.remember("signing key", key.to_text())
        return key

    def _write_down(self) -> bool:
        """Decide what became of the next mails that are due; False where none is left."""
        now = self._now().timestamp()
        sql = "SELECT n FROM mail WHERE state = 'accepted' AND due_at <= ? ORDER BY n LIMIT ?"
        numbers = [row[0] for row in self._store.rows(sql, (now, _PORTION))]
        if not numbers:
            return False
        mails = self._ledger.mails(after=numbers[0] - 1, limit=numbers[-1] - numbers[0] + 1)
        due, dropped = set(numbers), self._suppressions.dropped_because()
        outcomes = [self._outcome(mail, dropped, now) for mail in mails if mail.n in due]
        with self._store.transaction() as connection:
            insert(connection, [listed for outcome in outcomes for listed in outcome.listed])
            connection.executemany(
                "INSERT INTO event (mail, kind, round, body) VALUES (?, ?, ?, ?)",
                [told for outcome in outcomes for told in outcome.told],
            )
            connection.executemany(
                "UPDATE mail SET state = ? WHERE n = ?", [(outcome.state, outcome.n) for outcome in outcomes]
            )
        return True

    def _outcome(self, mail: Mail, dropped: dict[str, str], now: float) -> _Outcome:
        """What is written down about one mail; whom its fate puts on a list joins `dropped` for those after it."""
        address = mail.to.lower()
        because, fate = dropped.get(address), self._behaviour.fate(address)
        if because in {DROPPED[kind] for kind in mail.bypassed}:
            because = None
        listed = listing(fate) if because is None else None
        if listed and listed.kind in DROPPED:
            dropped[address] = DROPPED[listed.kind]
        steps = story(fate, because)
        return _Outcome(
            n=mail.n,
            state=steps[-1].kind if steps else "silent",
            listed=[(listed.kind, address, int(now), listed.reason, listed.status)] if listed else [],
            told=[
                (mail.n, step.kind, self._round + step.rounds_later, encoded(event(mail, step, ordinal, now=now)))
                for ordinal, step in enumerate(steps)
            ],
        )

    def _post_all(self, url: str) -> int:
        sql = "SELECT n, body FROM event WHERE posted = 0 AND round <= ? ORDER BY n"
        waiting = self._store.rows(sql, (self._round,))
        if not waiting or self._faults.take(Mode.EVENTS_DELAYED):
            return 0
        if self._faults.take(Mode.EVENTS_REVERSED):
            waiting.reverse()
        taken = 0
        remaining = iter(waiting)
        for portion in posts(row["body"] for row in waiting):
            rows = [next(remaining) for _ in portion]
            taken += self._post(url, rows)
        return taken

    def _post(self, url: str, rows: Sequence[Row]) -> int:
        body = payload(row["body"] for row in rows)
        times = 2 if self._faults.take(Mode.EVENTS_DOUBLED) else 1
        forged = self._faults.take(Mode.EVENTS_FORGED)
        answered = [self._answered(url, body, SigningKey.made() if forged else self.key) for _ in range(times)]
        column = "posted = 1, attempts" if answered[-1] else "attempts"
        with self._store.transaction() as connection:
            connection.executemany(
                f"UPDATE event SET {column} = attempts + 1 WHERE n = ?", [(row["n"],) for row in rows]
            )
        return len(rows) if answered[-1] else 0

    def _answered(self, url: str, body: bytes, key: SigningKey) -> bool:
        headers = key.headers(body, int(self._now().timestamp())) | {"Content-Type": "application/json"}
        try:
            answer = self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            log.info("The webhook %s did not answer: %s", url, error)
            return False
        return answer.is_success
