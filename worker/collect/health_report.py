"""What an operator is told about a source: how it is, since when, why, and what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.collect.health import FAILING, OWN_FAULT, is_alarming
from worker.collect.rhythm import GONE_TIMES, usual_gap
from worker.models import Push, Source

_ADVICE = {
    401: "It wants a login: ask its webmaster for a feed that is open, or remove it.",
    403: "It refuses us: ask its webmaster to let Sitrep in (it says who it is in its User-Agent), or remove it.",
    404: "Its feed was taken down or has moved: look for the new address on its site, and write that into "
    "schedules/sources.toml.",
    410: "It says that it is gone for good: look for a successor, or remove it from schedules/sources.toml.",
    429: "It finds that we ask too often: write a longer `every` at it in schedules/sources.toml.",
    503: "Its server is overloaded or under maintenance: wait.",
}
_UNREACHABLE = "Its server does not answer: wait, and see whether its site opens in a browser."
_SERVER = "Its server has a fault: wait, and tell its webmaster if it lasts."
_NO_FEED = "`sitrep sources parse` tells what is wrong with a saved copy; perhaps the feed has moved."
_OWN = "It is tried again after longer and longer waits; the log says where it happened."
_SILENT = "See whether its site still publishes; the feed may have moved, or been given up."
_BARE = "If it is no new one, look whether its address is that of a feed: `sitrep sources add URL --dry-run` tells."


@dataclass(frozen=True)
class Health:
    """How a source is. `state` is well, silent, failing or new; `since`: since when; `alarm`: an alarm is raised."""

    source: int
    name: str
    url: str
    state: str
    sentence: str
    since: datetime | None
    reason: str | None
    advice: str | None
    alarm: bool
    last_success_at: datetime | None
    last_new_at: datetime | None
    rhythm_seconds: int | None
    """The usual time between two of its articles."""
    next_poll_at: datetime | None
    push: str | None
    """How its subscription at a hub stands, where it has one."""


def report(source: Source, *, now: datetime, push: Push | None = None, bare: bool = False) -> Health:
    """A source's health at `now`, as its row tells it; `bare`: no article was ever found in it."""
    gap = usual_gap(source.recent)
    state, since, reason, advice = _judged(source, now)
    if bare and state == "well":
        reason, advice = "no article was found in it so far", _BARE
    return Health(
        source=source.id,
        name=source.name,
        url=source.url,
        state=state,
        sentence=_sentence(source, state, since, reason, advice, gap, now),
        since=since,
        reason=reason,
        advice=advice,
        alarm=is_alarming(source, now=now),
        last_success_at=source.last_success_at,
        last_new_at=source.last_new_at,
        rhythm_seconds=int(gap.total_seconds()) if gap is not None else None,
        next_poll_at=source.next_poll_at,
        push=push.state if push is not None else None,
    )


def _judged(source: Source, now: datetime) -> tuple[str, datetime | None, str | None, str | None]:
    """State, since when, why, what to do."""
    if source.failing_since is not None:
        return FAILING, source.failing_since, source.last_error, _advice(source)
    if source.last_success_at is None:
        return "new", None, None, None
    if source.silent_at is not None and source.silent_at <= min(now, source.last_success_at):
        return "silent", source.last_new_at, "nothing new for longer than its rhythm explains", _SILENT
    return "well", source.last_success_at, None, None


def _advice(source: Source) -> str:
    status = source.last_status
    if (source.last_error or "").startswith(OWN_FAULT):
        return _OWN
    if source.gone_count >= GONE_TIMES:
        return _ADVICE[410]
    if status is None:
        return _UNREACHABLE
    if status < 400:
        return _NO_FEED
    return _ADVICE.get(status, _SERVER if status >= 500 else _ADVICE[403])


def _sentence(
    source: Source,
    state: str,
    since: datetime | None,
    reason: str | None,
    advice: str | None,
    gap: timedelta | None,
    now: datetime,
) -> str:
    rhythm = f"usually something new every {spoken(gap)}" if gap is not None else "its rhythm is not known yet"
    if state == "new":
        return "Not polled yet."
    if state == "well" and reason:
        return f"Well, as far as it answers: {reason}. {advice}"
    if state == "well":
        last = "nothing since its first poll"
        if source.last_new_at is not None:
            span = spoken(now - source.last_new_at)
            one = "an" if span == "hour" else "a"
            last = f"the last article came {span if span[0].isdigit() else f'{one} {span}'} ago"
        return f"Well: {rhythm}, {last}."
    told = f"{reason}".rstrip(".")
    if state == FAILING:
        often = "once" if source.failures == 1 else f"{source.failures} times"
        return f"Failing since {since:%Y-%m-%d %H:%M} UTC ({often}): {told}. {advice}"
    began = f"since {since:%Y-%m-%d %H:%M} UTC" if since else "from the beginning"
    return f"Silent {began}, though polls succeed: {rhythm}. {advice}"


def spoken(span: timedelta | None) -> str:
    """A span of time in words, by its largest fitting unit: `3 hours`, or `hour` for one."""
    seconds = max(0, int(span.total_seconds())) if span is not None else 0
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}s" if count > 1 else unit
    return "minute or less"
