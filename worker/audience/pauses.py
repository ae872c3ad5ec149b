"""A pause: a time without mail, after which what was missed is sent or skipped.

It is a range of releases taken out (skip) or owed (catch up), never a jump of a watermark (docs/planning.md, rule 6).
It ends by its stored instant; whoever plans after that sets `until_release` from the releases stamped until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session

from worker.audience.subscriptions import current_release
from worker.database import table
from worker.errors import InvalidInput
from worker.models import Pause, PauseMode, Subscriber
from worker.schedules.hours import local_instant

LONGEST = timedelta(days=366)

_PAUSE = table(Pause)


@dataclass(frozen=True)
class PauseWish:
    """No mail before the local date `until`; what comes meanwhile is sent then, or skipped."""

    mode: PauseMode
    until: date


def running_pause(session: Session, subscriber_id: int, now: datetime) -> Pause | None:
    """The pause that somebody is in."""
    found = session.execute(
        select(Pause)
        .where(_PAUSE.c.subscriber_id == subscriber_id, _PAUSE.c.starts_at <= now, _PAUSE.c.ends_at > now)
        .order_by(_PAUSE.c.id.desc())
        .limit(1)
    )
    return found.scalars().first()


def check_pause(until: date, zone: str, now: datetime) -> None:
    """InvalidInput unless the date lies ahead there, and within a year."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if until <= today:
        raise InvalidInput("Please choose a day after today.", field="pause_until")
    if until > today + LONGEST:
        raise InvalidInput("Please choose a day within the next twelve months.", field="pause_until")


def change_pause(session: Session, subscriber: Subscriber, wish: PauseWish | None, *, now: datetime) -> bool:
    """Start, prolong, shorten or end the pause; returns whether anything changed.

    The caller holds the person's row and RELEASE_LOCK, and commits. The end of a running pause is moved in place;
    another mode ends it at the current release and begins a new range there.
    """
    running = running_pause(session, subscriber.id, now)
    ends_at = local_instant(subscriber.zone, wish.until, 0) if wish else None
    if running and wish and running.mode == wish.mode:
        if running.ends_at == ends_at:
            return False
        assert ends_at is not None
        running.ends_at = ends_at
        session.flush()
        return True
    number = current_release(session)
    if running:
        running.ends_at, running.until_release = now, number
    if wish:
        assert ends_at is not None
        session.add(
            Pause(subscriber_id=subscriber.id, mode=wish.mode, from_release=number, starts_at=now, ends_at=ends_at)
        )
    session.flush()
    return bool(running or wish)
