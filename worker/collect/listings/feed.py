"""Feeds and sitemaps: one document says which it is."""

from __future__ import annotations

import dataclasses
import re

from worker.collect.documents import ParsedFeed
from worker.collect.fetch.model import Fetched, Fetches
from worker.collect.listings.model import Asked, Harvest, Learned, ask, hash_of
from worker.collect.listings.rest import posts_below
from worker.collect.listings.sitemap import read_index, read_sitemap
from worker.collect.parse import fields
from worker.collect.rhythm import Outcome
from worker.collect.sandbox import Reader
from worker.collect.taking import Listing

_API_LINK = re.compile(r"<([^<>]{1,2000})>\s*;[^,]*?\brel\s*=\s*\"?https://api\.w\.org/\"?", re.IGNORECASE)

_WORDPRESS = re.compile(r"\bwordpress\b", re.IGNORECASE)


def read_feed(asked: Asked, fetcher: Fetches, reader: Reader) -> Harvest:
    """The articles of a feed or a sitemap; of a sitemap index those of the sitemaps that changed."""
    harvest = ask(asked, fetcher)
    if harvest.outcome is Outcome.UNCHANGED and asked.parts:
        return read_index(asked, None, harvest, fetcher, reader)
    if harvest.outcome is not Outcome.FRESH or harvest.fetched is None:
        return harvest
    fetched = harvest.fetched
    feed = reader.parse_feed(fetched.body, content_type=fetched.content_type, url=fetched.url)
    if feed.error:
        return Harvest(Outcome.UNUSABLE, fetched, error=f"{fetched.url}: {_advised(feed, fetched)}")
    if feed.format == "sitemap-index":
        return read_index(asked, feed, harvest, fetcher, reader)
    if feed.format in ("sitemap", "news-sitemap"):
        return read_sitemap(asked, feed, harvest)
    learned = Learned(
        rest_root=rest_root(fetched),
        next_url=feed.linked("next", "prev-archive"),
        wordpress=_WORDPRESS.search(feed.generator) is not None,
        links=feed.links,
        pace_seconds=feed.pace_seconds,
    )
    return dataclasses.replace(
        harvest,
        listing=Listing(feed.complete_articles, feed.format or "", whole=feed.whole),
        learned=learned,
        title=feed.title,
        body_hash=hash_of(fetched) if feed.whole else None,
    )


def rest_root(fetched: Fetched) -> str | None:
    """Where the site's REST API is, as WordPress says in a header of every answer."""
    found = _API_LINK.search(fetched.link or "")
    root = fields.link(found.group(1), "") if found else ""
    return root if root.startswith(("http://", "https://")) else None


def _advised(feed: ParsedFeed, fetched: Fetched) -> str:
    if feed.format == "wp-root":
        return f"{feed.error}: name {posts_below(fetched.url)}"
    if feed.error == "not a feed: an HTML page":
        return f"{feed.error}; `sitrep sources add {fetched.url}` looks for what the site offers"
    return feed.error or ""
