"""A topic that was merged into another, or retired: its subscribers are moved or taken off it, and told once.

Nothing is lost and nothing doubled (docs/planning.md): intervals are closed and opened at the current release number
while RELEASE_LOCK is held alone, so that nobody's lane changes in hindsight. What is pending under the old topic is
still given, because the closed interval names the topic that continues it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session

from worker.audience.subscriptions import current_release
from worker.database import PLAN_LOCK, RELEASE_LOCK, lock_exclusive, new_uuid, table
from worker.models import (
    Consent,
    DueTime,
    Frequency,
    Notice,
    NoticeKind,
    Subscriber,
    SubscriberState,
    Subscription,
    Topic,
)

_SUBSCRIBER, _SUBSCRIPTION, _TOPIC = table(Subscriber), table(Subscription), table(Topic)
_CONSENT, _DUE, _NOTICE = table(Consent), table(DueTime), table(Notice)
_OPEN = _SUBSCRIPTION.c.ended_at.is_(None)
_MAILED = (SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED)


@dataclass(frozen=True)
class Settled:
    """What became of a topic's subscribers: how many were moved to `into`, or taken off where there is none."""

    slug: str
    into: str | None
    subscribers: int


def settle_topic_changes(session: Session, *, now: datetime, by: str = "schedules") -> list[Settled]:
    """Move or end every subscription whose topic was merged or retired for good; asked again it finds nothing.

    Each topic is one transaction, so that a process that dies in between leaves whole topics to the next call.
    A topic whose file is only missing keeps its subscribers: it may come back. `by` is who merged it.
    """
    done = []
    for topic_id in _unsettled(session):
        lock_exclusive(session, PLAN_LOCK)  # a plan writes due times too; who waits for it holds nothing else yet
        lock_exclusive(session, RELEASE_LOCK)
        topic = session.get(Topic, topic_id, populate_existing=True)
        if topic is not None:
            done.append(_settle(session, topic, now=now, by=by))
        session.commit()
    return done


def holders(topic_id: int) -> Select[tuple[int]]:
    """SQL: whoever subscribes to the topic."""
    return select(_SUBSCRIPTION.c.subscriber_id).where(_SUBSCRIPTION.c.topic_id == topic_id, _OPEN)


def count_holders(session: Session, topic_id: int) -> dict[Frequency, int]:
    """How many subscribe to the topic, by frequency; those that nobody holds are missing."""
    rows = session.execute(
        select(_SUBSCRIPTION.c.frequency, func.count())
        .where(_SUBSCRIPTION.c.topic_id == topic_id, _OPEN)
        .group_by(_SUBSCRIPTION.c.frequency)
    )
    return {Frequency(frequency): count for frequency, count in rows}


def tell_holders(session: Session, topic_id: int, *, what: str, old: str, new: str = "", now: datetime) -> int:
    """Plan one mail to each subscriber of the topic: merged, renamed or retired, by title. The caller commits."""
    detail = literal({"what": what, "old": old, "new": new}, JSON)
    rows = select(
        new_uuid(), _SUBSCRIBER.c.id, literal(NoticeKind.TOPIC_CHANGED, String), detail, literal("planned"), literal(0),
        literal(now, _NOTICE.c.created_at.type),
    ).where(_SUBSCRIBER.c.id.in_(holders(topic_id)), _SUBSCRIBER.c.state.in_(_MAILED))  # fmt: skip
    columns = ["id", "subscriber_id", "kind", "detail", "state", "attempt", "created_at"]
    return _changed(session, insert(_NOTICE).from_select(columns, rows, include_defaults=False))


def _unsettled(session: Session) -> list[int]:
    over = or_(_TOPIC.c.merged_into_id.is_not(None), _TOPIC.c.retired_by.is_not(None))
    held = exists().where(_SUBSCRIPTION.c.topic_id == _TOPIC.c.id, _OPEN)
    still_matched = and_(_TOPIC.c.merged_into_id.is_not(None), _TOPIC.c.retired_at.is_(None))
    rows = session.execute(select(_TOPIC.c.id).where(over, or_(held, still_matched)).order_by(_TOPIC.c.id))
    found = list(rows.scalars())
    session.rollback()
    return found


