"""When a local hour comes round next. Pure: the zone's rules and an instant in, an instant out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def next_due(zone: str, hour: int, weekday: int | None, after: datetime) -> datetime:
    """The first instant (UTC) strictly after `after` at which it is `hour` o'clock there; on `weekday`, 0 is Monday.

    Where the clocks jump over that hour it is the first valid instant after it; where they show it twice, the first.
    """
    rules = ZoneInfo(zone)
    # A day early: where a whole day is skipped (Samoa, 30 December 2011) the day before may come due after `after`.
    day = after.astimezone(rules).date() - _DAY
    while True:
        if weekday is None or day.weekday() == weekday:
            due = local_instant(zone, day, hour)
            if due > after:
                return due
        day += _DAY


def local_instant(zone: str, day: date, hour: int) -> datetime:
    """The UTC instant of `hour` o'clock on that local date: the first valid one after a gap, the first in a fold."""
    wall = datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone))
    instant = wall.astimezone(UTC)
    if instant.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    return _end_of_gap(wall)


def _end_of_gap(wall: datetime) -> datetime:
    """The instant of the jump over `wall`; it lies between the readings by the offsets after and before the jump."""
    before, later = wall.replace(fold=1).astimezone(UTC), wall.replace(fold=0).astimezone(UTC)
    old_offset = before.astimezone(wall.tzinfo).utcoffset()
    while later - before > _SECOND:
        middle = before + timedelta(seconds=(later - before) // _SECOND // 2)
        if middle.astimezone(wall.tzinfo).utcoffset() == old_offset:
            before = middle
        else:
            later = middle
    return later


@cache
def known_zones() -> frozenset[str]:
    """Every zone name that can be chosen; not those that mean the machine's own setting."""
    return frozenset(
        name
        for name in available_timezones()
        if name not in ("localtime", "posixrules", "Factory") and not name.startswith(("posix/", "right/"))
    )
