"""Forgetting those who never confirmed: without a yes nothing about them is worth keeping."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlmodel import Session

from worker.database import table
from worker.models import Bounce, Consent, Event, Notice, Signup, Subscriber, SubscriberState

KEEP = timedelta(days=30)
"""As long as the longest span of the caps on single mails, which count what was sent."""

_SUBSCRIBER, _SIGNUP, _NOTICE = table(Subscriber), table(Signup), table(Notice)
_CONSENT, _EVENT, _BOUNCE = table(Consent), table(Event), table(Bounce)


def purge_signups(session: Session, *, now: datetime, keep: timedelta = KEEP, limit: int = 1000) -> int:
    """Delete pending people all of whose signups expired longer ago than `keep`, and everything about them.

    Goes with them: signups, single mails, what the provider reported of these, and consent rows (a signup alone is no
    consent). Returns how many people; where it is `limit`, there may be more. Commits.
    """
    idle = _idle(now - keep)
    locked = session.execute(idle.order_by(_SUBSCRIBER.c.id).limit(limit).with_for_update(skip_locked=True))
    # asked again under the lock: a signup may have come in between
    people = session.execute(idle.where(_SUBSCRIBER.c.id.in_(locked.scalars().all()))).scalars().all()
    if people:
        mails = select(_NOTICE.c.id).where(_NOTICE.c.subscriber_id.in_(people))
        reports = select(_EVENT.c.id).where(_EVENT.c.notice_id.in_(mails))
        session.execute(delete(_BOUNCE).where(_BOUNCE.c.event_id.in_(reports)))
        session.execute(delete(_EVENT).where(_EVENT.c.notice_id.in_(mails)))
        for rows in (_NOTICE, _SIGNUP, _CONSENT):
            session.execute(delete(rows).where(rows.c.subscriber_id.in_(people)))
        session.execute(delete(_SUBSCRIBER).where(_SUBSCRIBER.c.id.in_(people)))
    session.commit()
    return len(people)


def _idle(before: datetime) -> Select[tuple[int]]:
    """Who never confirmed, and of whom nothing has happened since then.

    The latest signup of all stays, however old: SQLite gives the number after the highest one, and a confirmation link
    holds nothing but the number, so that an old link must never find another's signup behind it.
    """
    latest = select(func.max(_SIGNUP.c.id)).scalar_subquery()
    mine = _SIGNUP.c.subscriber_id == _SUBSCRIBER.c.id
    return select(_SUBSCRIBER.c.id).where(
        _SUBSCRIBER.c.state == SubscriberState.PENDING,
        _SUBSCRIBER.c.confirmed_at.is_(None),
        _SUBSCRIBER.c.created_at < before,
        ~exists().where(mine, or_(_SIGNUP.c.expires_at >= before, _SIGNUP.c.id == latest)),
        ~exists().where(_NOTICE.c.subscriber_id == _SUBSCRIBER.c.id, _NOTICE.c.created_at >= before),
    )
