"""One older page of a listing: reading it, and what is on it that we missed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.fetch.model import FEED_TYPES, PAGE_TYPES, Fetched, Fetches
from worker.collect.identity import external_id
from worker.collect.listings.model import Asked, Harvest, Learned, ask
from worker.collect.listings.page import listed, may_be_cut
from worker.collect.listings.wordpress import posts_page, resolved
from worker.collect.paging import Pageable, feed_address, rest_address
from worker.collect.recognise import Incoming, Known, recognise
from worker.collect.rhythm import Outcome
from worker.collect.sandbox import Reader

_REFUSED = frozenset({Outcome.REFUSED, Outcome.ABSENT, Outcome.GONE})
_BEFORE = timedelta(hours=48)
"""Dates are often local ones that say they are UTC, and an article may be dated before it is published."""


@dataclass(frozen=True)
class Page:
    """An older page. `articles` is None where it could not be had; `error` says why."""

    articles: tuple[ParsedArticle, ...] | None = None
    rendition: str = ""
    next_url: str | None = None
    is_last: bool = False
    is_refused: bool = False
    """It will not be given later either."""
    error: str | None = None
    retry_after: str | None = None
    status: int | None = None
    slow: bool = False
    """It did not answer in time."""
    may_be_cut: bool = False
    """It ends without the tags that it should end with."""
    learned: Learned = field(default_factory=Learned)


@dataclass(frozen=True)
class Verdict:
    """What is on a page."""

    chosen: Sequence[Incoming] = ()
    """The articles that we missed."""
    reached: str | None = None
    """What the gap ends at, if it ends on this page."""
    ignores_pages: bool = False
    page_hash: str = ""


def judge_page(
    polled: Sequence[Incoming],
    known: Sequence[Known],
    *,
    noticed_at: datetime,
    from_at: datetime,
    horizon: datetime | None,
    last_page_hash: str | None,
) -> Verdict:
    """Which of a page's articles belong to the gap, and whether it ends here. Pages stand newest first.

    The gap ends at an article that was known before it was noticed. What stands above that one is newer; what stands
    below, or is older than the last poll that saw everything, was there before, or was seen and is known. One from
    before the source's first listing, which an edit brought up, says nothing of what stands above it.
    """
    page_hash = hashlib.sha256("\n".join(item.external_id for item in polled).encode()).hexdigest()[:32]
    if page_hash == last_page_hash:
        return Verdict(ignores_pages=True, page_hash=page_hash)
    matched, reused = recognise(polled, known)
    places = [
        place
        for place, item in enumerate(polled)
        if (old := matched.get(item.external_id)) and _was_known(old, noticed_at) and not _is_from_before(old, horizon)
    ]
    last = places[-1] if places else -1
    latest = max(from_at - _BEFORE, horizon) if horizon else from_at - _BEFORE
    chosen = [
        _own_key(item) if item.external_id in reused else item
        for place, item in enumerate(polled)
        if item.external_id not in matched and (place < last or _is_later(item, latest, undated=not places))
    ]
    reached = "what was known" if places else None
    if reached is None and polled and not any(_is_later(item, latest, undated=True) for item in polled):
        reached = "what was published before the gap"
    return Verdict(chosen, reached, page_hash=page_hash)


def read_page_back(asked: Asked, source: Pageable, method: str, page: int, fetcher: Fetches, reader: Reader) -> Page:
    """The page with this number by this method."""
    if method == "rest":
        return _rest_page(asked, source, page, fetcher, reader)
    accept = PAGE_TYPES if asked.kind == "page" else FEED_TYPES
    harvest = ask(asked, fetcher, address=feed_address(source, method, page), accept=accept)
    if harvest.fetched is None or harvest.outcome is not Outcome.FRESH:
        return _not_had(harvest)
    if asked.kind == "page":
        return _listing_page(asked, harvest.fetched, reader)
    feed = _parsed(reader, harvest.fetched)
    if feed.error:
        return Page(is_refused=True, error=f"{harvest.fetched.url}: {feed.error}")
    next_url = feed.linked("next", "prev-archive") if method == "link" else None
    articles = feed.complete_articles
    return Page(articles, feed.format or "", next_url, is_last=not articles or (method == "link" and next_url is None))


def _rest_page(asked: Asked, source: Pageable, page: int, fetcher: Fetches, reader: Reader) -> Page:
    learned = Learned()
    harvest, _ = posts_page(asked, fetcher, learned, lambda embed: rest_address(source, page, embed=embed))
    if harvest.fetched is None or harvest.outcome is not Outcome.FRESH:
        return _not_had(harvest)
    fetched = harvest.fetched
    feed = _parsed(reader, fetched)
    if feed.error or feed.format != "wp-json":
        return Page(is_refused=True, error=f"{fetched.url}: {feed.error or 'these are no WordPress posts'}")
    address = rest_address(source, 1, embed=False)
    articles = resolved(feed.articles, asked, address, fetcher, reader, learned)
    is_last = not articles or (fetched.total_pages is not None and page >= fetched.total_pages)
    return Page(articles, "wp-json", is_last=is_last, learned=learned)


def _listing_page(asked: Asked, fetched: Fetched, reader: Reader) -> Page:
    site_page = reader.read_site_page(fetched.body, content_type=fetched.content_type, url=fetched.url)
    articles = listed(site_page, asked.patterns, url=fetched.url)
    return Page(
        articles,
        "page",
        site_page.next_url,
        is_last=not articles or site_page.next_url is None,
        may_be_cut=may_be_cut(fetched.body),
    )


def _not_had(harvest: Harvest) -> Page:
    fetched = harvest.fetched
    return Page(
        is_refused=harvest.outcome in _REFUSED,
        error=harvest.error,
        retry_after=fetched.retry_after if fetched else None,
        status=fetched.status if fetched else None,
        slow=harvest.slow,
    )


def _parsed(reader: Reader, fetched: Fetched) -> ParsedFeed:
    return reader.parse_feed(fetched.body, content_type=fetched.content_type, url=fetched.url)


def _was_known(old: Known, noticed_at: datetime) -> bool:
    return old.first_seen_at is None or old.first_seen_at < noticed_at


def _is_from_before(old: Known, horizon: datetime | None) -> bool:
    return horizon is not None and old.published_at is not None and old.published_at < horizon


def _is_later(item: Incoming, latest: datetime, *, undated: bool) -> bool:
    """Whether it was published after an instant; `undated` is the answer for one that does not tell."""
    published = item.article.published_at
    return undated if published is None else published >= latest


def _own_key(item: Incoming) -> Incoming:
    """An article whose identifier a newer one bears by now."""
    return replace(item, external_id=external_id("", item.url, item.content_hash))