def _settle(session: Session, topic: Topic, *, now: datetime, by: str) -> Settled:
    heir = session.get(Topic, topic.merged_into_id) if topic.merged_into_id else None
    detail: dict[str, Any] = {"topic": topic.slug, "by": topic.retired_by or by}
    reason = "retired" if heir is None else "merged"
    if heir is not None:
        detail["merged_into"] = heir.slug
    _record(session, topic.id, detail, now=now)
    tell_holders(session, topic.id, what=reason, old=topic.title, new=heir.title if heir else "", now=now)
    number = current_release(session)
    if heir is not None:
        _continue(session, topic.id, heir.id, number=number, now=now)
    count = _close(session, and_(_SUBSCRIPTION.c.topic_id == topic.id, _OPEN), reason, number=number, now=now)
    _drain(session, topic.id, reason, now=now)
    topic.retired_at = topic.retired_at or now
    topic.retired_by = topic.retired_by or by
    return Settled(topic.slug, heir.slug if heir else None, count)


def _continue(session: Session, old: int, heir: int, *, number: int, now: datetime) -> None:
    """Open the heir for whoever holds the old topic, at the faster frequency where they hold both."""
    mine = or_(_SUBSCRIPTION.c.topic_id == old, _SUBSCRIPTION.c.continued_by == old)
    session.execute(
        update(_SUBSCRIPTION).where(mine, _SUBSCRIPTION.c.subscriber_id.in_(holders(old))).values(continued_by=heir)
    )
    held = aliased(_SUBSCRIPTION, name="held")
    theirs = and_(held.c.topic_id == old, held.c.ended_at.is_(None))
    faster = exists().where(
        theirs,
        held.c.subscriber_id == _SUBSCRIPTION.c.subscriber_id,
        _speed(held.c.frequency) < _speed(_SUBSCRIPTION.c.frequency),
    )
    slower_heir = and_(_SUBSCRIPTION.c.topic_id == heir, _OPEN, faster)
    _close(session, slower_heir, "changed", number=number, now=now)
    has_heir = exists().where(
        _SUBSCRIPTION.c.topic_id == heir, _OPEN, _SUBSCRIPTION.c.subscriber_id == held.c.subscriber_id
    )
    rows = select(
        held.c.subscriber_id, literal(heir), held.c.frequency, literal(number), literal(now, held.c.started_at.type)
    ).where(theirs, ~has_heir)
    columns = ["subscriber_id", "topic_id", "frequency", "from_release", "started_at"]
    session.execute(insert(_SUBSCRIPTION).from_select(columns, rows, include_defaults=False))


def _close(session: Session, which: ColumnElement[bool], reason: str, *, number: int, now: datetime) -> int:
    values = {"until_release": number, "ended_at": now, "end_reason": reason}
    return _changed(session, update(_SUBSCRIPTION).where(which).values(**values))


def _drain(session: Session, topic_id: int, reason: str, *, now: datetime) -> None:
    """A frequency that somebody holds no more is due once more; who holds nothing at all gets no more mail."""
    concerned = select(_SUBSCRIPTION.c.subscriber_id).where(
        _SUBSCRIPTION.c.topic_id == topic_id, _SUBSCRIPTION.c.end_reason == reason, _SUBSCRIPTION.c.ended_at == now
    )
    held = aliased(_SUBSCRIPTION, name="still")
    same = and_(held.c.subscriber_id == _DUE.c.subscriber_id, held.c.frequency == _DUE.c.frequency)
    session.execute(
        update(_DUE)
        .where(_DUE.c.subscriber_id.in_(concerned), ~exists().where(same, held.c.ended_at.is_(None)))
        .values(draining=True)
    )
    anything = exists().where(held.c.subscriber_id == _SUBSCRIBER.c.id, held.c.ended_at.is_(None))
    session.execute(
        update(_SUBSCRIBER)
        .where(_SUBSCRIBER.c.id.in_(concerned), _SUBSCRIBER.c.state == SubscriberState.ACTIVE, ~anything)
        .values(state=SubscriberState.UNSUBSCRIBED, state_at=now)
    )


def _record(session: Session, topic_id: int, detail: dict[str, Any], *, now: datetime) -> None:
    rows = select(
        _SUBSCRIPTION.c.subscriber_id, literal(now, _CONSENT.c.at.type), literal("change"), literal(""),
        literal("operator"), literal(detail, JSON),
    ).where(_SUBSCRIPTION.c.topic_id == topic_id, _OPEN)  # fmt: skip
    columns = ["subscriber_id", "at", "action", "wording", "source", "detail"]
    session.execute(insert(_CONSENT).from_select(columns, rows, include_defaults=False))


def _speed(frequency: ColumnElement[str]) -> ColumnElement[int]:
    return case({each.value: number for number, each in enumerate(Frequency)}, value=frequency, else_=null())


def _changed(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]
