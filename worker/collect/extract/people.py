"""Who wrote an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from worker.collect.extract.told import Told, listed, text_of
from worker.collect.parse import fields

_BY = re.compile(
    r"^\s*(?:by|von|par|por|di|door|av|af|text|words by|written by|posted by|autor(?:in)?)\b[:\s]*", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"https?://|www\.|\.com\b|^\s*@|[{}<>\[\]→»›…]|\d{4}|\b(?:archive|archiv|posts?|articles?|beiträge|artikel|view|read|more|"
    r"anzeigen|comments?|share|follow|subscribe|updated|published)\b",
    re.IGNORECASE,
)
_BYLINES = etree.XPath(
    './/*[@rel="author" or @itemprop="author" or contains(@class, "author") or contains(@class, "byline")'
    ' or contains(@class, "vcard")]'
)
_MOST_BYLINES = 60
_TRIED = 3
_METAS = ("author", "parsely-author", "article:author", "dc.creator", "sailthru.author")


def page_author(tree: HtmlElement, told: Told) -> str:
    """Names, parted by commas; empty where the page tells none."""
    people = listed(told.article.get("author") or told.article.get("creator"))
    names = [text_of(one.get("name")) if isinstance(one, dict) else text_of(one) for one in people]
    names += [text_of(name) for one in people if isinstance(one, dict) for name in listed(one.get("name"))]
    for candidates in (names, *(told.every(meta)[:20] for meta in _METAS)):
        if found := dict.fromkeys(name for candidate in candidates if (name := _name(candidate))):
            return ", ".join(found)
    return _byline(tree)


def _byline(tree: HtmlElement) -> str:
    """The first name in what is marked as the author's, the surest marks first."""
    ranked: dict[int, list[HtmlElement]] = {}
    for element in cast(list[HtmlElement], _BYLINES(tree))[:_MOST_BYLINES]:
        for rank, inner in _marked(element):
            ranked.setdefault(rank, []).append(inner)
    for rank in sorted(ranked):
        for element in ranked[rank][:_TRIED]:
            if name := _name(" ".join(" ".join(element.itertext()).split())):
                return name
    return ""


def _marked(element: HtmlElement) -> Iterator[tuple[int, HtmlElement]]:
    """The element, or what in it holds the name, with how sure that is: 0 is the surest."""
    classes = (element.get("class") or "").split()
    if element.get("rel") == "author":
        yield 0, element
    if element.get("itemprop") == "author":
        yield from ((1, inner) for inner in element.iter() if inner.get("itemprop") == "name")
        yield 2, element
    if "author-name" in classes:
        yield 3, element
    if "byline" in classes or "vcard" in classes:
        yield from ((4, inner) for inner in element.iter("a"))
    if "byline" in classes:
        yield 5, element
    if "author" in classes:
        yield 6, element


def _name(text: str) -> str:
    name = fields.person(_BY.sub("", text)).strip(" ,|·•-–")
    return "" if not name or len(name) > 120 or len(name.split()) > 12 or _NO_NAME.search(name) else name
