"""Who wrote an article."""

from __future__ import annotations

import re

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
_BYLINES = (
    './/*[@rel="author"]', './/*[@itemprop="author"]//*[@itemprop="name"]', './/*[@itemprop="author"]',
    './/*[contains(concat(" ", @class, " "), " author-name ")]',
    './/*[contains(concat(" ", @class, " "), " byline ")]//a',
    './/*[contains(concat(" ", @class, " "), " vcard ")]//a', './/*[contains(concat(" ", @class, " "), " byline ")]',
    './/*[contains(concat(" ", @class, " "), " author ")]',
)  # fmt: skip
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
    for path in _BYLINES:
        for element in tree.xpath(path)[:3]:
            if name := _name(" ".join(" ".join(element.itertext()).split())):
                return name
    return ""


def _name(text: str) -> str:
    name = fields.person(_BY.sub("", text)).strip(" ,|·•-–")
    return "" if not name or len(name) > 120 or len(name.split()) > 12 or _NO_NAME.search(name) else name
