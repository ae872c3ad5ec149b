"""A small world for the tests of the audience: topics, newsletters, people, releases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.choices import DeliveryTime
from worker.audience.confirm import SignupView, confirm
from worker.audience.signup import SignupRequest, sign_up
from worker.database import table
from worker.models import (
    Frequency,
    Newsletter,
    Notice,
    ReleaseCounter,
    Signup,
    Subscriber,
    SubscriberState,
    Subscription,
    Suppression,
    Topic,
)

CONFIRM_WITHIN = timedelta(hours=72)
SLUGS = ("drones", "belarus", "arctic")
DAILY, WEEKLY, INSTANT = Frequency.DAILY, Frequency.WEEKLY, Frequency.INSTANT


def hash_address(key: str) -> str:
    return hashlib.sha256(f"test {key}".encode()).hexdigest()


def furnish(session: Session, now: datetime) -> dict[str, int]:
    """Topics and newsletters; returns the topics' ids by slug."""
    for position, slug in enumerate(SLUGS):
        session.add(
            Topic(slug=slug, title=slug.title(), description=f"All about {slug}.", position=position, created_at=now)
        )
    for slug, frequency in (("alert", INSTANT), ("daily", DAILY), ("weekly", WEEKLY)):
        session.add(Newsletter(slug=slug, title=f"The {slug}", frequency=frequency))
    session.add(ReleaseCounter(id=1, number=0))
    session.commit()
    topics = table(Topic)
    return dict(session.execute(select(topics.c.slug, topics.c.id)).all())


def release(session: Session, count: int = 1) -> int:
    counter = table(ReleaseCounter)
    session.execute(update(counter).values(number=counter.c.number + count))
    session.commit()
    return session.execute(select(counter.c.number)).scalar_one()


def person(
    session: Session, now: datetime, address: str = "jo@example.org", state: SubscriberState = SubscriberState.ACTIVE
) -> Subscriber:
    made = Subscriber(
        address=address,
        address_key=address,
        zone="Europe/Berlin",
        hour=8,
        weekday=0,
        state=state,
        created_at=now,
        state_at=now,
    )
    session.add(made)
    session.commit()
    return made


def request(
    address: str = "jo@example.org",
    topics: Iterable[str] = ("drones", "belarus"),
    frequency: Frequency = DAILY,
    zone: str = "Europe/Berlin",
    hour: int = 8,
    weekday: int = 0,
) -> SignupRequest:
    return SignupRequest(parse_address(address), tuple(topics), frequency, DeliveryTime(zone, hour, weekday))


def ask(session: Session, now: datetime, wanted: SignupRequest | None = None) -> Notice | None:
    """Sign up; the mail that answers it, if any."""
    notice_id = sign_up(session, wanted or request(), now=now, confirm_within=CONFIRM_WITHIN, hash_address=hash_address)
    return session.get(Notice, notice_id) if notice_id else None


def press(session: Session, notice: Notice | None, now: datetime) -> SignupView:
    """Press the button behind a confirmation mail."""
    assert notice is not None
    assert notice.signup_id is not None
    return confirm(session, notice.signup_id, now=now, hash_address=hash_address)


def join(session: Session, now: datetime, wanted: SignupRequest | None = None) -> Subscriber:
    """Sign up and confirm."""
    view = press(session, ask(session, now, wanted), now)
    people = table(Subscriber)
    return session.execute(select(Subscriber).where(people.c.public_id == view.public_id)).scalar_one()


def suppress(session: Session, key: str, reason: str, now: datetime) -> None:
    session.execute(
        insert(table(Suppression)).values(
            address_hash=hash_address(key), reason=reason, since=now, source="", detail={}
        )
    )
    session.commit()


def open_now(session: Session, subscriber: Subscriber) -> dict[str, str]:
    """Slug to frequency of what is open."""
    topics, subscriptions = table(Topic), table(Subscription)
    rows = session.execute(
        select(topics.c.slug, subscriptions.c.frequency)
        .join(subscriptions, subscriptions.c.topic_id == topics.c.id)
        .where(subscriptions.c.subscriber_id == subscriber.id, subscriptions.c.ended_at.is_(None))
    )
    return dict(rows.all())


def state_of(session: Session, subscriber: Subscriber) -> str:
    people = table(Subscriber)
    return session.execute(select(people.c.state).where(people.c.id == subscriber.id)).scalar_one()


def count(session: Session, model: type[Notice] | type[Signup] | type[Subscriber] | type[Subscription]) -> int:
    return session.execute(select(func.count()).select_from(table(model))).scalar_one()
