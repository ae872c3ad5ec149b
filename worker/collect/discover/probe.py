"""Ask one place whether it is a source: read as a poll would read it."""

from __future__ import annotations

from datetime import datetime

from worker.collect.discover.model import Candidate, Place
from worker.collect.discover.places import scope_of
from worker.collect.fetch.model import Fetches
from worker.collect.listings import Asked, Harvest, read_listing
from worker.collect.listings.rest import is_rest, plain_address, posts_address
from worker.collect.paging import Pageable, methods
from worker.collect.rhythm import Outcome
from worker.collect.sandbox import Reader

_SITEMAPS = ("sitemap", "news-sitemap")
_SHOWN = 200
"""Articles of a candidate that are looked at; a sitemap may list thousands."""


def probe(
    place: Place, *, fetcher: Fetches, reader: Reader, now: datetime, allow_private: bool, named: str
) -> Candidate:
    """What is there, as a candidate; with `error` where it cannot be used."""
    asked = Asked(address=place.url, kind=place.kind, now=now, allow_private=allow_private, named=named)
    harvest = read_listing(asked, fetcher, reader)
    if harvest.listing is None or harvest.outcome is not Outcome.FRESH:
        said = harvest.error or f"{place.url} gives nothing to read"
        return Candidate(place.url, place.kind, place.origin, title=place.title, error=said)
    listing = harvest.listing
    url = _address(place, harvest)
    articles = sorted(
        listing.articles,
        key=lambda article: moment.timestamp() if (moment := article.published_at or article.updated_at) else 0.0,
        reverse=True,
    )[:_SHOWN]
    kind = "wordpress" if listing.rendition == "wp-json" else "sitemap" if listing.rendition in _SITEMAPS else "feed"
    return Candidate(
        url=url,
        kind=kind,
        origin=place.origin,
        format=listing.rendition,
        title=harvest.title or place.title,
        scope=scope_of(url, harvest.title or place.title, [article.title for article in articles[:20]]),
        articles=tuple(articles),
        pages_back=kind == "wordpress" or bool(methods(_pageable(url, kind, harvest))),
    )


def _address(place: Place, harvest: Harvest) -> str:
    """Where it is in the end, if it moved for good."""
    moved = harvest.fetched.moved_to if harvest.fetched else None
    url = moved or place.url
    if place.kind == "wordpress" or is_rest(url):
        return plain_address(posts_address(url))
    return url


def _pageable(url: str, kind: str, harvest: Harvest) -> Pageable:
    learned = harvest.learned
    return Pageable(url, kind, learned.rest_root, learned.next_url, learned.wordpress or learned.rest_root is not None)
