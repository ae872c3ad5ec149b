"""When to poll again: from how the last poll ended, and from how often a source has something new. Pure."""

from __future__ import annotations

import enum
import itertools
import re
import statistics
from collections.abc import Iterable, Sequence
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
LONGEST = timedelta(hours=1)
"""A source is polled at least this often, unless its operator wants it less often."""
RECENT = 30
"""So many of a source's newest articles tell its rhythm."""
_ENOUGH = 5
"""Fewer articles tell no rhythm."""
_POLLS_A_GAP = 6
_PATIENCE = 4
_QUIET_SHARE = 20
_PUSHED = 4
_PUSH_NEAR = timedelta(hours=1)
_SILENT_GAPS = 3
_SILENT_AT_LEAST, _SILENT_AT_MOST = timedelta(days=3), timedelta(days=60)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NEVER_KEPT = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
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


def rest_asked(status: int | None, retry_after: str | None, *, now: datetime) -> timedelta | None:
    """How long a host that is too busy asks to be left alone; None where it does not."""
    return retry_delay(retry_after, now=now) if status in (429, 503) else None


def _spread(wait: timedelta, source: object) -> timedelta:
    return wait * (1 + JITTER * (stable_fraction("jitter", source) - 0.5))


def recent_times(known: Sequence[int], new: Iterable[datetime]) -> list[int]:
    """The newest times of both, each once, as whole seconds since 1970, the newest first."""
    return sorted({*known, *(int(instant.timestamp()) for instant in new)}, reverse=True)[:RECENT]


def usual_gap(recent: Sequence[int]) -> timedelta | None:
    """The median of the gaps between the newest articles; None where there are too few to tell."""
    gaps = _gaps(recent)
    return timedelta(seconds=statistics.median(gaps)) if len(gaps) >= _ENOUGH - 1 else None


def adapted(
    every: timedelta,
    recent: Sequence[int],
    *,
    now: datetime,
    kept: timedelta | None = None,
    told: timedelta | None = None,
) -> timedelta:
    """How long to wait between polls: never less than `every`, at most LONGEST (or `every`, where that is longer).

    A sixth of the usual gap; longer once the source has been quiet for long; but no longer than four times `every`:
    who writes a minute wants alerts within minutes. While the last answer is still good (`kept`) there is no use in
    asking. How often the feed says that it is updated (`told`) counts only while nothing better is known: WordPress
    says "hourly" of every site.
    """
    gap = usual_gap(recent)
    wait = told or every
    if gap is not None:
        quiet = now - datetime.fromtimestamp(recent[0], UTC)
        wait = max(gap / _POLLS_A_GAP, quiet / _QUIET_SHARE)
    wait = min(wait, _PATIENCE * every)
    return max(every, min(max(wait, kept or wait), LONGEST))


def pushed(interval: timedelta, *, last_push_at: datetime | None, last_new_at: datetime | None) -> timedelta:
    """The interval while a hub tells us of what is new: four times as long, as long as it told us of the last article.

    `last_push_at`: None where no subscription is in force, or no push has come. An article that a poll found, and no
    push had announced, is proof that the hub has gone silent.
    """
    if last_push_at is None:
        return interval
    told = last_new_at is None or last_push_at >= last_new_at - _PUSH_NEAR
    return interval * _PUSHED if told else interval


def kept_for(cache_control: str | None) -> timedelta | None:
    """How long an answer stays good, by its Cache-Control (RFC 9111), at most a day; None where it does not say."""
    found = _MAX_AGE.search(cache_control or "")
    if found is None or _NEVER_KEPT.search(cache_control or ""):
        return None
    return min(timedelta(seconds=int(found.group(1))), _DAY) or None


def silent_from(recent: Sequence[int], *, since: datetime) -> datetime | None:
    """When a source that brought something `since` is silent for longer than its rhythm explains; None: who knows.

    Three times the longest of its recent gaps, at least three days (a weekend) and at most sixty.
    """
    gaps = _gaps(recent)
    if len(gaps) < _ENOUGH - 1:
        return None
    patience = timedelta(seconds=_SILENT_GAPS * max(gaps))
    return since + min(max(patience, _SILENT_AT_LEAST), _SILENT_AT_MOST)


def _gaps(recent: Sequence[int]) -> list[int]:
    return [newer - older for newer, older in itertools.pairwise(recent)]
