"""A page of a site -> SitePage: the feeds it announces, its REST API, and the links on it.

Whatever comes from the network goes through worker.collect.sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.collect.documents import PageLink, SitePage
from worker.collect.identity import url_key
from worker.collect.limits import MAX_BYTES, MAX_TITLE, Unparsable, gunzip_bounded
from worker.collect.parse import fields
from worker.collect.parse.charset import decode
from worker.collect.parse.languages import language_code
from worker.collect.plain import one_line

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_MAX_FEEDS = 40
_MAX_LINKS = 2_000
_MAX_DEPTH = 60
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_ASIDE = frozenset({"nav", "header", "footer"})
_CARDS = frozenset({"article", "li"})
_API = "https://api.w.org/"


def read_site_page(data: bytes, *, content_type: str = "", url: str = "") -> SitePage:
    """What a page tells about its site. Never raises for what it holds; a reason stands in `error` instead."""
    try:
        text, _ = decode(gunzip_bounded(data, MAX_BYTES), content_type)
    except Unparsable as error:
        return SitePage(error=str(error))
    if "<" not in text:
        return SitePage(error="not a page: no HTML was found")
    tree = LexborHTMLParser(text)
    base = _base(tree, url)
    links = [*_announced(tree)]
    return SitePage(
        title=_title(tree),
        feeds=_feeds(links, base),
        links=_links(tree, base),
        rest_root=_first(links, _API, base),
        next_url=_first(links, "next", base),
        generator=_generator(tree),
        language=_language(tree),
    )


def _base(tree: LexborHTMLParser, url: str) -> str:
    found = tree.css_first("base[href]")
    return (fields.link(found.attributes.get("href"), url) if found else "") or url


def _announced(tree: LexborHTMLParser) -> Iterator[dict[str, str]]:
    """The attributes of each <link>, and of anchors that lead to the next page."""
    for node in tree.css("link[rel][href], a[rel~='next'][href]")[:_MAX_LINKS]:
        yield {name: value or "" for name, value in node.attributes.items()}


def _feeds(links: list[dict[str, str]], base: str) -> tuple[tuple[str, str, str], ...]:
    found: dict[str, tuple[str, str, str]] = {}
    for link in links:
        kind = link.get("type", "").partition(";")[0].strip().lower()
        if "alternate" not in link["rel"].lower().split() or kind not in FEED_TYPES or len(found) >= _MAX_FEEDS:
            continue
        if address := fields.link(link.get("href"), base):
            found.setdefault(address, (address, kind, one_line(link.get("title", ""), limit=200)))
    return tuple(found.values())


def _first(links: list[dict[str, str]], relation: str, base: str) -> str | None:
    for link in links:
        if relation in link["rel"].split() and (address := fields.link(link.get("href"), base)):
            return address
    return None


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return one_line(node.text(), limit=MAX_TITLE) if node else ""


def _generator(tree: LexborHTMLParser) -> str:
    node = tree.css_first("meta[name='generator']")
    return one_line(node.attributes.get("content") or "", limit=200) if node else ""


def _language(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("html[lang]")
    return language_code(node.attributes.get("lang")) if node else None


def _links(tree: LexborHTMLParser, base: str) -> tuple[PageLink, ...]:
    found: dict[str, PageLink] = {}
    times: dict[int, datetime | None] = {}
    for anchor in tree.css("a[href]")[:_MAX_LINKS]:
        address = fields.link(anchor.attributes.get("href"), base)
        if not address.startswith(("http://", "https://")):
            continue
        link = _link(anchor, address, times)
        key = url_key(address)
        found[key] = _better(found[key], link) if key in found else link
    return tuple(found.values())


def _link(anchor: LexborNode, address: str, times: dict[int, datetime | None]) -> PageLink:
    """One link; `times` keeps what cards say, for those that hold very many links."""
    text = one_line(anchor.text(separator=" "), limit=MAX_TITLE)
    inner = anchor.css_first("h1, h2, h3, h4")
    if inner is not None:
        text = one_line(inner.text(separator=" "), limit=MAX_TITLE) or text
    picture = anchor.css_first("img[alt]") if not text else None
    if picture is not None:
        text = one_line(picture.attributes.get("alt") or "", limit=MAX_TITLE)
    around = [*_around(anchor)]
    names = {node.tag for node in around}
    card = next((node for node in around if node.tag in _CARDS), None)
    if card is not None and card.mem_id not in times:
        times[card.mem_id] = _time_of(card)
    return PageLink(
        url=address,
        text=text,
        headline=inner is not None or not _HEADINGS.isdisjoint(names),
        aside=not _ASIDE.isdisjoint(names) and "article" not in names and "main" not in names,
        published_at=times[card.mem_id] if card is not None else None,
    )


def _around(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that a link stands in, from within; the tree can be deeper than anybody needs."""
    parent = node.parent
    for _ in range(_MAX_DEPTH):
        if parent is None or parent.tag in ("body", "html", None):
            return
        yield parent
        parent = parent.parent


def _time_of(card: LexborNode) -> datetime | None:
    times = card.css("time[datetime]")
    return fields.instant(times[0].attributes.get("datetime")) if len(times) == 1 else None


def _better(old: PageLink, new: PageLink) -> PageLink:
    """Of two links to one address: the headline, else the longer text; in the page's order."""
    chosen = max((old, new), key=lambda link: (link.headline and bool(link.text), not link.aside, len(link.text)))
    return PageLink(
        old.url, chosen.text, chosen.headline, old.aside and new.aside, old.published_at or new.published_at
    )
