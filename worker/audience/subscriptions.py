"""Subscriptions are intervals of release numbers: closed and opened anew, never edited (docs/planning.md).

Both functions here hold RELEASE_LOCK shared until the caller commits, so that `the current number` is the same before
and after every release, and the rows of the people concerned, so that two changes of one person follow each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, insert, select, update
from sqlmodel import Session

from worker.audience.duetimes import settle_due_times
from worker.database import RELEASE_LOCK, lock_shared, table
from worker.models import DueTime, Frequency, ReleaseCounter, Subscriber, Subscription

_SUBSCRIBER, _SUBSCRIPTION, _DUE = table(Subscriber), table(Subscription), table(DueTime)
_OPEN = _SUBSCRIPTION.c.ended_at.is_(None)
_AT_ONCE = 1000


def open_subscriptions(session: Session, subscriber_id: int) -> dict[int, Frequency]:
    """The frequency of each topic that somebody subscribes to now."""
    rows = session.execute(
        select(_SUBSCRIPTION.c.topic_id, _SUBSCRIPTION.c.frequency).where(
            _SUBSCRIPTION.c.subscriber_id == subscriber_id, _OPEN
        )
    )
    return {topic_id: Frequency(frequency) for topic_id, frequency in rows}


def change_subscriptions(
    session: Session, subscriber: Subscriber, wanted: Mapping[int, Frequency], *, now: datetime, reason: str
) -> bool:
    """Make `wanted` (topic id to frequency) what the person subscribes to from the next release on; the caller commits.

    What is unchanged is left alone. A topic at another frequency ends as `changed`, one no longer wanted with `reason`.
    Due times follow the subscriber's zone, hour and weekday. Returns whether any subscription changed.
    """
    lock_people(session, [subscriber.id])
    number = current_release(session)
    held = open_subscriptions(session, subscriber.id)
    dropped = [topic_id for topic_id in held if topic_id not in wanted]
    altered = [topic_id for topic_id in held if topic_id in wanted and wanted[topic_id] != held[topic_id]]
    opened = [topic_id for topic_id in wanted if held.get(topic_id) != wanted[topic_id]]
    _close(session, [subscriber.id], dropped, number=number, reason=reason, now=now)
    _close(session, [subscriber.id], altered, number=number, reason="changed", now=now)
    if opened:
        rows = [
            {
                "subscriber_id": subscriber.id,
                "topic_id": topic_id,
                "frequency": wanted[topic_id],
                "from_release": number,
                "started_at": now,
            }
            for topic_id in opened
        ]
        session.execute(insert(_SUBSCRIPTION), rows)
    settle_due_times(session, subscriber, set(wanted.values()), number=number, now=now)
    return bool(dropped or opened)


def end_subscriptions(
    session: Session,
    subscriber_ids: Iterable[int],
    *,
    reason: str,
    now: datetime,
    topic_ids: Collection[int] | None = None,
    frequency: Frequency | None = None,
) -> int:
    """End the open subscriptions of these people, or those of them for certain topics or of one frequency.

    A frequency that somebody holds no more drains. The caller commits. Returns how many ended.
    """
    people = sorted(set(subscriber_ids))
    lock_people(session, people)
    number = current_release(session)
    ended = 0
    for start in range(0, len(people), _AT_ONCE):
        some = people[start : start + _AT_ONCE]
        ended += _close(session, some, topic_ids, number=number, reason=reason, now=now, frequency=frequency)
        still_held = exists().where(
            _SUBSCRIPTION.c.subscriber_id == _DUE.c.subscriber_id, _SUBSCRIPTION.c.frequency == _DUE.c.frequency, _OPEN
        )
        session.execute(update(_DUE).where(_DUE.c.subscriber_id.in_(some), ~still_held).values(draining=True))
    return ended


def lock_people(session: Session, subscriber_ids: Collection[int]) -> None:
    """Hold RELEASE_LOCK shared, then the rows of these people in the order of their ids.

    NO KEY UPDATE, because a plan that inserts deliveries refers to the same rows and must not wait for this.
    """
    lock_shared(session, RELEASE_LOCK)
    people = sorted(subscriber_ids)
    for start in range(0, len(people), _AT_ONCE):
        session.execute(
            select(_SUBSCRIBER.c.id)
            .where(_SUBSCRIBER.c.id.in_(people[start : start + _AT_ONCE]))
            .order_by(_SUBSCRIBER.c.id)
            .with_for_update(key_share=True)
        )


def current_release(session: Session) -> int:
    """The last release number given out; it stands still while RELEASE_LOCK is held."""
    number: int | None = session.execute(select(table(ReleaseCounter).c.number)).scalar()
    return number or 0


def _close(
    session: Session,
    people: Collection[int],
    topic_ids: Collection[int] | None,
    *,
    number: int,
    reason: str,
    now: datetime,
    frequency: Frequency | None = None,
) -> int:
    if topic_ids is not None and not topic_ids:
        return 0
    which: list[ColumnElement[bool]] = [_SUBSCRIPTION.c.subscriber_id.in_(people), _OPEN]
    if topic_ids is not None:
        which.append(_SUBSCRIPTION.c.topic_id.in_(topic_ids))
    if frequency is not None:
        which.append(_SUBSCRIPTION.c.frequency == frequency)
    closed = session.execute(
        update(_SUBSCRIPTION).where(and_(*which)).values(until_release=number, ended_at=now, end_reason=reason)
    )
    return int(closed.rowcount)  # type: ignore[attr-defined]
