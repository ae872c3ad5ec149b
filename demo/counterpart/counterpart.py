"""The counterpart as one object: its address and key, its ledger, and how it is told to behave."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.counterpart.account import Account
from demo.counterpart.behaviour import Behaviour
from demo.counterpart.control import PREFIX as CONTROL
from demo.counterpart.control import Control
from demo.counterpart.faults import Faults
from demo.counterpart.ledger import Ledger
from demo.counterpart.letter import Mail
from demo.counterpart.postman import Postman
from demo.counterpart.sending import PATH as SEND
from demo.counterpart.sending import Sending, errors, unauthorized
from demo.counterpart.shape import Refusal
from demo.counterpart.store import Store
from demo.counterpart.suppressions import Suppressions
from demo.newsroom.clock import DrivenClock
from demo.newsroom.loopback import Answer, Loopback, Request

API_KEY = "SG.counterpart.demo"


class Counterpart:
    """Runs from construction until `close`; prefer `with Counterpart.running() as counterpart:`.

    `ledger` names the SQLite file that keeps everything (a temporary one otherwise); one that exists is
    gone on with. The clock is the machine's until `now` is set; then it stands still where it was set.
    With `pump_every` seconds, events are delivered in the background; otherwise by `deliver_events`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        ledger: Path | None = None,
        api_key: str = API_KEY,
        webhook_url: str | None = None,
        behaviour: Mapping[str, Iterable[str]] | None = None,
        now: datetime | None = None,
        pump_every: float | None = None,
    ) -> None:
        self.api_key = api_key
        self.clock = DrivenClock(now) if now else DrivenClock.real()
        self.behaviour, self.faults = Behaviour(behaviour), Faults()
        self._temporary = None if ledger else tempfile.TemporaryDirectory(prefix="counterpart-")
        self._store = Store(ledger or Path(self._temporary.name if self._temporary else "") / "ledger.sqlite")
        self.ledger, self.suppressions = Ledger(self._store), Suppressions(self._store)
        self._closing = threading.Event()
        self._postman = Postman(
            self._store,
            behaviour=self.behaviour,
            suppressions=self.suppressions,
            faults=self.faults,
            now=self.clock.now,
        )
        self.webhook_url = webhook_url
        self._sending = Sending(self.ledger, self.faults, now=self.clock.now, closing=self._closing)
        self._account = Account(self.suppressions, self._postman, now=self.clock.now)
        self._control = Control(self)
        self._pump = threading.Thread(target=self._keep_pumping, args=(pump_every,), daemon=True)
        try:
            self._server = Loopback(self._answer, port=port, before_body=self._sending.wants_body)
        except BaseException:
            self._release()
            raise
        self.url = self._server.url
        if pump_every is not None:
            self._pump.start()

    @classmethod
    @contextmanager
    def running(
        cls,
        *,
        port: int = 0,
        ledger: Path | None = None,
        api_key: str = API_KEY,
        webhook_url: str | None = None,
        behaviour: Mapping[str, Iterable[str]] | None = None,
        now: datetime | None = None,
        pump_every: float | None = None,
    ) -> Iterator[Counterpart]:
        """A counterpart in threads of this process, closed at the end of the block."""
        counterpart = cls(
            port=port,
            ledger=ledger,
            api_key=api_key,
            webhook_url=webhook_url,
            behaviour=behaviour,
            now=now,
            pump_every=pump_every,
        )
        try:
            yield counterpart
        finally:
            counterpart.close()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @now.setter
    def now(self, instant: datetime) -> None:
        self.clock.set(instant)

    @property
    def webhook_url(self) -> str | None:
        return self._postman.webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._postman.webhook_url = url

    @property
    def public_key(self) -> str:
        """Base64 of the SPKI, as SendGrid's settings page shows it."""
        return self._postman.key.public

    @property
    def mails(self) -> list[Mail]:
        """Every mail that was accepted, in the order of arrival."""
        return self.ledger.mails()

    def mails_to(self, address: str) -> list[Mail]:
        return self.ledger.mails(to=address)

    def behave(self, rules: Mapping[str, Iterable[str]]) -> None:
        """Replace all rules of behaviour."""
        Behaviour(rules)
        self.behaviour.clear()
        self.behaviour.add(rules)

    @property
    def pending_events(self) -> int:
        return self._postman.pending()

    def deliver_events(self) -> int:
        """One round of events to the webhook; returns how many it has taken."""
        return self._postman.deliver_events()

    def deliver_all_events(self, *, rounds: int = 10) -> int:
        """Rounds until nothing is left to tell, at most `rounds`; returns how many events were taken."""
        taken = 0
        for _ in range(rounds):
            taken += self.deliver_events()
            if not self.pending_events:
                break
        return taken

    def rotate_key(self) -> None:
        self._postman.rotate_key()

    def stats(self) -> dict[str, Any]:
        kinds = self._store.rows("SELECT kind, count(*), sum(posted) FROM event GROUP BY kind")
        return self.ledger.summary() | {
            "now": self.now.isoformat(),
            "answers": self._sending.answers,
            "events": {row[0]: {"written": row[1], "taken": row[2]} for row in kinds},
            "events_pending": self.pending_events,
            "suppressions": self.suppressions.counts(),
            "faults": self.faults.as_json(),
        }

    def close(self) -> None:
        """Stop; the ledger's file stays, unless it was a temporary one."""
        self._closing.set()
        self._server.close()
        if self._pump.is_alive():
            self._pump.join()
        self._release()

    def _release(self) -> None:
        self._postman.close()
        self._store.close()
        if self._temporary:
            self._temporary.cleanup()

    def _keep_pumping(self, seconds: float) -> None:
        while not self._closing.wait(seconds):
            self.deliver_events()

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(CONTROL):
            return self._control.answer(request)
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return self._control.outbox()
        if not request.path.startswith("/v3/"):
            return errors(404, Refusal("resource not found"))
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return unauthorized()
        if request.path == SEND:
            return (
                self._sending.answer(request)
                if request.method == "POST"
                else errors(405, Refusal("method not allowed"))
            )
        return self._account.answer(request)
