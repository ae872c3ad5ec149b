"""The webhook as the web process serves it: verify, record durably, answer 204; applying is somebody else's work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine

from demo.counterpart import Counterpart
from demo.newsroom.loopback import Loopback, Request, Response
from tests.deliver.scene import hash_address
from worker.database import session_on
from worker.track.apply import ApplyCounts, apply_events
from worker.track.record import record_events
from worker.track.translate import parse_body
from worker.track.verify import SIGNATURE_HEADER, TIMESTAMP_HEADER, verify_signature


class Webhook:
    """Receives the counterpart's events at the instant `now`."""

    def __init__(self, engine: Engine, counterpart: Counterpart, now: datetime) -> None:
        self.now, self._engine, self._counterpart = now, engine, counterpart
        self.refused = 0

    def receive(self, request: Request) -> Response:
        genuine = verify_signature(
            request.body,
            signature=request.headers.get(SIGNATURE_HEADER, ""),
            timestamp=request.headers.get(TIMESTAMP_HEADER, ""),
            keys=[self._counterpart.public_key],
        )
        if not genuine:
            self.refused += 1
            return Response(403)
        with session_on(self._engine) as session:
            record_events(session, parse_body(request.body), now=self.now)
        return Response(204)

    def apply(self) -> ApplyCounts:
        with session_on(self._engine) as session:
            return apply_events(session, now=self.now, limit=10_000, hash_address=hash_address)

    def hear(self, *, at: datetime | None = None) -> ApplyCounts:
        """Everything that the counterpart has to tell now, received and applied."""
        self.now = at or self.now
        self._counterpart.deliver_all_events()
        return self.apply()


@contextmanager
def serving(engine: Engine, counterpart: Counterpart, now: datetime) -> Iterator[Webhook]:
    webhook = Webhook(engine, counterpart, now)
    server = Loopback(webhook.receive)
    counterpart.webhook_url = f"{server.url}/webhooks/sendgrid"
    try:
        yield webhook
    finally:
        counterpart.webhook_url = None
        server.close()
