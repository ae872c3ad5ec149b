"""Planning alerts: what has been released since the cursor goes to whoever wants it at once, bundled.

One global cursor, moved under its row lock in release order: the daily cap counts right, nothing is planned twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    TextClause,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlmodel import Session

from worker.compose.editions import note_cutoff, open_edition, slot_taken
from worker.compose.handing import hand_over
from worker.compose.holding import hold_capped, hold_paused, hold_quiet
from worker.compose.newsletters import longest_age
from worker.compose.plan_digests import PlanResult
from worker.compose.release import last_release
from worker.compose.scratch import CLAIMED, HELD, PART, open_scratch
from worker.compose.selecting import OWED, end_pauses, gather, load_alive, select_lane, select_owed
from worker.database import PLAN_LOCK, analyze, lock_exclusive, table
from worker.models import AlertCursor, Delivery, Edition, EditionState, Frequency, Release, Subscription
from worker.schedules.newsletters import NewsletterDefinition

_CURSOR, _RELEASE, _SUBSCRIPTION = table(AlertCursor), table(Release), table(Subscription)
_DELIVERY, _EDITION = table(Delivery), table(Edition)

HELD_REASONS = ("quiet_hours", "capped", "paused")
"""What was held for one of these is sent as soon as the reason is gone; other owed articles wait for the next mail."""


def plan_alerts(session: Session, newsletter: NewsletterDefinition, *, version: int, now: datetime) -> PlanResult:
    """Plan what was released since the last time. What is found too late expires at once and is owed, never blasted."""
    result = PlanResult()
    lock_exclusive(session, PLAN_LOCK)
    cursor = _lock_cursor(session)
    head = last_release(session)
    late = _last_late(session, cursor, now=now, not_after=newsletter.not_after)
    if late > cursor:
        _plan_window(session, newsletter, version, (cursor, late), now=now, late=True, result=result)
        cursor = late
    if head > cursor or _held_waiting(session):
        _plan_window(session, newsletter, version, (cursor, head), now=now, late=False, result=result)
    session.execute(update(_CURSOR).values(number=head))
    session.commit()
    return result


def _lock_cursor(session: Session) -> int:
    number: int | None = session.execute(select(_CURSOR.c.number).with_for_update()).scalar()
    if number is None:
        session.execute(insert(_CURSOR).values(id=1, number=0))
        return 0
    return number


def _last_late(session: Session, cursor: int, *, now: datetime, not_after: timedelta) -> int:
    late: int | None = session.execute(
        select(func.max(_RELEASE.c.number)).where(_RELEASE.c.number > cursor, _RELEASE.c.released_at < now - not_after)
    ).scalar()
    return late or 0


def _held_waiting(session: Session) -> bool:
    """Whether something that was held waits for somebody who still wants alerts."""
    return session.execute(select(_DELIVERY.c.id).where(*_waiting(), _wants_alerts()).limit(1)).first() is not None


def _waiting() -> list[ColumnElement[bool] | TextClause]:
    return [OWED, _DELIVERY.c.reason.in_(HELD_REASONS)]


def _wants_alerts() -> ColumnElement[bool]:
    return exists().where(
        _SUBSCRIPTION.c.subscriber_id == _DELIVERY.c.subscriber_id,
        _SUBSCRIPTION.c.frequency == Frequency.INSTANT,
        _SUBSCRIPTION.c.ended_at.is_(None),
    )


def _plan_window(
    session: Session,
    newsletter: NewsletterDefinition,
    version: int,
    window: tuple[int, int],
    *,
    now: datetime,
    late: bool,
    result: PlanResult,
) -> None:
    slot = now
    while slot_taken(session, newsletter.slug, slot):
        slot += timedelta(microseconds=1)
    open_scratch(session)
    end_pauses(session, now=now)
    load_alive(
        session, cutoff=window[1], now=now, max_age=newsletter.max_age, owed_max_age=longest_age(session, newsletter)
    )
    _claim(session, window, now=now)
    select_lane(session, Frequency.INSTANT, CLAIMED)
    hold_paused(session, now=now)
    hold_quiet(session, newsletter, now=now)
    hold_capped(session, newsletter, now=now)
    if not (_anybody_new(session) if late else _anybody(session)):
        return
    edition_id = open_edition(session, newsletter, version, slot, state=EditionState.OPEN, now=now)
    if not late:
        _take_over_owed(session, edition_id)
        select_owed(session, edition_id)
    gather(session, edition_id)
    made = hand_over(session, edition_id, now=now, shown_on=literal(slot.date(), Date), late=late)
    note_cutoff(session, edition_id, window[1])
    result.deliveries += made
    result.edition_ids.append(edition_id)


def _claim(session: Session, window: tuple[int, int], *, now: datetime) -> None:
    """Everybody with an instant interval that reaches into the window."""
    after, until = window
    if after == until:
        return
    people = (
        select(
            _SUBSCRIPTION.c.subscriber_id,
            literal(after, BigInteger),
            literal(until, BigInteger),
            literal(now.date(), Date),
        )
        .where(
            _SUBSCRIPTION.c.frequency == Frequency.INSTANT,
            or_(_SUBSCRIPTION.c.until_release.is_(None), _SUBSCRIPTION.c.until_release > after),
            _SUBSCRIPTION.c.from_release < until,
        )
        .distinct()
    )
    session.execute(insert(CLAIMED).from_select(["subscriber_id", "window_from", "cutoff", "shown_on"], people))
    analyze(session, CLAIMED.name)


def _anybody_new(session: Session) -> bool:
    return session.execute(select(PART.c.subscriber_id).limit(1)).first() is not None


def _anybody(session: Session) -> bool:
    return (
        _anybody_new(session)
        or session.execute(select(_DELIVERY.c.id).where(*_waiting(), _free_again()).limit(1)).first() is not None
    )


def _free_again() -> ColumnElement[bool]:
    """Wants alerts, and nothing holds mail to them back any more."""
    return and_(_wants_alerts(), ~exists().where(HELD.c.subscriber_id == _DELIVERY.c.subscriber_id))


def _take_over_owed(session: Session, edition_id: int) -> None:
    """Everything owed to whoever gets something now, or whose mail was held and is free again."""
    served = select(PART.c.subscriber_id).where(~exists().where(HELD.c.subscriber_id == PART.c.subscriber_id))
    freed = select(_DELIVERY.c.subscriber_id).where(*_waiting(), _free_again())
    session.execute(
        update(_DELIVERY)
        .where(
            OWED,
            _DELIVERY.c.subscriber_id.in_(union(served, freed)),
        )
        .values(taken_by=edition_id)
    )
