"""Where the older articles of a listing are: through the REST API, by page number, or as the listing links. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from worker.collect.listings.rest import is_rest, listing_address, posts_address, posts_below, with_query

PER_PAGE = 50
"""Articles on a page of a REST API: a burst is closed with one request, and the answer stays below a few MB."""
MOST_PAGES = {"rest": 10, "paged": 30, "link": 20}
"""How far it is paged back: 500 articles through REST, some 300 by page number. A source that publishes more between
two polls is polled too seldom; the gap stays on record."""
METHODS = ("rest", "paged", "link")
_MAIN_FEED = re.compile(
    r"^(?P<site>.*?)/(?:index\.php/)?(?:feed|rss|rss2|atom|rdf)(?:/(?:feed|rss|rss2|atom|rdf))?/?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Pageable:
    """What is known of a source for paging back."""

    address: str
    kind: str
    rest_root: str | None = None
    next_url: str | None = None
    """The older page that the listing links to."""
    wordpress: bool = False


def methods(source: Pageable) -> tuple[str, ...]:
    """The ways that may work, the surest first."""
    possible = {
        "rest": is_posts(source) or (source.rest_root is not None and is_main_feed(source)),
        "paged": source.wordpress and not is_posts(source),
        "link": source.next_url is not None,
    }
    return tuple(method for method in METHODS if possible[method])


def first_page(method: str) -> int:
    """The number of the first page that can hold anything else than the listing itself did."""
    return 2 if method == "paged" else 1


def rest_address(source: Pageable, page: int, *, embed: bool) -> str:
    """A page of the REST API's posts, newest first."""
    posts = posts_address(source.address) if is_posts(source) else posts_below(source.rest_root or "")
    return listing_address(with_query(posts, per_page=None), embed=embed, per_page=PER_PAGE, page=page)


def feed_address(source: Pageable, method: str, page: int) -> str:
    """An older page of a feed."""
    return with_query(source.address, paged=str(page)) if method == "paged" else source.next_url or ""


def is_posts(source: Pageable) -> bool:
    """Whether the source itself is a REST API's posts."""
    return source.kind == "wordpress" or is_rest(source.address)


def is_main_feed(source: Pageable) -> bool:
    """Whether a WordPress feed holds the whole site's articles, as its REST API does: not a category's or tag's.

    Where the API's root is not at the feed's own site (a network of sites), it is none of its own.
    """
    parts, root = urlsplit(source.address), urlsplit(source.rest_root or "")
    found = _MAIN_FEED.match(parts.path)
    by_query = re.fullmatch(r"feed=(?:feed|rss2?|atom|rdf)", parts.query) is not None
    if not (found or by_query) or (parts.query and not by_query):
        return False
    site = found["site"] if found else parts.path.removesuffix("index.php").rstrip("/")
    at_root = root.path.partition("/wp-json")[0].removesuffix("index.php").rstrip("/")
    return site == at_root
