"""What is due: pure functions of the clock's last slot, the newsletter's lateness and `now`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NextDue = Callable[[datetime], datetime]
"""From an instant to the first due instant strictly after it."""


@dataclass(frozen=True)
class Due:
    """What to do about one clock.

    `slot` is the one edition to plan (None: all that were due are too late). `missed` are the slots that nothing
    is planned for any more; their articles join the next edition, because no watermark has moved.
    """

    slot: datetime | None
    missed: tuple[datetime, ...]
    next_due_at: datetime


def decide_due(next_due_at: datetime, *, now: datetime, not_after: timedelta, next_due: NextDue) -> Due:
    """After a downtime of hours or days there is one catch-up edition, not many."""
    slots = []
    slot = next_due_at
    while slot <= now:
        slots.append(slot)
        slot = next_due(slot)
    if slots and now - slots[-1] <= not_after:
        return Due(slots[-1], tuple(slots[:-1]), slot)
    return Due(None, tuple(slots), slot)


def is_quiet(local: time, quiet: tuple[time, time] | None) -> bool:
    """Whether the local time lies in the quiet hours [start, end), which may span midnight."""
    if quiet is None or quiet[0] == quiet[1]:
        return False
    start, end = quiet
    if start < end:
        return start <= local < end
    return local >= start or local < end


def quiet_zones(zones: Iterable[str], *, now: datetime, quiet: tuple[time, time] | None) -> list[str]:
    """The zones in which it is quiet now."""
    if quiet is None:
        return []
    return [zone for zone in zones if is_quiet(now.astimezone(ZoneInfo(zone)).time(), quiet)]
