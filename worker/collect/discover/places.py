"""Where on a site articles may be listed: what its page and robots.txt name, then the usual places. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from worker.collect.discover.model import Place, Scope
from worker.collect.documents import SitePage
from worker.collect.identity import url_key
from worker.collect.listings.rest import posts_below
from worker.collect.parse import fields

MOST = 14
"""Addresses that are asked for on one site."""
_ANNOUNCED_AT_MOST = 6
_ANCHORS_AT_MOST = 4
_SITEMAPS_AT_MOST = 4
_FEEDS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json", "/index.xml")
_SITEMAPS = ("/news-sitemap.xml", "/sitemap.xml", "/wp-sitemap.xml", "/sitemap_index.xml")
_FEED_LIKE = re.compile(r"(?:^|[/._-])(?:rss|feeds?|atom|rdf)(?:[/._-]|\d|$)|\.(?:rss|rdf|atom)$", re.IGNORECASE)
_NO_FEED = re.compile(r"feedback|feedly\.com|/add/|subscribe|facebook\.|twitter\.|google\.", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?/feed|/comments?(?:[/.]|$)|feed=comments|commentsfeed|withcomments", re.IGNORECASE)
_COMMENTS_TITLE = re.compile(r"\bcomments?\s+(?:feed|on\b)|\bkommentar|\bcommentaires\b|\bcomentarios\b", re.IGNORECASE)
_PART = re.compile(
    r"/(?:category|categories|tag|tags|author|authors|topics?|sections?|kategorie|thema)/", re.IGNORECASE
)
_PART_TITLE = re.compile(r"\b(?:category|tag|author)\s+feed\b|[»|>-]\s*(?:category|tag)\b", re.IGNORECASE)
_REPLY = re.compile(r"^(?:comment on|by:|re:|kommentar zu|commentaires sur)\s", re.IGNORECASE)


def announced(page: SitePage, *, rest_root: str | None) -> list[Place]:
    """What the page itself names."""
    feeds = [Place(url, "feed", "the page announces it", title) for url, _, title in page.feeds[:_ANNOUNCED_AT_MOST]]
    root = rest_root or page.rest_root
    if root:
        feeds.append(Place(posts_below(root), "wordpress", "the page announces the site's REST API"))
    links = [
        Place(link.url, "feed", "the page links to it", link.text)
        for link in page.links
        if _FEED_LIKE.search(urlsplit(link.url).path) and not _NO_FEED.search(link.url)
    ]
    return [*feeds, *links[:_ANCHORS_AT_MOST]]


def usual(url: str, page: SitePage, *, feeds: bool, api: bool) -> list[Place]:
    """Where such things usually are; `feeds` and `api` say which of them are still to be found."""
    found = []
    if api and "wordpress" in page.generator.lower():
        found.append(
            Place(urljoin(url, "/wp-json/wp/v2/posts"), "wordpress", "it is where WordPress has it", guessed=True)
        )
    if feeds:
        own = url if urlsplit(url).path.endswith("/") else f"{url}/"
        places = [
            *([urljoin(own, "feed/")] if urlsplit(own).path != "/" else []),
            *(urljoin(url, path) for path in _FEEDS),
        ]
        found += [Place(place, "feed", "it is a usual place", guessed=True) for place in places]
    return found


def sitemaps(url: str, named: Iterable[str]) -> list[Place]:
    """The sitemaps that robots.txt names, else where they usually are; those of news first."""
    sound = dict.fromkeys(address for one in named if (address := fields.link(one, url)))
    told = sorted(sound, key=lambda address: "news" not in address.lower())
    if told:
        return [Place(address, "sitemap", "robots.txt names it") for address in told[:_SITEMAPS_AT_MOST]]
    return [Place(urljoin(url, path), "sitemap", "it is a usual place", guessed=True) for path in _SITEMAPS]


def each_once(places: Iterable[Place]) -> list[Place]:
    """The first of those that name one address."""
    found: dict[str, Place] = {}
    for place in places:
        found.setdefault(url_key(place.url), place)
    return list(found.values())


def scope_of(url: str, title: str, headlines: Iterable[str] = ()) -> Scope:
    """Whether it holds a site's articles, a part of them, or what readers say about them."""
    headlines = list(headlines)
    parts = urlsplit(url)
    replies = sum(bool(_REPLY.match(headline)) for headline in headlines)
    if _COMMENTS.search(f"{parts.path}?{parts.query}") or _COMMENTS_TITLE.search(title) or replies * 2 > len(headlines):
        return Scope.COMMENTS
    return Scope.PART if _PART.search(parts.path) or _PART_TITLE.search(title) else Scope.SITE
