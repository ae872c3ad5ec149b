"""A topic that was merged into another, or retired: its subscribers are moved or taken off it, and told once.

Nothing is lost and nothing doubled (docs/planning.md): a person's intervals are closed and opened at the current
release number, under the locks of any change of subscriptions. Until everybody has been moved the topic is matched as
before, and released to itself and to its heir. What is pending under it is still given, because the closed interval
names the topic that continues it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
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

from worker.audience.consent import record_consent
from worker.audience.subscriptions import current_release, lock_people
from worker.database import table
from worker.database.functions import new_uuid
from worker.models import (
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
_DUE, _NOTICE = table(DueTime), table(Notice)
_OPEN = _SUBSCRIPTION.c.ended_at.is_(None)
_MAILED = (SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED)
_AT_ONCE = 1000

MOST_A_CALL = 20_000
"""People that one call moves: a tick is no longer than a minute, the next one goes on."""


@dataclass(frozen=True)
class Settled:
    """What became of a topic's subscribers: how many were moved to `into`, or taken off where there is none.

    Unless it is `finished` there are more, for the next call.
    """

    slug: str
    into: str | None
    subscribers: int
    finished: bool


def settle_topic_changes(
    session: Session, *, now: datetime, by: str = "schedules", most: int = MOST_A_CALL
) -> list[Settled]:
    """Move or end subscriptions whose topic was merged or retired for good; when all is done it finds nothing.

    People are taken in portions, each one transaction: a process that dies in between leaves whole people to the next
    call. A topic whose file is only missing keeps its subscribers: it may come back. `by` is who merged it.
    """
    done = []
    for topic_id in _unsettled(session):
        topic = session.get_one(Topic, topic_id, populate_existing=True)
        heir = session.get(Topic, topic.merged_into_id) if topic.merged_into_id else None
        change = _Change(topic, heir, now, topic.retired_by or by)
        moved = 0
        while moved < most and (people := _holders(session, topic_id, limit=min(_AT_ONCE, most - moved))):
            moved += _settle(session, change, people)
            session.commit()
        finished = not _holders(session, topic_id, limit=1)
        if finished:
            topic.retired_at = topic.retired_at or now
            topic.retired_by = change.by
        session.commit()
        done.append(Settled(topic.slug, heir.slug if heir else None, moved, finished))
    return done


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
    holders = select(_SUBSCRIPTION.c.subscriber_id).where(_SUBSCRIPTION.c.topic_id == topic_id, _OPEN)
    return _tell(session, _SUBSCRIBER.c.id.in_(holders), {"what": what, "old": old, "new": new}, now=now)


@dataclass(frozen=True)
class _Change:
    """What happens to a topic: it has an heir, or none."""

    topic: Topic
    heir: Topic | None
    now: datetime
    by: str

    @property
    def reason(self) -> str:
        return "merged" if self.heir else "retired"


def _unsettled(session: Session) -> list[int]:
    over = or_(_TOPIC.c.merged_into_id.is_not(None), _TOPIC.c.retired_by.is_not(None))
    held = exists().where(_SUBSCRIPTION.c.topic_id == _TOPIC.c.id, _OPEN)
    still_matched = and_(_TOPIC.c.merged_into_id.is_not(None), _TOPIC.c.retired_at.is_(None))
    rows = session.execute(select(_TOPIC.c.id).where(over, or_(held, still_matched)).order_by(_TOPIC.c.id))
    found = list(rows.scalars())
    session.rollback()
    return found


def _holders(session: Session, topic_id: int, *, limit: int) -> list[int]:
    """Some of those who subscribe to the topic, with their rows locked as for any change of subscriptions."""
    holds = select(_SUBSCRIPTION.c.subscriber_id).where(_SUBSCRIPTION.c.topic_id == topic_id, _OPEN)
    people = list(session.execute(holds.order_by(_SUBSCRIPTION.c.subscriber_id).limit(limit)).scalars())
    lock_people(session, people)
    still = session.execute(holds.where(_SUBSCRIPTION.c.subscriber_id.in_(people)))  # some may have left meanwhile
    return list(still.scalars())


def _settle(session: Session, change: _Change, people: Sequence[int]) -> int:
    """Move or end the subscriptions of these people; how many there were."""
    topic, heir, now = change.topic, change.heir, change.now
    number = current_release(session)
    detail = {"topic": topic.slug, "by": change.by, **({"merged_into": heir.slug} if heir else {})}
    record_consent(session, people, "change", at=now, source="operator", detail=detail)
    told = {"what": change.reason, "old": topic.title, "new": heir.title if heir else ""}
    _tell(session, _SUBSCRIBER.c.id.in_(people), told, now=now)
    if heir is not None:
        _continue(session, topic.id, heir.id, people, number=number, now=now)
    mine = and_(_SUBSCRIPTION.c.topic_id == topic.id, _SUBSCRIPTION.c.subscriber_id.in_(people), _OPEN)
    ended = _close(session, mine, change.reason, number=number, now=now, continued_by=heir.id if heir else None)
    _drain(session, people, now=now)
    return ended


def _continue(session: Session, old: int, heir: int, people: Sequence[int], *, number: int, now: datetime) -> None:
    """Open the heir for people who hold the old topic, at the faster frequency where they hold both."""
    theirs = _SUBSCRIPTION.c.subscriber_id.in_(people)
    earlier = and_(_SUBSCRIPTION.c.topic_id == old, ~_OPEN)
    session.execute(
        update(_SUBSCRIPTION).where(theirs, or_(earlier, _SUBSCRIPTION.c.continued_by == old)).values(continued_by=heir)
    )
    held = aliased(_SUBSCRIPTION, name="held")
    is_held = and_(held.c.topic_id == old, held.c.ended_at.is_(None))
    faster = exists().where(
        is_held,
        held.c.subscriber_id == _SUBSCRIPTION.c.subscriber_id,
        _speed(held.c.frequency) < _speed(_SUBSCRIPTION.c.frequency),
    )
    _close(session, and_(_SUBSCRIPTION.c.topic_id == heir, theirs, _OPEN, faster), "changed", number=number, now=now)
    has_heir = exists().where(
        _SUBSCRIPTION.c.topic_id == heir, _OPEN, _SUBSCRIPTION.c.subscriber_id == held.c.subscriber_id
    )
    rows = select(
        held.c.subscriber_id, literal(heir), held.c.frequency, literal(number), literal(now, held.c.started_at.type)
    ).where(is_held, held.c.subscriber_id.in_(people), ~has_heir)
    columns = ["subscriber_id", "topic_id", "frequency", "from_release", "started_at"]
    session.execute(insert(_SUBSCRIPTION).from_select(columns, rows, include_defaults=False))


def _close(
    session: Session,
    which: ColumnElement[bool],
    reason: str,
    *,
    number: int,
    now: datetime,
    continued_by: int | None = None,
) -> int:
    values = {"until_release": number, "ended_at": now, "end_reason": reason, "continued_by": continued_by}
    return _changed(session, update(_SUBSCRIPTION).where(which).values(**values))


def _drain(session: Session, people: Sequence[int], *, now: datetime) -> None:
    """A frequency that somebody holds no more is due once more; who holds nothing at all gets no more mail."""
    held = aliased(_SUBSCRIPTION, name="still")
    same = and_(held.c.subscriber_id == _DUE.c.subscriber_id, held.c.frequency == _DUE.c.frequency)
    session.execute(
        update(_DUE)
        .where(_DUE.c.subscriber_id.in_(people), ~_DUE.c.draining, ~exists().where(same, held.c.ended_at.is_(None)))
        .values(draining=True)
    )
    anything = exists().where(held.c.subscriber_id == _SUBSCRIBER.c.id, held.c.ended_at.is_(None))
    session.execute(
        update(_SUBSCRIBER)
        .where(_SUBSCRIBER.c.id.in_(people), _SUBSCRIBER.c.state == SubscriberState.ACTIVE, ~anything)
        .values(state=SubscriberState.UNSUBSCRIBED, state_at=now)
    )


def _tell(session: Session, whom: ColumnElement[bool], detail: dict[str, Any], *, now: datetime) -> int:
    rows = select(
        new_uuid(), _SUBSCRIBER.c.id, literal(NoticeKind.TOPIC_CHANGED, String), literal(detail, JSON),
        literal("planned"), literal(0), literal(now, _NOTICE.c.created_at.type),
    ).where(whom, _SUBSCRIBER.c.state.in_(_MAILED))  # fmt: skip
    columns = ["id", "subscriber_id", "kind", "detail", "state", "attempt", "created_at"]
    return _changed(session, insert(_NOTICE).from_select(columns, rows, include_defaults=False))


def _speed(frequency: ColumnElement[str]) -> ColumnElement[int]:
    return case({each.value: number for number, each in enumerate(Frequency)}, value=frequency, else_=null())


def _changed(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]
