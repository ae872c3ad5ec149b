"""The pages with real parts: a database, tokens, an outbox, a webhook that keeps what it is given."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import httpx
from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel

from tests.audience import scene
from worker.audience.tokens import LinkMaker, Tokens
from worker.collect.push import Taken, take_push, verify_intent
from worker.database import session_on, table
from worker.errors import InvalidInput
from worker.models import Notice, Subscriber
from worker.resources import shipped
from worker.services.site import Site

BASE = "http://127.0.0.1:8000"
FORM = {
    "address": "jo@example.org",
    "topics": ["drones", "belarus"],
    "frequency": "daily",
    "zone": "Europe/Berlin",
    "hour": "8",
    "weekday": "0",
}


@dataclass
class Newsroom:
    """What the pages need, with a clock that tests move."""

    engine: Engine
    clock: datetime
    mail_outbox: Path | None = None
    base_url: str = BASE
    hints: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    mails: dict[uuid.UUID, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=lambda: {"en": "English"})
    templates_dir: Path = field(default_factory=lambda: shipped("templates"))
    confirm_within: timedelta = scene.CONFIRM_WITHIN
    tokens: Tokens = field(default_factory=lambda: Tokens("a secret of thirty-two characters"))
    site: Site = field(
        default_factory=lambda: Site(
            "The Daily Rampart",
            "https://rampart.example",
            "https://rampart.example/contact",
            "The Daily Rampart, Wall Street 1, 10115 Berlin",
        )
    )

    @property
    def links(self) -> LinkMaker:
        return LinkMaker(self.base_url, self.tokens)

    def now(self) -> datetime:
        return self.clock

    def hash_address(self, address_key: str) -> str:
        return scene.hash_address(address_key)

    def enqueue(self, name: str, *ids: object) -> None:
        self.hints.append((name, ids))

    def record_webhook(self, body: bytes, headers: Mapping[str, str]) -> bool:
        if headers.get("x-twilio-email-event-webhook-signature") != "ours":
            return False
        if not body.startswith(b"["):
            raise InvalidInput("The body holds no events")
        self.kept.append(body)
        return True

    def verify_push(self, token: str, query: Mapping[str, str]) -> str | None:
        with session_on(self.engine) as session:
            return verify_intent(session, token, query, now=self.clock)

    def take_push(self, token: str, body: bytes, signature: str | None) -> bool:
        with session_on(self.engine) as session:
            taken, source_id = take_push(session, token, body, signature, now=self.clock)
        if taken is Taken.POLL:
            self.enqueue("source", source_id)
        return taken is not Taken.GONE

    def source_alarms(self) -> list[str]:
        return self.alarms

    def view_delivery(self, session: Session, delivery_id: uuid.UUID) -> str | None:
        return self.mails.get(delivery_id)

    def faults(self) -> list[str]:
        return self.broken

    def schedule_faults(self) -> list[str]:
        return self.mistakes

    # What tests ask beside.

    def signups_mailed(self) -> list[int]:
        """The signups behind the confirmations planned so far, oldest first."""
        with session_on(self.engine, read_only=True) as session:
            notices = table(Notice)
            rows = session.execute(
                select(notices.c.signup_id).where(notices.c.kind == "confirmation").order_by(notices.c.created_at)
            )
            return list(rows.scalars())

    def person(self) -> Subscriber:
        """The one subscriber."""
        with session_on(self.engine, read_only=True) as session:
            return session.execute(select(Subscriber)).scalar_one()

    def open_now(self) -> dict[str, str]:
        """Topic to frequency of the one subscriber."""
        with session_on(self.engine, read_only=True) as session:
            return scene.open_now(session, session.execute(select(Subscriber)).scalar_one())

    def token_url(self, purpose: str, newsletter: str = "daily") -> str:
        """The path of a link for the one subscriber."""
        person = self.person()
        links = self.links
        if purpose == "confirm":
            return links.confirm_url(self.signups_mailed()[-1]).removeprefix(self.base_url)
        if purpose == "preferences":
            return links.preferences_url(person.public_id).removeprefix(self.base_url)
        return links.unsubscribe_url(person.public_id, newsletter).removeprefix(self.base_url)

    def join(self, client: httpx.Client, **changes: object) -> None:
        """Sign up and confirm through the pages."""
        assert client.post("/subscribe", data=FORM | changes).status_code == 200
        assert client.post(self.token_url("confirm")).status_code == 200


def rows_of(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table: to show that nothing changed."""
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(each))), key=repr)
            for name, each in SQLModel.metadata.tables.items()
        }


def write_mail(maildir: Path, key: str, *, subject: str = "Hello", to: str = "jo@example.org", html: str = "") -> None:
    """A mail in new/, as the mailer writes it."""
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = subject, to, "Rampart <news@rampart.example>"
    message.set_content(f"{subject}\n\nRead on: https://rampart.example/a?b=1&c=2.\n")
    message.add_alternative(
        html or f"<html><head><title>x</title></head><body><h1>{subject}</h1></body></html>", "html"
    )
    (maildir / "new").mkdir(parents=True, exist_ok=True)
    (maildir / "new" / key).write_bytes(message.as_bytes())


def forms_in(html: str) -> list[str]:
    """The targets of the forms of a page."""
    return re.findall(r'<form method="post" action="([^"]+)"', html)
