"""A small world for the sending stages: an edition, people who want it, and what they are mailed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from worker.audience.suppression import address_hash
from worker.database import table
from worker.deliver.answers import SubmitResult
from worker.deliver.batches import form_batches
from worker.deliver.mailers import Mailer
from worker.deliver.submit import submit_batch
from worker.message import Content, Mailbox, Parcel, Recipient
from worker.models import (
    Batch,
    Cohort,
    Delivery,
    Edition,
    Newsletter,
    Subscriber,
    SubscriberState,
    Subscription,
    Topic,
)

LEASE = timedelta(minutes=2)
SECRET = "a secret of the tests, long enough to be one"
LINK = "%%LINK%%"


def hash_address(key: str) -> str:
    return address_hash(key, SECRET)


@dataclass
class Composition:
    parcels: list[Parcel] = field(default_factory=list)
    gone: dict[uuid.UUID, str] = field(default_factory=dict)


def content(number: int = 0, **changes: Any) -> Content:
    """A content of ours; `number` makes it another one."""
    parts: dict[str, Any] = {
        "subject": f"Frigates, and {number} more",
        "text": f"Frigates put to sea.\nStory {number}.\nLeave: {LINK}\n",
        "html": f'<h1>Frigates put to sea</h1><p>Story {number}.</p><a href="{LINK}">Leave</a>',
        "sender": Mailbox("updates@forwardpost.example", "Forward Post"),
        "headers": {"List-Id": "Daily <daily.forwardpost.example>", "Precedence": "bulk"},
        "categories": ("daily",),
    }
    return Content(**(parts | changes))


def recipient(reference: uuid.UUID, address: str, **changes: Any) -> Recipient:
    link = f"http://127.0.0.1:8000/unsubscribe/{reference.hex}"
    parts: dict[str, Any] = {
        "mailbox": Mailbox(address),
        "substitutions": {LINK: link},
        "headers": {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    }
    return Recipient(reference, **(parts | changes))


class Scene:
    """Rows made directly, as the stages before would leave them."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.gone: Mapping[uuid.UUID, str] = {}
        self.composed: list[Sequence[uuid.UUID]] = []
        session.add(Newsletter(slug="daily", title="Daily", frequency="daily"))
        session.add(Newsletter(slug="alert", title="Alert", frequency="instant"))
        self.topic = Topic(slug="drones", title="Drones", created_at=now)
        session.add(self.topic)
        session.commit()

    def edition(
        self,
        people: int | Sequence[str] = 3,
        *,
        cohorts: int = 1,
        newsletter: str = "daily",
        slot_at: datetime | None = None,
        not_after: timedelta = timedelta(hours=6),
    ) -> Edition:
        """A planned edition for new people (a number, or their addresses), dealt out over cohorts."""
        slot = slot_at or self.now
        names = (
            [f"p{n}.{uuid.uuid4().hex[:6]}@mail.example" for n in range(people)] if isinstance(people, int) else people
        )
        edition = Edition(
            newsletter=newsletter,
            newsletter_version=1,
            slot_at=slot,
            cutoff=1,
            planned_at=slot,
            not_after=slot + not_after,
            planned=len(names),
        )
        self.session.add(edition)
        self.session.flush()
        groups = [
            Cohort(edition_id=edition.id, content_key=str(n), language="en", shown_on=date(2026, 3, 2))
            for n in range(cohorts)
        ]
        self.session.add_all(groups)
        self.session.flush()
        for n, name in enumerate(names):
            person = self.subscriber(name)
            self.session.add(
                Delivery(
                    edition_id=edition.id,
                    subscriber_id=person.id,
                    cohort_id=groups[n % cohorts].id,
                    planned_at=slot,
                    state_at=slot,
                )
            )
        self.session.commit()
        return edition

    def subscriber(self, address: str) -> Subscriber:
        """The person of this address; made, active and subscribed, if there is none."""
        found: Subscriber | None = self.session.execute(
            select(Subscriber).where(table(Subscriber).c.address_key == address),
            execution_options={"populate_existing": True},
        ).scalar_one_or_none()
        if found is not None:
            return found
        person = Subscriber(
            address=address,
            address_key=address,
            state=SubscriberState.ACTIVE,
            created_at=self.now,
            confirmed_at=self.now,
            state_at=self.now,
        )
        self.session.add(person)
        self.session.flush()
        self.session.add(
            Subscription(
                subscriber_id=person.id,
                topic_id=self.topic.id,
                frequency="daily",
                from_release=0,
                started_at=self.now,
            )
        )
        self.session.flush()
        return person

    def compose(self, session: Session, batch_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> Composition:
        """As the wiring gives it: a content for each cohort, without those in `gone`."""
        self.composed.append(ids)
        delivery, subscriber = table(Delivery), table(Subscriber)
        rows = session.execute(
            select(delivery.c.id, delivery.c.cohort_id, subscriber.c.address)
            .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
            .where(delivery.c.id.in_(ids))
        ).all()
        made = Composition(gone={one: reason for one, reason in self.gone.items() if one in ids})
        for cohort in sorted({row.cohort_id for row in rows}):
            people = tuple(
                recipient(row.id, row.address) for row in rows if row.cohort_id == cohort and row.id not in made.gone
            )
            if people:
                made.parcels.append(Parcel(content(cohort), people))
        return made

    def form(self, mailer: Mailer, *, batch_size: int = 1000, now: datetime | None = None) -> list[uuid.UUID]:
        return form_batches(self.session, mailer=mailer, batch_size=batch_size, now=now or self.now)

    def submit(self, batch_id: uuid.UUID, mailer: Mailer, *, now: datetime | None = None) -> SubmitResult:
        return submit_batch(
            self.session, batch_id, mailer=mailer, compose=self.compose, now=now or self.now, lease=LEASE
        )

    def send_all(self, mailer: Mailer, *, batch_size: int = 1000, now: datetime | None = None) -> list[SubmitResult]:
        """Form and submit until nothing more is to be sent at this instant."""
        waiting, results = self.form(mailer, batch_size=batch_size, now=now), []
        while waiting:
            result = self.submit(waiting.pop(0), mailer, now=now)
            results.append(result)
            waiting += result.created if result.retry_at is None else []
            if result.reform:
                waiting += self.form(mailer, batch_size=batch_size, now=now)
        return results

    def deliveries(self, edition: Edition | None = None) -> list[Delivery]:
        self.session.expire_all()
        query = select(Delivery).order_by(table(Delivery).c.id)
        if edition is not None:
            query = query.where(table(Delivery).c.edition_id == edition.id)
        found = list(self.session.execute(query).scalars())
        self.session.commit()  # on SQLite even reading holds the only write lock
        return found

    def states(self, edition: Edition | None = None) -> dict[str, int]:
        counts: dict[str, int] = {}
        for delivery in self.deliveries(edition):
            counts[delivery.state] = counts.get(delivery.state, 0) + 1
        return counts

    def batch(self, batch_id: uuid.UUID) -> Batch:
        self.session.expire_all()
        found = self.session.get(Batch, batch_id)
        assert found is not None
        self.session.commit()
        return found

    def address_of(self, delivery: Delivery) -> str:
        person = self.session.get(Subscriber, delivery.subscriber_id)
        assert person is not None
        self.session.commit()
        return person.address

    def set_state(self, address: str, state: SubscriberState) -> None:
        subscriber = table(Subscriber)
        self.session.execute(update(subscriber).where(subscriber.c.address == address).values(state=state))
        self.session.commit()
