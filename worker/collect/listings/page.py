"""A page that lists articles: which of its links are some is said by the operator's patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from worker.collect.documents import PageLink, ParsedArticle, SitePage
from worker.collect.fetch.model import PAGE_TYPES, Fetches
from worker.collect.identity import url_key
from worker.collect.listings.model import Asked, Harvest, Learned, ask, hash_of
from worker.collect.rhythm import Outcome
from worker.collect.sandbox import Reader
from worker.collect.taking import Listing

_MAX_ARTICLES = 200
_NO_ARTICLE = re.compile(
    r"/(?:page|feed|rss|amp|print|share|comments?|login|search|wp-admin|cdn-cgi)(?:/\d*)?/?$|/(?:tag|category|author)s?/"
    r"|\.(?:jpe?g|png|gif|webp|svg|pdf|zip|mp[34]|xml|ics|css|js)$",
    re.IGNORECASE,
)
"""Addresses that a generous pattern catches and that are no articles, unless the pattern names them itself."""
_EMPTY_WORDS = re.compile(
    r"(?:read|learn|see|show|load)\s+(?:more|on|article)|more|continue(?:\s+reading)?|weiter(?:lesen)?|mehr(?:\s+lesen)?"
    r"|lire\s+la\s+suite|details|comments?|\d+|here|link",
    re.IGNORECASE,
)
_OPENED, _CLOSED = re.compile(rb"<(?:html|body)\b", re.IGNORECASE), re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_EDGE = 10_000


def read_page(asked: Asked, fetcher: Fetches, reader: Reader) -> Harvest:
    """The articles that a page links to. Their texts, dates and authors are on their own pages."""
    harvest = ask(asked, fetcher, accept=PAGE_TYPES)
    if harvest.outcome is not Outcome.FRESH or harvest.fetched is None:
        return harvest
    fetched = harvest.fetched
    if asked.wary and may_be_cut(fetched.body):
        return Harvest(Outcome.UNUSABLE, fetched, error=f"{fetched.url} ends in the middle")
    page = reader.read_site_page(fetched.body, content_type=fetched.content_type, url=fetched.url)
    articles = listed(page, asked.patterns, url=fetched.url)
    error = page.error or (None if articles else nothing_fits(page, asked.patterns))
    if error:
        return Harvest(Outcome.UNUSABLE, fetched, error=f"{fetched.url}: {error}")
    listing = Listing(articles, rendition="page", whole=False, window=0)
    return Harvest(Outcome.FRESH, fetched, listing, learned=Learned(next_url=page.next_url), body_hash=hash_of(fetched))


def may_be_cut(body: bytes) -> bool:
    """Whether a page ends without the tags that it should end with. Some sites leave them out, all the same."""
    return _OPENED.search(body[:_EDGE]) is not None and _CLOSED.search(body[-_EDGE:]) is None


def listed(page: SitePage, patterns: Sequence[str], *, url: str) -> tuple[ParsedArticle, ...]:
    """The articles among a page's links, in its order."""
    return tuple(
        ParsedArticle(
            external_id="",
            url=link.url,
            title="" if _EMPTY_WORDS.fullmatch(link.text) else link.text,
            published_at=link.published_at,
            language=page.language,
        )
        for link in chosen(page.links, patterns, url=url)[:_MAX_ARTICLES]
    )


def chosen(links: Iterable[PageLink], patterns: Sequence[str], *, url: str) -> list[PageLink]:
    """The links that a pattern takes and none refuses. Never the page itself."""
    wanted = [one for one in patterns if not one.startswith("!")]
    refused = [one.removeprefix("!").strip() for one in patterns if one.startswith("!")]
    here = url_key(url)
    return [
        link
        for link in links
        if url_key(link.url) != here
        and any(matches(link.url, one, site=url) and _is_meant(link.url, one) for one in wanted)
        and not any(matches(link.url, one, site=url) for one in refused)
    ]


def matches(url: str, pattern: str, *, site: str) -> bool:
    """Whether an address fits a pattern: `/news/*` on the same site, or `https://other.example/news/*`.

    `*` stands for one character or more, slashes too; a slash at the end does not matter, nor does the scheme.
    """
    if "://" in pattern:
        address, wanted = url_key(url), re.sub(r"^https?://(?:www\.)?", "", pattern, flags=re.IGNORECASE)
    else:
        if _host(url) != _host(site):
            return False
        parts = urlsplit(url)
        address = parts.path + (f"?{parts.query}" if parts.query and "?" in pattern else "")
        wanted = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    return _fits(address.rstrip("/").lower(), re.split(r"\*+", wanted.rstrip("/").lower()))


def _fits(address: str, pieces: Sequence[str]) -> bool:
    """Whether an address is these pieces with something between each two. Each is looked for once, from left to right:
    a regular expression with many stars takes for ever on an address made for that."""
    if len(pieces) == 1:
        return address == pieces[0]
    first, *middle, last = pieces
    if not address.startswith(first):
        return False
    place = len(first)
    for piece in middle:
        found = address.find(piece, place + 1)
        if found < 0:
            return False
        place = found + len(piece)
    return address.endswith(last) and len(address) - len(last) > place


def _is_meant(url: str, pattern: str) -> bool:
    found = _NO_ARTICLE.search(urlsplit(url).path)
    return found is None or found.group().strip("/").lower() in pattern.lower()


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def nothing_fits(page: SitePage, patterns: Sequence[str]) -> str:
    """What to say of a page on which no link fits."""
    seen = [urlsplit(link.url).path for link in page.links if link.headline or len(link.text.split()) > 3][:3]
    such = f", such as {' '.join(seen)}" if seen else ""
    said = ", ".join(map(repr, patterns)) or "(there is none)"
    return f"none of its {len(page.links)} links fits link_pattern {said}{such}; correct the pattern"
