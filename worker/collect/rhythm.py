"""When to poll again, from how the last poll ended. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from worker.collect.identity import stable_fraction

_DAY = timedelta(days=1)
_MIN_RETRY = timedelta(seconds=30)
_MAX_BACKOFF = timedelta(hours=6)
_GONE_RECHECK = timedelta(hours=12)
_CONFIRMED_GONE = timedelta(days=7)
GONE_TIMES = 3
"""A 410 counts only when it was said this often in a row."""
JITTER = 0.1
"""Polls of many sources with one interval spread over this share of it."""


class Outcome(enum.StrEnum):
    """How a poll ended."""

    FRESH = "fresh"
    UNCHANGED = "unchanged"
    UNUSABLE = "unusable"
    """An answer that is no feed, or an error of ours with it."""
    REFUSED = "refused"
    """4xx: we are wrong, or not wanted."""
    ABSENT = "absent"
    """404: taken down, or a mistake over there; it never disables a source."""
    GONE = "gone"
    BUSY = "busy"
    """429 or 503."""
    BROKEN = "broken"
    """5xx, or no answer at all."""


_SUCCESS = frozenset({Outcome.FRESH, Outcome.UNCHANGED})


def outcome_of(status: int) -> Outcome:
    """How an HTTP status ends a poll (RFC 9110); a body that cannot be parsed is found out later."""
    if status == 304:
        return Outcome.UNCHANGED
    if 200 <= status < 300:
        return Outcome.FRESH
    exact = {404: Outcome.ABSENT, 410: Outcome.GONE, 429: Outcome.BUSY, 503: Outcome.BUSY, 408: Outcome.BUSY}
    if status in exact:
        return exact[status]
    return Outcome.BROKEN if status >= 500 else Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Next:
    """When to poll again, and the counts to remember till then."""

    at: datetime
    failures: int
    gone_count: int


def next_poll(
    outcome: Outcome,
    *,
    source: object,
    interval: timedelta,
    failures: int,
    gone_count: int,
    now: datetime,
    retry_after: str | None = None,
) -> Next:
    """The next poll of a source, told apart from others by `source` (its address), so that jitter is stable.

    Success: after the interval. A refusal to answer now: when it says, within a day. Failure: after twice the
    interval, four times, ... at most six hours (or the interval, where that is longer).
    """
    if outcome in _SUCCESS:
        return Next(now + _spread(interval, source), failures=0, gone_count=0)
    gone = gone_count + 1 if outcome is Outcome.GONE else 0
    if outcome is Outcome.GONE:
        wait = _CONFIRMED_GONE if gone >= GONE_TIMES else max(interval, _GONE_RECHECK if gone > 1 else interval)
        return Next(now + _spread(wait, source), failures + 1, gone)
    wait = max(interval, min(interval * 2 ** min(failures, 10), _MAX_BACKOFF))
    asked = retry_delay(retry_after, now=now)
    if asked is not None:
        return Next(now + max(asked, _MIN_RETRY), failures + 1, gone)
    return Next(now + _spread(wait, source), failures + 1, gone)


def retry_delay(retry_after: str | None, *, now: datetime) -> timedelta | None:
    """How long Retry-After asks to wait (seconds or an HTTP date), at most a day; None where it says nothing."""
    if not retry_after:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _DAY)
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return min(max(when - now, timedelta()), _DAY)


def _spread(wait: timedelta, source: object) -> timedelta:
    return wait * (1 + JITTER * (stable_fraction("jitter", source) - 0.5))
