"""Due times: which clock serves a person's digest of a frequency, and how far its windows have come.

The instant frequency has none: alerts follow a cursor of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.database import dialect, table
from worker.models import Clock, DueTime, Frequency, Subscriber
from worker.schedules.hours import next_due

DIGESTS = (Frequency.DAILY, Frequency.WEEKLY)
_EVERY_DAY = -1

_CLOCK, _DUE = table(Clock), table(DueTime)


def ensure_clock(session: Session, *, frequency: Frequency, zone: str, hour: int, weekday: int, now: datetime) -> int:
    """The id of the clock that everybody of that frequency, zone, hour (and weekday, for the weekly) shares."""
    weekly = frequency is Frequency.WEEKLY
    key = {"frequency": frequency, "zone": zone, "hour": hour, "weekday": weekday if weekly else _EVERY_DAY}
    find = select(_CLOCK.c.id).where(and_(*(_CLOCK.c[name] == value for name, value in key.items())))
    found: int | None = session.execute(find).scalar()
    if found is None:
        first_due = next_due(zone, hour, weekday if weekly else None, now)
        insert = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
        session.execute(insert(_CLOCK).values(**key, next_due_at=first_due).on_conflict_do_nothing())
        found = session.execute(find).scalar_one()
    return found


def settle_due_times(
    session: Session, subscriber: Subscriber, held: Collection[Frequency], *, number: int, now: datetime
) -> None:
    """Give each digest frequency that is held its due time at the subscriber's hour, and let the others drain.

    A new one starts at release `number`. One that is there keeps its watermark whatever happens, and loses the mark of
    draining (ON CONFLICT DO NOTHING would leave it: the person would be served once more and never again). The caller
    holds RELEASE_LOCK shared. Daily before weekly, always: so that two of these never wait for each other's clocks.
    """
    existing = set(
        session.execute(select(_DUE.c.frequency).where(_DUE.c.subscriber_id == subscriber.id)).scalars().all()
    )
    for frequency in DIGESTS:
        if frequency not in held and frequency not in existing:
            continue
        clock_id = ensure_clock(
            session,
            frequency=frequency,
            zone=subscriber.zone,
            hour=subscriber.hour,
            weekday=subscriber.weekday,
            now=now,
        )
        if frequency in held:
            _hold(session, subscriber.id, frequency, clock_id, number)
        else:
            session.execute(
                update(_DUE)
                .where(_DUE.c.subscriber_id == subscriber.id, _DUE.c.frequency == frequency)
                .values(draining=True, clock_id=clock_id)
            )


def _hold(session: Session, subscriber_id: int, frequency: Frequency, clock_id: int, number: int) -> None:
    insert = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = insert(_DUE).values(
        subscriber_id=subscriber_id,
        frequency=frequency,
        clock_id=clock_id,
        watermark=number,
        draining=False,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "frequency"], set_={"draining": False, "clock_id": clock_id}
        )
    )
