"""Who may not be mailed now although there is something for them: it is recorded with its reason, and owed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, insert, literal, or_, select
from sqlmodel import Session

from worker.compose.due import quiet_zones
from worker.compose.scratch import HELD, PART
from worker.compose.selecting import OWED
from worker.database import table
from worker.models import Delivery, Edition, Pause, Subscriber
from worker.schedules.newsletters import NewsletterDefinition

_PAUSE, _SUBSCRIBER, _DELIVERY, _EDITION = table(Pause), table(Subscriber), table(Delivery), table(Edition)


def hold_paused(session: Session, *, now: datetime) -> None:
    """Whoever is in a pause, of either mode, is mailed nothing until it ends."""
    paused = (
        select(_PAUSE.c.subscriber_id, literal("paused"))
        .where(_PAUSE.c.starts_at <= now, _PAUSE.c.ends_at > now, _concerned(_PAUSE.c.subscriber_id))
        .distinct()
    )
    session.execute(insert(HELD).from_select(["subscriber_id", "reason"], paused))


def hold_quiet(session: Session, newsletter: NewsletterDefinition, *, now: datetime) -> None:
    """Whoever's local clock stands in the newsletter's quiet hours."""
    if newsletter.quiet is None:
        return
    zones = session.execute(select(_SUBSCRIBER.c.zone).where(_concerned(_SUBSCRIBER.c.id)).distinct()).scalars()
    quiet = quiet_zones(zones, now=now, quiet=newsletter.quiet)
    people = select(_SUBSCRIBER.c.id, literal("quiet_hours")).where(
        _SUBSCRIBER.c.zone.in_(quiet), _concerned(_SUBSCRIBER.c.id), _not_held()
    )
    session.execute(insert(HELD).from_select(["subscriber_id", "reason"], people))


def hold_capped(session: Session, newsletter: NewsletterDefinition, *, now: datetime) -> None:
    """Whoever has had the newsletter's `max_per_day` within 24 hours; what did not go out does not count."""
    if newsletter.max_per_day is None:
        return
    people = (
        select(_DELIVERY.c.subscriber_id, literal("capped"))
        .join(_EDITION, _EDITION.c.id == _DELIVERY.c.edition_id)
        .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id)
        .where(
            _EDITION.c.newsletter == newsletter.slug,
            _EDITION.c.planned_at > now - timedelta(hours=24),
            ~_DELIVERY.c.owed,
            _concerned(_DELIVERY.c.subscriber_id),
            _not_held(),
        )
        .group_by(_DELIVERY.c.subscriber_id)
        .having(func.count() >= newsletter.max_per_day)
    )
    session.execute(insert(HELD).from_select(["subscriber_id", "reason"], people))


def _concerned(subscriber_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Gets something now, or has something owed: nobody else need be looked at."""
    owed = select(_DELIVERY.c.subscriber_id).where(OWED)
    return or_(subscriber_id.in_(select(PART.c.subscriber_id)), subscriber_id.in_(owed))


def _not_held() -> ColumnElement[bool]:
    return ~exists().where(HELD.c.subscriber_id == _SUBSCRIBER.c.id)
