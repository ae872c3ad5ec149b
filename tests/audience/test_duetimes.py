from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import Session

from tests.audience.scene import DAILY, WEEKLY, person
from worker.audience.duetimes import ensure_clock
from worker.audience.subscriptions import change_subscriptions
from worker.database import table
from worker.models import Clock, DueTime

CLOCK, DUE = table(Clock), table(DueTime)


def test_people_of_one_hour_and_zone_share_a_clock(session: Session, topics: dict[str, int], now: datetime) -> None:
    for number in range(3):
        someone = person(session, now, f"p{number}@example.org")
        someone.weekday = number
        change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    session.commit()
    (clock,) = session.execute(select(CLOCK)).all()
    assert (clock.frequency, clock.zone, clock.hour, clock.weekday) == ("daily", "Europe/Berlin", 8, -1)
    assert clock.next_due_at == datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert set(session.execute(select(DUE.c.clock_id)).scalars()) == {clock.id}


def test_weekly_clocks_differ_by_weekday(session: Session, now: datetime) -> None:
    monday, friday = (
        ensure_clock(session, frequency=WEEKLY, zone="Asia/Kolkata", hour=7, weekday=weekday, now=now)
        for weekday in (0, 4)
    )
    assert monday != friday
    dues = session.execute(select(CLOCK.c.next_due_at).order_by(CLOCK.c.next_due_at)).scalars().all()
    assert dues == [datetime(2026, 3, 6, 1, 30, tzinfo=UTC), datetime(2026, 3, 9, 1, 30, tzinfo=UTC)]


def test_a_clock_that_runs_is_not_set_again(session: Session, now: datetime) -> None:
    first = ensure_clock(session, frequency=DAILY, zone="UTC", hour=8, weekday=0, now=now)
    session.commit()
    later = datetime(2026, 5, 1, tzinfo=UTC)
    assert ensure_clock(session, frequency=DAILY, zone="UTC", hour=8, weekday=3, now=later) == first
    assert session.execute(select(CLOCK.c.next_due_at)).scalar_one() == datetime(2026, 3, 3, 8, tzinfo=UTC)
