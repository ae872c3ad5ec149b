"""Leaving, by a mail program's button (RFC 8058) or on the page: a newsletter, one topic, or all. And back again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from worker.audience.addresses import masked
from worker.audience.choices import current_slugs, frequency_of, topic_ids
from worker.audience.consent import record_consent
from worker.audience.people import find_subscriber, hold_subscriber, move_state
from worker.audience.searches import private_topics
from worker.audience.subscriptions import change_subscriptions, end_subscriptions, open_subscriptions
from worker.database import table
from worker.models import Consent, Frequency, Newsletter, Subscriber, SubscriberState, Subscription, Topic

UNDO_WITHIN = timedelta(hours=24)
REPEAT_WITHIN = timedelta(hours=1)
"""A mail program that sends its request twice does so within this; later it is the person, who still gets mail."""

_CONSENT, _NEWSLETTER, _SUBSCRIPTION, _TOPIC = table(Consent), table(Newsletter), table(Subscription), table(Topic)


@dataclass(frozen=True)
class Held:
    """One open (or just ended) subscription, as the page names it."""

    slug: str
    title: str
    frequency: Frequency


@dataclass(frozen=True)
class LeavingView:
    """What the page behind an unsubscribe link shows; the address only masked."""

    address: str
    newsletter_title: str
    of_newsletter: tuple[Held, ...]
    others: tuple[Held, ...]


@dataclass(frozen=True)
class Left:
    """What has ended, and what goes on."""

    at: datetime
    ended: tuple[Held, ...] = ()
    goes_on: tuple[Held, ...] = ()


def look_at_leaving(session: Session, public_id: uuid.UUID, newsletter: str) -> LeavingView | None:
    """What somebody subscribes to, parted into what that newsletter brings and the rest; None for nobody's link."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return None
    frequency = frequency_of(session, newsletter)
    held = _held(session, subscriber.id)
    return LeavingView(
        address=masked(subscriber.address),
        newsletter_title=_title(session, newsletter),
        of_newsletter=tuple(one for one in held if one.frequency == frequency),
        others=tuple(one for one in held if one.frequency != frequency),
    )


def leave_newsletter(session: Session, public_id: uuid.UUID, newsletter: str, *, now: datetime, source: str) -> Left:
    """End what that newsletter brings. Where nothing of it is open but mail goes on, end everything.

    So it is never without effect while mail still comes: the mail in hand may be older than a change of frequency.
    The same request sent twice is one wish. `source` is `one_click` or `web`.
    """
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return Left(now)
    hold_subscriber(session, subscriber)
    frequency = frequency_of(session, newsletter)
    held = _held(session, subscriber.id)
    if frequency is not None and any(one.frequency == frequency for one in held):
        return _end(session, subscriber, held, now=now, source=source, frequency=frequency, newsletter=newsletter)
    if _left_lately(session, subscriber.id, newsletter, now):
        session.rollback()
        return Left(now, goes_on=tuple(held))
    return _end(session, subscriber, held, now=now, source=source)


def leave_topic(session: Session, public_id: uuid.UUID, topic: str, *, now: datetime, source: str = "web") -> Left:
    """End one topic, at whatever frequency."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return Left(now)
    hold_subscriber(session, subscriber)
    held = _held(session, subscriber.id)
    return _end(session, subscriber, held, now=now, source=source, topic=current_slugs(session, [topic])[topic])


def leave_all(session: Session, public_id: uuid.UUID, *, now: datetime, source: str = "web") -> Left:
    """End everything."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return Left(now)
    hold_subscriber(session, subscriber)
    return _end(session, subscriber, _held(session, subscriber.id), now=now, source=source)


