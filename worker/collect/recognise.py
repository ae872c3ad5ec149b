"""Which known article is an article of this poll? By identifier, address, content, then title and moment. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.collect.documents import ParsedArticle
from worker.collect.identity import canonical_url, content_hash, external_id, is_telling, names_an_article, url_key

_WORD = re.compile(r"[^\W\d_]{2,}")
_OPENING = 400
"""Characters of a text that tell whether it is the same one."""
_COMPARABLE = 8
"""Fewer words tell nothing about whether two texts are the same."""
_ALIKE = 0.3
"""Two titles, addresses or openings that share less than this of their words have nothing to do with each other:
articles on one beat share a fifth of theirs, a retitled or rewritten article keeps half."""
_TITLE_WORDS = 3
MOVED_AT_LEAST = 3


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article of this poll with its keys."""

    article: ParsedArticle
    external_id: str
    url: str
    url_key: str
    content_hash: str
    rendition: str = ""
    """The format that it was read from."""


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the same source as it is stored. `content_hash` is that of the source's own rendition."""

    id: int
    external_id: str
    url_key: str
    content_hash: str
    title: str
    summary: str = ""
    published_at: datetime | None = None
    withdrawn: bool = False
    opening: str = ""
    rendition: str = ""
    modified_at: datetime | None = None
    first_seen_at: datetime | None = None


def incoming(articles: Iterable[ParsedArticle], *, rendition: str = "") -> list[Incoming]:
    """The articles of a poll with their keys; one that a feed lists twice counts once.

    An identifier that several different articles of one poll bear identifies none of them.
    """
    keyed = [_keyed(article, rendition) for article in articles if _says_something(article)]
    groups: dict[str, list[Incoming]] = {}
    for item in keyed:
        groups.setdefault(item.external_id, []).append(item)
    shared = {key for key, group in groups.items() if any(_are_two(group[0], other) for other in group[1:])}
    found: dict[str, Incoming] = {}
    for item in keyed:
        if item.external_id in shared:
            item = replace(item, external_id=external_id("", item.url, item.content_hash))
        found.setdefault(item.external_id, item)
    return list(found.values())


def recognise(polled: Sequence[Incoming], known: Sequence[Known]) -> tuple[dict[str, Known], dict[str, Known]]:
    """(the known article for each external id of the poll, those whose identifier another article now bears).

    Two articles of one poll are never the same one, so an address, content or moment that two of them share
    identifies neither.
    """
    by_id = {old.external_id: old for old in known}
    matched: dict[str, Known] = {}
    reused: dict[str, Known] = {}
    for item in polled:
        if (old := by_id.get(item.external_id)) is not None:
            (reused if is_reused(old, item) else matched)[item.external_id] = old
    taken = {old.id for old in matched.values()}
    for key_of, key_of_known in _KEYS:
        shared = Counter(key_of(item) for item in polled)
        free: dict[str, list[Known]] = {}
        for old in known:
            if old.id not in taken and (key := key_of_known(old)):
                free.setdefault(key, []).append(old)
        for item in polled:
            key = key_of(item)
            if item.external_id in matched or not key or shared[key] > 1 or len(free.get(key, [])) != 1:
                continue
            if (old := free[key][0]).id not in taken:
                matched[item.external_id] = old
                taken.add(old.id)
    if not matched:
        matched = _by_titles(polled, known)
    return matched, reused


def _by_titles(polled: Sequence[Incoming], known: Sequence[Known]) -> dict[str, Known]:
    """Where nothing else is known of a listing without dates: its site moved house if most titles are those we know.

    One title alone tells nothing: "Morning briefing" is another article every day.
    """
    listed: dict[str, list[Incoming]] = {}
    for item in polled:
        if says_title_alone(item):
            listed.setdefault(content_hash(item.article.title, ""), []).append(item)
    stored: dict[str, list[Known]] = {}
    for old in known:
        stored.setdefault(content_hash(old.title, ""), []).append(old)
    pairs = {
        items[0].external_id: stored[title][0]
        for title, items in listed.items()
        if len(items) == 1 and len(stored.get(title, ())) == 1
    }
    return pairs if len(pairs) >= MOVED_AT_LEAST and 2 * len(pairs) >= len(polled) else {}


def says_title_alone(item: Incoming) -> bool:
    """Whether an article has no date, and a title that could be told from others."""
    return item.article.published_at is None and len(_words(item.article.title)) >= _TITLE_WORDS


def is_reused(old: Known, item: Incoming) -> bool:
    """Whether an identifier now stands for another article: address, title and text have nothing in common.

    One of them that stayed is enough for an edit: sites retitle, move and rewrite, seldom all at once.
    """
    if not (names_an_article(old.url_key) and names_an_article(item.url_key)) or old.url_key == item.url_key:
        return False
    if not _words(old.title) or not _words(item.article.title) or likeness(old.title, item.article.title) >= _ALIKE:
        return False
    if likeness(_slug(old.url_key), _slug(item.url_key)) >= _ALIKE:
        return False
    said = item.article.text or item.article.summary
    pairs = ((old.opening, said), (old.summary, item.article.summary or said))
    return all(not _comparable(before, after) or likeness(before, after) < _ALIKE for before, after in pairs)


def likeness(one: str, other: str) -> float:
    """The share of their words that two texts have in common (Jaccard), by their beginnings."""
    first, second = _words(one), _words(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _says_something(article: ParsedArticle) -> bool:
    return bool(article.title or article.text or article.summary or article.url)


def _keyed(article: ParsedArticle, rendition: str) -> Incoming:
    url = canonical_url(article.url) if article.url else ""
    hash_ = content_hash(article.title, article.text or article.summary)
    key = external_id(article.external_id, article.url, hash_)
    return Incoming(article, key, url, url_key(url) if url else "", hash_, rendition)


def _are_two(one: Incoming, other: Incoming) -> bool:
    article = one.article
    as_known = Known(
        0, one.external_id, one.url_key, one.content_hash, article.title, article.summary, opening=article.text
    )
    return is_reused(as_known, other)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:_OPENING].casefold()))


def _slug(key: str) -> str:
    """The words of an address that could be a title: its path's last part that has any."""
    parts = [part for part in key.partition("/")[2].split("/") if len(_WORD.findall(part)) > 1]
    return parts[-1] if parts else ""


def _comparable(one: str, other: str) -> bool:
    return len(_words(one)) >= _COMPARABLE and len(_words(other)) >= _COMPARABLE


def _address(item: Incoming) -> str:
    return item.url_key if names_an_article(item.url_key) else ""


def _known_address(old: Known) -> str:
    return old.url_key


def _content(item: Incoming) -> str:
    return item.content_hash if is_telling(item.article.text) else ""


def _known_content(old: Known) -> str:
    return old.content_hash


def _moment(item: Incoming) -> str:
    return _title_and_moment(item.article.title, item.article.published_at)


def _known_moment(old: Known) -> str:
    return _title_and_moment(old.title, old.published_at)


def _title_and_moment(title: str, published: datetime | None) -> str:
    """For sites that move house: every identifier and address changes, and a footer in every text."""
    if published is None or len(_words(title)) < _TITLE_WORDS:
        return ""
    if (published.hour, published.minute, published.second) == (0, 0, 0):
        return ""  # only a day is known
    return f"{published.isoformat()} {content_hash(title, '')}"


_KEYS: tuple[tuple[Callable[[Incoming], str], Callable[[Known], str]], ...] = (
    (_address, _known_address),
    (_content, _known_content),
    (_moment, _known_moment),
)
