"""Which sitemaps of an index are worth reading now. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.identity import url_key
from worker.collect.listings.model import Part

MAX_PARTS = 5
"""Sitemaps read in one poll, the newest first: a site that changes more of them at once has rebuilt them."""
MAX_NAMED = 2_000
"""Sitemaps of one source that are remembered."""
_UNDATED_AT_ONCE = 2
"""Of sitemaps that do not tell when they changed, so many are asked at each poll (conditionally)."""
_BEFORE = timedelta(days=1)
"""Dates in sitemaps are often local ones that say they are UTC."""
_NO_ARTICLES = re.compile(
    r"(?:^|[_.-])(?:categor(?:y|ies)|tags?|post_tag|taxonom(?:y|ies)|authors?|users?|images?|videos?|attachments?|media|"
    r"pages?|products?|labels?|static|misc|addl|forums?|events?|kategorien?)(?:[_.-]|\d|$)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d+")


def named(known: Sequence[Part], index: ParsedFeed, *, first: bool) -> dict[str, Part]:
    """The parts by address as the index names them now, those that it names no more included.

    A part that was not there before holds new articles, unless the site renamed them all.
    """
    parts = {part.url: part for part in known}
    told = list(zip(index.sitemaps, index.sitemap_changes, strict=False))
    unseen = [url for url, _ in told if url not in parts]
    appeared = not first and bool(known) and len(unseen) <= max(1, len(known) // 2)
    for url, changed in told:
        if url in parts:
            parts[url] = replace(parts[url], told=changed)
        elif len(parts) < MAX_NAMED:
            parts[url] = Part(url, told=changed, appeared=appeared)
    return parts


def choose(parts: Iterable[Part], *, limit: int = MAX_PARTS, done: AbstractSet[str] = frozenset()) -> list[Part]:
    """The parts to read: of those that tell it, the ones that changed, the newest first; of the others the newest by
    name. What a site keeps for categories, authors or pictures is left out where there is anything else."""
    parts = list(parts)
    eligible = [part for part in parts if not _NO_ARTICLES.search(_name(part))] or parts
    eligible = [part for part in eligible if part.url not in done]
    undated = sorted((part for part in eligible if not part.told), key=_by_name, reverse=True)
    changed = [part for part in eligible if part.told and (part.told != part.changed)]
    changed.sort(key=lambda part: (part.told[:19], _by_name(part)), reverse=True)
    return [*undated[:_UNDATED_AT_ONCE], *changed][:limit]


def there_before(articles: Iterable[ParsedArticle], part: Part | None, *, baseline_at: datetime | None) -> set[str]:
    """Address keys of what was there before the source was added, as far as dates and the part itself tell.

    What is in a part that is read for the first time, though it is an old one, was there, unless its date says that
    it came later.
    """
    if baseline_at is None:
        return set()
    unread = part is not None and not part.was_read and not part.appeared
    found = set()
    for article in articles:
        moment = article.published_at or article.updated_at
        latest = baseline_at if unread else baseline_at - _BEFORE
        if unread if moment is None else moment < latest:
            found.add(url_key(article.url))
    return found


def _name(part: Part) -> str:
    path = urlsplit(part.url).path.rstrip("/")
    return path.rpartition("/")[2]


def _by_name(part: Part) -> tuple[bool, list[int], str]:
    """News first, then by the numbers in the name: sitemaps are numbered, or called after a month, upwards."""
    parts = urlsplit(part.url)
    numbers = [int(number[:12]) for number in _NUMBERS.findall(f"{_name(part)}?{parts.query}")]
    return "news" in _name(part).lower(), numbers, part.url