def undo_leaving(session: Session, public_id: uuid.UUID, left_at: datetime, *, now: datetime) -> Left | None:
    """Take back what ended at that instant; what was pending then is not lost if no plan has passed since.

    None where that is too long ago, or mail to the address has been stopped since.
    """
    subscriber = find_subscriber(session, public_id)
    if subscriber is None or now - left_at > UNDO_WITHIN:
        return None
    hold_subscriber(session, subscriber)
    if subscriber.state not in (SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED):
        session.rollback()
        return None
    held = open_subscriptions(session, subscriber.id)
    # A page that is loaded again sends its request again: by then its owner may have left once more.
    undone = _undone_already(session, subscriber.id, left_at)
    ended = {} if undone else _ended_at(session, subscriber.id, left_at)
    ids = topic_ids(session, ended) | private_topics(session, subscriber.id)
    back = {ids[slug]: Frequency(ended[slug]) for slug in ended if slug in ids and ids[slug] not in held}
    if back:
        change_subscriptions(session, subscriber, held | back, now=now, reason="unsubscribed")
        move_state(subscriber, SubscriberState.ACTIVE, now=now)
        detail = {"undone": left_at.isoformat()}
        record_consent(session, [subscriber.id], "reopen", at=now, source="web", detail=detail)
    session.commit()
    return Left(now, goes_on=tuple(_held(session, subscriber.id)))


def _end(
    session: Session,
    subscriber: Subscriber,
    held: list[Held],
    *,
    now: datetime,
    source: str,
    frequency: Frequency | None = None,
    topic: str | None = None,
    newsletter: str | None = None,
) -> Left:
    def is_meant(one: Held) -> bool:
        return (frequency is None or one.frequency == frequency) and (topic is None or one.slug == topic)

    ended = tuple(one for one in held if is_meant(one))
    goes_on = tuple(one for one in held if not is_meant(one))
    if ended:
        ids = session.execute(select(_TOPIC.c.id).where(_TOPIC.c.slug.in_([one.slug for one in ended])))
        reason = "one_click" if source == "one_click" else "unsubscribed"
        end_subscriptions(session, [subscriber.id], reason=reason, now=now, topic_ids=list(ids.scalars()))
        topics = {one.slug: one.frequency for one in ended}
        detail = {"topics": topics, "newsletter": newsletter, "all": not goes_on}
        record_consent(session, [subscriber.id], "unsubscribe", at=now, source=source, detail=detail)
    if not goes_on and subscriber.state == SubscriberState.ACTIVE:
        move_state(subscriber, SubscriberState.UNSUBSCRIBED, now=now)
    session.commit()
    return Left(now, ended, goes_on)


def _held(session: Session, subscriber_id: int) -> list[Held]:
    rows = session.execute(
        select(_TOPIC.c.slug, _TOPIC.c.title, _SUBSCRIPTION.c.frequency)
        .join(_TOPIC, _TOPIC.c.id == _SUBSCRIPTION.c.topic_id)
        .where(_SUBSCRIPTION.c.subscriber_id == subscriber_id, _SUBSCRIPTION.c.ended_at.is_(None))
        .order_by(_TOPIC.c.position, _TOPIC.c.title)
    )
    return [Held(slug, title, Frequency(frequency)) for slug, title, frequency in rows]


def _ended_at(session: Session, subscriber_id: int, left_at: datetime) -> dict[str, str]:
    """What the leaving at that instant ended, topic to frequency, by its own record: a clock can stand still."""
    recorded = session.execute(
        select(_CONSENT.c.detail)
        .where(_CONSENT.c.subscriber_id == subscriber_id, _CONSENT.c.action == "unsubscribe", _CONSENT.c.at == left_at)
        .order_by(_CONSENT.c.id.desc())
    )
    return next((detail["topics"] for detail in recorded.scalars() if "topics" in detail), {})


def _undone_already(session: Session, subscriber_id: int, left_at: datetime) -> bool:
    reopened = session.execute(
        select(_CONSENT.c.detail).where(
            _CONSENT.c.subscriber_id == subscriber_id, _CONSENT.c.action == "reopen", _CONSENT.c.at >= left_at
        )
    )
    return any(detail.get("undone") == left_at.isoformat() for detail in reopened.scalars())


def _left_lately(session: Session, subscriber_id: int, newsletter: str, now: datetime) -> bool:
    lately = session.execute(
        select(_CONSENT.c.detail).where(
            _CONSENT.c.subscriber_id == subscriber_id,
            _CONSENT.c.action == "unsubscribe",
            _CONSENT.c.at > now - REPEAT_WITHIN,
        )
    )
    return any(detail.get("newsletter") == newsletter for detail in lately.scalars())


def _title(session: Session, newsletter: str) -> str:
    found = session.execute(select(_NEWSLETTER.c.title).where(_NEWSLETTER.c.slug == newsletter)).scalar()
    return found or "these mails"
