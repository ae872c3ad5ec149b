"""How each source is: well, silent for longer than its rhythm explains, or failing; and the alarm about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlmodel import Session

from worker.collect.rhythm import recent_times, silent_from
from worker.database import table
from worker.logs import log
from worker.models import Source

_SOURCE = table(Source)
FAILING, SILENT = "failing", "silent"
OWN_FAULT = "an error of Sitrep's own, please report it: "
"""Begins what is kept of a poll that ended in an exception."""
FAILING_FOR = timedelta(hours=12)
"""Polls that fail for this long, and at least three times, are worth an alarm."""
_FAILURES = 3


def note_success(source: Source, *, published: Iterable[datetime], now: datetime) -> None:
    """A poll succeeded; `published` are the times of what it found new, none where it found nothing."""
    source.failing_since = None
    new = list(published)
    if new:
        source.recent = recent_times(source.recent, new)
        source.silent_at = silent_from(source.recent, since=now)


def note_failure(source: Source, *, now: datetime) -> None:
    """A poll failed."""
    source.failing_since = source.failing_since or now


def is_alarming(source: Source, *, now: datetime) -> bool:
    """Whether an alarm is due or stands, also where no tick has settled it since."""
    failing_since, silent_at, last_success_at = source.failing_since, source.silent_at, source.last_success_at
    fails = failing_since is not None
    if failing_since is not None and failing_since <= now - FAILING_FOR and source.failures >= _FAILURES:
        return True
    if source.alarm == FAILING:
        return fails
    if silent_at is None or silent_at > now:
        return False
    return source.alarm is not None or (not fails and last_success_at is not None and last_success_at >= silent_at)


@dataclass
class Alarms:
    """The sources (ids) whose alarm was raised just now, and those whose alarm was lifted."""

    raised: list[int] = field(default_factory=list)
    lifted: list[int] = field(default_factory=list)


def settle_alarms(session: Session, *, now: datetime) -> Alarms:
    """Raise the alarms that are due, and lift those that are over; each once, each logged. Commits."""
    columns = _SOURCE.c
    fails = and_(columns.failing_since <= now - FAILING_FOR, columns.failures >= _FAILURES)
    # A poll has to have found nothing: while we ourselves stand still, no source is silent.
    silent = and_(columns.silent_at <= now, columns.last_success_at >= columns.silent_at)
    over = or_(
        ~columns.active,
        and_(columns.alarm == FAILING, columns.failing_since.is_(None)),
        and_(columns.alarm == SILENT, or_(columns.silent_at.is_(None), columns.silent_at > now)),
    )
    lifted = _set(session, and_(columns.alarm.is_not(None), over), None, None)
    failing = _set(session, and_(columns.active, fails, columns.alarm.is_distinct_from(FAILING)), FAILING, now)
    gone_quiet = _set(
        session, and_(columns.active, silent, columns.failing_since.is_(None), columns.alarm.is_(None)), SILENT, now
    )
    session.commit()
    for row in failing:
        log().warning("source_failing", source=row.name, since=row.failing_since.isoformat(), error=row.last_error)
    for row in gone_quiet:
        log().warning("source_silent", source=row.name, last_new=row.last_new_at and row.last_new_at.isoformat())
    for row in lifted:
        log().info("source_well_again", source=row.name)
    return Alarms([row.id for row in (*failing, *gone_quiet)], [row.id for row in lifted])


def alarms_raised(session: Session) -> list[str]:
    """Every alarm that stands, one sentence each, the oldest first."""
    columns = _SOURCE.c
    rows = session.execute(
        select(columns.name, columns.alarm, columns.failing_since, columns.last_error, columns.last_new_at)
        .where(columns.active, columns.alarm.is_not(None))
        .order_by(columns.alarm_at, columns.id)
    )
    return [
        f"{row.name} has been failing since {row.failing_since:%Y-%m-%d %H:%M} UTC: {row.last_error}"
        if row.alarm == FAILING and row.failing_since is not None
        else f"{row.name} has brought nothing new for longer than its rhythm explains"
        for row in rows
    ]


def _set(session: Session, where: ColumnElement[bool], alarm: str | None, at: datetime | None) -> list[Any]:
    columns = _SOURCE.c
    return list(
        session.execute(
            update(_SOURCE)
            .where(where)
            .values(alarm=alarm, alarm_at=at)
            .returning(columns.id, columns.name, columns.failing_since, columns.last_error, columns.last_new_at)
        )
    )
