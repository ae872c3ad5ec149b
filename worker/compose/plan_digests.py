"""Planning digests: whoever's local hour has come gets the next window of their lane, and what is owed to them.

Claim, cut-off, selection, deliveries, watermark and next due time are one transaction for each slot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlmodel import Session

from worker.compose.due import Due, decide_due
from worker.compose.editions import note_cutoff, open_edition
from worker.compose.handing import hand_over
from worker.compose.holding import hold_paused
from worker.compose.newsletters import longest_age
from worker.compose.release import last_release
from worker.compose.scratch import CLAIMED, CLOCK, open_scratch
from worker.compose.selecting import OWED, end_pauses, gather, load_alive, select_lane, select_owed
from worker.database import PLAN_LOCK, analyze, lock_exclusive, table
from worker.models import Clock, Delivery, DueTime, EditionState, Frequency
from worker.schedules.hours import next_due
from worker.schedules.newsletters import NewsletterDefinition

_CLOCK, _DUE, _DELIVERY = table(Clock), table(DueTime), table(Delivery)


@dataclass
class PlanResult:
    """Editions that have deliveries to send, how many, and slots that were found too late."""

    edition_ids: list[int] = field(default_factory=list)
    deliveries: int = 0
    missed: list[datetime] = field(default_factory=list)


def plan_digests(session: Session, newsletter: NewsletterDefinition, *, version: int, now: datetime) -> PlanResult:
    """Plan every slot of this newsletter that is due by `now`; a second call at the same time finds nothing."""
    result = PlanResult()
    lock_exclusive(session, PLAN_LOCK)
    plans = sorted(_due_clocks(session, newsletter, now=now), key=lambda plan: plan[1].slot or now)
    for slot, group in groupby(plans, key=lambda plan: plan[1].slot):
        members = list(group)
        lock_exclusive(session, PLAN_LOCK)
        _plan_slot(session, newsletter, version, slot, members, now=now, result=result)
        session.commit()
    session.commit()
    return result


def _due_clocks(session: Session, newsletter: NewsletterDefinition, *, now: datetime) -> list[tuple[Clock, Due]]:
    clocks = session.execute(
        select(Clock).where(_CLOCK.c.frequency == newsletter.frequency, _CLOCK.c.next_due_at <= now)
    ).scalars()
    return [(clock, _decide(clock, newsletter, now=now)) for clock in clocks]


def _decide(clock: Clock, newsletter: NewsletterDefinition, *, now: datetime) -> Due:
    weekday = None if clock.weekday < 0 else clock.weekday
    return decide_due(
        clock.next_due_at,
        now=now,
        not_after=newsletter.not_after,
        next_due=lambda after: next_due(clock.zone, clock.hour, weekday, after),
    )


def _plan_slot(
    session: Session,
    newsletter: NewsletterDefinition,
    version: int,
    slot: datetime | None,
    members: list[tuple[Clock, Due]],
    *,
    now: datetime,
    result: PlanResult,
) -> None:
    members = [(clock, due) for clock, due in members if _advance(session, clock, due)]
    for missed in sorted({instant for _, due in members for instant in due.missed}):
        open_edition(session, newsletter, version, missed, state=EditionState.MISSED, now=now)
        result.missed.append(missed)
    frequency = Frequency(newsletter.frequency)
    if slot is None or not _followed(session, [clock.id for clock, _ in members], frequency):
        return
    edition_id = open_edition(session, newsletter, version, slot, state=EditionState.OPEN, now=now)
    open_scratch(session)
    if not _claim(session, edition_id, slot, [clock for clock, _ in members], frequency):
        return
    cutoff = last_release(session)  # read after the claim: whoever is claimed is served up to here
    session.execute(update(CLAIMED).values(cutoff=cutoff))
    end_pauses(session, now=now)
    load_alive(
        session, cutoff=cutoff, now=now, max_age=newsletter.max_age, owed_max_age=longest_age(session, newsletter)
    )
    select_lane(session, frequency, CLAIMED)
    _take_over_owed(session, edition_id)
    select_owed(session, edition_id)
    gather(session, edition_id)
    hold_paused(session, now=now)
    made = hand_over(session, edition_id, now=now, shown_on=CLAIMED.c.shown_on, people=CLAIMED)
    note_cutoff(session, edition_id, cutoff)
    _move_watermarks(session, edition_id, frequency, cutoff)
    result.deliveries += made
    result.edition_ids.append(edition_id)


def _advance(session: Session, clock: Clock, due: Due) -> bool:
    """Move the clock on, unless somebody else has: its row is the claim on the slot."""
    moved = session.execute(
        update(_CLOCK)
        .where(_CLOCK.c.id == clock.id, _CLOCK.c.next_due_at == clock.next_due_at)
        .values(next_due_at=due.next_due_at)
    )
    return bool(moved.rowcount == 1)  # type: ignore[attr-defined]


def _followed(session: Session, clock_ids: list[int], frequency: Frequency) -> bool:
    """Whether anybody goes by these clocks; one that everybody has left makes no editions."""
    follower = select(_DUE.c.subscriber_id).where(_DUE.c.clock_id.in_(clock_ids), _DUE.c.frequency == frequency)
    return session.execute(follower.limit(1)).first() is not None


def _claim(session: Session, edition_id: int, slot: datetime, clocks: Iterable[Clock], frequency: Frequency) -> int:
    """Claim whoever follows these clocks and is not in this edition yet (by another clock of the same instant)."""
    dates = [{"clock_id": clock.id, "shown_on": slot.astimezone(ZoneInfo(clock.zone)).date()} for clock in clocks]
    session.execute(insert(CLOCK), dates)
    session.execute(
        insert(CLAIMED).from_select(
            ["subscriber_id", "window_from", "shown_on"],
            select(_DUE.c.subscriber_id, _DUE.c.watermark, CLOCK.c.shown_on)
            .join(CLOCK, CLOCK.c.clock_id == _DUE.c.clock_id)
            .where(
                _DUE.c.frequency == frequency,
                or_(_DUE.c.edition_id.is_(None), _DUE.c.edition_id != edition_id),
                # Somebody who left the frequency and took it up again has a new row, and may have this mail already.
                ~exists().where(
                    _DELIVERY.c.edition_id == edition_id, _DELIVERY.c.subscriber_id == _DUE.c.subscriber_id
                ),
            ),
        )
    )
    analyze(session, CLAIMED.name)
    claimed = session.execute(
        update(_DUE)
        .where(_DUE.c.frequency == frequency, _DUE.c.subscriber_id.in_(select(CLAIMED.c.subscriber_id)))
        .values(edition_id=edition_id)
    )
    return int(claimed.rowcount)  # type: ignore[attr-defined]


def _take_over_owed(session: Session, edition_id: int) -> None:
    people = select(CLAIMED.c.subscriber_id)
    session.execute(update(_DELIVERY).where(OWED, _DELIVERY.c.subscriber_id.in_(people)).values(taken_by=edition_id))


def _move_watermarks(session: Session, edition_id: int, frequency: Frequency, cutoff: int) -> None:
    """What was claimed here is served up to the cut-off; a frequency nobody holds any more has had its last turn."""
    mine = (_DUE.c.frequency == frequency) & _DUE.c.subscriber_id.in_(select(CLAIMED.c.subscriber_id))
    session.execute(delete(_DUE).where(mine, _DUE.c.draining))
    session.execute(update(_DUE).where(mine, _DUE.c.watermark < cutoff).values(watermark=cutoff))
