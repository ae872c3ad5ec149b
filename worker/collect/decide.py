"""What a poll means for the articles we know: new, revised or unchanged. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from worker.collect.documents import ParsedArticle
from worker.collect.identity import canonical_url, content_hash, external_id, is_telling, names_an_article, url_key

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_MISSING_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article of this poll with its keys."""

    article: ParsedArticle
    external_id: str
    url: str
    url_key: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the same source as it is stored. `content_hash` is that of the feed's rendition."""

    id: int
    external_id: str
    url_key: str
    content_hash: str
    title: str
    summary: str = ""
    published_at: datetime | None = None
    withdrawn: bool = False


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
    revised: list[Revision] = field(default_factory=list)
    unchanged: list[tuple[int, Incoming]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def incoming(articles: Iterable[ParsedArticle]) -> list[Incoming]:
    """The articles of a poll with their keys; one that a feed lists twice counts once."""
    seen: dict[str, Incoming] = {}
    for article in articles:
        url = canonical_url(article.url) if article.url else ""
        hash_ = content_hash(article.title, article.text or article.summary)
        key = external_id(article.external_id, article.url, hash_)
        if article.title or article.text or article.summary or url:
            seen.setdefault(key, Incoming(article, key, url, url_key(url) if url else "", hash_))
    return list(seen.values())


def decide(polled: Sequence[Incoming], known: Iterable[Known], *, whole: bool = True) -> Decisions:
    """Match each article of a poll with a known one, by identifier, then address, then content.

    Two articles of one poll are never the same one, so an address or content that two of them share identifies
    neither. `whole` says that the poll saw the feed to its end.
    """
    known = list(known)
    matched = _match(polled, known)
    decisions = Decisions()
    for item in polled:
        old = matched.get(item.external_id)
        if old is None:
            decisions.new.append(item)
        elif changed := changes(old, item):
            decisions.revised.append(Revision(old.id, item, changed))
        else:
            decisions.unchanged.append((old.id, item))
    if whole:
        found = {old.id for old in matched.values()}
        decisions.missing = _missing([old for old in known if old.id not in found], polled)
    return decisions


def changes(old: Known, item: Incoming) -> tuple[str, ...]:
    """The fields that an edit changed, in words of their meaning: typography and spacing do not count."""
    changed = []
    if content_hash(old.title, "") != content_hash(item.article.title, ""):
        changed.append("title")
    if old.content_hash != item.content_hash and (not changed or _text_differs(old, item)):
        changed.append("text")
    if item.url_key and old.url_key and item.url_key != old.url_key:
        changed.append("url")
    return tuple(changed)


def _text_differs(old: Known, item: Incoming) -> bool:
    """Whether the hash differs by more than the title, which is part of it."""
    return old.content_hash != content_hash(old.title, item.article.text or item.article.summary)


def _match(polled: Sequence[Incoming], known: Sequence[Known]) -> dict[str, Known]:
    by_id = {old.external_id: old for old in known}
    matched = {item.external_id: by_id[item.external_id] for item in polled if item.external_id in by_id}
    taken = {old.id for old in matched.values()}
    for key_of, key_of_known in ((_address, _known_address), (_content, _known_content)):
        shared = Counter(key_of(item) for item in polled)
        free: dict[str, list[Known]] = {}
        for old in known:
            if old.id not in taken and key_of_known(old):
                free.setdefault(key_of_known(old), []).append(old)
        for item in polled:
            key = key_of(item)
            if item.external_id in matched or not key or shared[key] > 1 or len(free.get(key, [])) != 1:
                continue
            matched[item.external_id] = free[key][0]
            taken.add(free[key][0].id)
    return matched


def _address(item: Incoming) -> str:
    return item.url_key if names_an_article(item.url_key) else ""


def _known_address(old: Known) -> str:
    return old.url_key


def _content(item: Incoming) -> str:
    return item.content_hash if is_telling(item.article.text) else ""


def _known_content(old: Known) -> str:
    return old.content_hash


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


def plausible(published: datetime | None, *, now: datetime) -> datetime | None:
    """A publication date that can be believed; dates before 1995 or more than a day ahead are none."""
    return published if published and _EARLIEST <= published <= now + _AHEAD else None
