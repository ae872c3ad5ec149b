"""What a poll means for the articles we know: new, revised, unchanged, or there all along. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from worker.collect.identity import content_hash
from worker.collect.recognise import Incoming, Known, recognise

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_MISSING_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Revision:
    """A known article that says something else now; `changed` names the fields."""

    article_id: int
    incoming: Incoming
    changed: tuple[str, ...]


@dataclass(slots=True)
class Decisions:
    """What a poll means. `missing` are known articles that the feed should still hold and does not."""

    new: list[Incoming] = field(default_factory=list)
    archived: list[Incoming] = field(default_factory=list)
    """Never seen, yet older than what was there when the source was added: nobody gets them."""
    revised: list[Revision] = field(default_factory=list)
    unchanged: list[tuple[int, Incoming]] = field(default_factory=list)
    to_follow: list[tuple[int, Incoming]] = field(default_factory=list)
    """Known articles that stand again, or whose identifier or rendition is another one now."""
    stale: list[int] = field(default_factory=list)
    """Of the unchanged: a listing without texts says that they were edited; their pages tell how."""
    missing: list[int] = field(default_factory=list)
    reused: list[int] = field(default_factory=list)
    """Known articles whose identifier one of the new ones now bears."""
    anchors: list[Known] = field(default_factory=list)
    """The known articles that the listing holds in its part that is in order."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What else there is to know about a poll, for deciding."""

    whole: bool = True
    """It saw the listing to its end."""
    window: int | None = None
    """How many of its first articles stand newest first, without a hole; None: all of them."""
    horizon: datetime | None = None
    """When the oldest article of the source's first poll was published."""
    there_before: AbstractSet[str] = frozenset()
    """Addresses that were listed before the source was added, though nobody looked."""


def decide(polled: Sequence[Incoming], known: Iterable[Known], setting: Setting | None = None) -> Decisions:
    """Match each article of a poll with a known one, and say what that means."""
    setting = setting or Setting()
    known = list(known)
    matched, reused = recognise(polled, known)
    decisions = Decisions()
    above = _last_known(polled, matched, setting)
    newest_first = _is_newest_first(polled, matched, setting)
    for place, item in enumerate(polled):
        old = matched.get(item.external_id)
        if old is None:
            was_there = _was_there(item, setting, above=place < above, below=newest_first and place > above)
            (decisions.archived if was_there else decisions.new).append(item)
            if item.external_id in reused:
                decisions.reused.append(reused[item.external_id].id)
            continue
        if not setting.window or place < setting.window:
            decisions.anchors.append(old)
        if old.withdrawn or old.external_id != item.external_id or old.rendition != item.rendition:
            decisions.to_follow.append((old.id, item))
        if changed := changes(old, item):
            decisions.revised.append(Revision(old.id, item, changed))
        else:
            decisions.unchanged.append((old.id, item))
            if _is_stale(old, item):
                decisions.stale.append(old.id)
    if setting.whole:
        found = {old.id for old in matched.values()}
        window = polled if setting.window is None else polled[: setting.window]
        decisions.missing = _missing([old for old in known if old.id not in found], window)
    return decisions


def changes(old: Known, item: Incoming) -> tuple[str, ...]:
    """The fields that an edit changed, in words of their meaning: typography and spacing do not count.

    A listing that gives no title or no text says nothing about it. Two renditions of a text (a feed's and a REST
    API's) differ without an edit.
    """
    changed = []
    article = item.article
    if article.title and content_hash(old.title, "") != content_hash(article.title, ""):
        changed.append("title")
    if _says_other_words(old, item) and (not changed or not _only_retitled(old, item)):
        changed.append("text")
    if item.url_key and old.url_key and item.url_key != old.url_key:
        changed.append("url")
    return tuple(changed)


def plausible(published: datetime | None, *, now: datetime) -> datetime | None:
    """A publication date that can be believed; dates before 1995 or more than a day ahead are none."""
    return published if published and _EARLIEST <= published <= now + _AHEAD else None


def _says_other_words(old: Known, item: Incoming) -> bool:
    told = item.article.text or item.article.summary
    comparable = not old.rendition or not item.rendition or old.rendition == item.rendition
    return bool(told) and comparable and old.content_hash != item.content_hash


def _only_retitled(old: Known, item: Incoming) -> bool:
    """Whether the hash, which the title is part of, differs by nothing else."""
    return old.content_hash == content_hash(old.title, item.article.text or item.article.summary)


def _is_stale(old: Known, item: Incoming) -> bool:
    article = item.article
    if article.text or article.summary or article.updated_at is None or old.modified_at is None:
        return False
    return article.updated_at > old.modified_at


def _last_known(polled: Sequence[Incoming], matched: dict[str, Known], setting: Setting) -> int:
    """The place of the last known article in the part that is in order; what stands above it is newer than it."""
    window = len(polled) if setting.window is None else setting.window
    places = [place for place, item in enumerate(polled[:window]) if item.external_id in matched]
    return places[-1] if places else -1


def _is_newest_first(polled: Sequence[Incoming], matched: dict[str, Known], setting: Setting) -> bool:
    """Whether the known articles show it: some were first seen before what stands above them, and none after it."""
    shown = [matched[item.external_id] for item in polled[: setting.window] if item.external_id in matched]
    seen = [old.first_seen_at for old in shown if old.first_seen_at is not None]
    pairs = list(itertools.pairwise(seen))
    return any(upper > lower for upper, lower in pairs) and all(upper >= lower for upper, lower in pairs)


def _was_there(item: Incoming, setting: Setting, *, above: bool, below: bool) -> bool:
    """Whether an article that we never saw is older than the source's first poll.

    When articles are withdrawn, older ones move up into a feed's window; they are no news. What stands above an
    article that we know is newer than it, whatever its date says. Where there is no date, what stands `below` all that
    we know in a listing that is newest first is older.
    """
    if item.url_key in setting.there_before:
        return True
    published = item.article.published_at
    if published is None or published < _EARLIEST:
        return below
    if above or setting.horizon is None:
        return False
    return published < setting.horizon


def _missing(unlisted: Sequence[Known], polled: Sequence[Incoming]) -> list[int]:
    """Known articles newer than half of those still listed: taken out, not pushed out by newer ones.

    Half, because feeds pin old articles.
    """
    dates = sorted(item.article.published_at for item in polled if item.article.published_at)
    if not dates:
        return []
    middle = dates[len(dates) // 2]
    gone = [(old.published_at, old.id) for old in unlisted if not old.withdrawn and old.published_at]
    return [id_ for published, id_ in sorted(gone, reverse=True) if published > middle][:_MISSING_AT_MOST]
