"""What a page says about its article: title, author, dates, picture, language, address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import fastfeedparser.main
from lxml.html import HtmlElement

from worker.collect.limits import MAX_TITLE
from worker.collect.parse import fields
from worker.collect.plain import one_line

_ARTICLE_TYPES = frozenset({
    "article", "newsarticle", "blogposting", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "report", "backgroundnewsarticle", "liveblogposting", "techarticle", "scholarlyarticle", "reviewnewsarticle",
})  # fmt: skip
_MAX_LINKED_DATA = 1_000_000
_SITE_SUFFIX = re.compile(r"\s+(?:[|»–—·•:-]|&raquo;)\s+[^|»–—·•]{2,60}$")
_BY = re.compile(
    r"^\s*(?:by|von|par|por|di|door|av|af|text|words by|written by|posted by|autor(?:in)?)\b[:\s]*", re.IGNORECASE
)
_NO_NAME = re.compile(r"https?://|www\.|\.com\b|^\s*@|[{}<>\[\]]|\d{4}", re.IGNORECASE)
_BYLINES = (
    './/*[@rel="author"]', './/*[@itemprop="author"]//*[@itemprop="name"]', './/*[@itemprop="author"]',
    './/*[contains(concat(" ", @class, " "), " author-name ")]',
    './/*[contains(concat(" ", @class, " "), " byline ")]//a',
    './/*[contains(concat(" ", @class, " "), " vcard ")]//a', './/*[contains(concat(" ", @class, " "), " byline ")]',
    './/*[contains(concat(" ", @class, " "), " author ")]',
)  # fmt: skip
_AUTHOR_METAS = ("author", "parsely-author", "article:author", "dc.creator", "sailthru.author")
_DATE_METAS = (
    "article:published_time", "datepublished", "og:published_time", "parsely-pub-date", "dc.date.issued",
    "dcterms.created", "dc.date", "sailthru.date", "publishdate", "publish-date", "pubdate", "date",
    "article.published", "cxenseparse:recs:publishtime",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str
    author: str
    published_at: datetime | None
    language: str | None
    image_url: str | None
    image_alt: str
    canonical_url: str | None


def read_metadata(tree: HtmlElement, *, url: str) -> Metadata:
    """Read from a whole page, before anything is taken out of it."""
    metas = _metas(tree)
    article = _linked_article(tree)
    image, alt = _image(metas, article, url)
    return Metadata(
        title=_title(tree, metas, article),
        author=_author(tree, metas, article),
        published_at=_published(tree, metas, article),
        language=_language(tree, metas),
        image_url=image,
        image_alt=alt,
        canonical_url=_canonical(tree, metas, url),
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            metas.setdefault(name, content)
    return metas


def _linked_article(tree: HtmlElement) -> dict[str, Any]:
    """The first article described as JSON-LD (schema.org)."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text or len(script.text) > _MAX_LINKED_DATA:
            continue
        try:
            data = json.loads(script.text.strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        for candidate in _objects(data):
            kinds = candidate.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and kind.lower() in _ARTICLE_TYPES for kind in named):
                return candidate
    return {}


def _objects(data: object) -> Iterator[dict[str, Any]]:
    """The objects at the top, in a list, in @graph or as mainEntity; no deeper."""
    if isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            inner = data.get(key)
            yield from (item for item in (inner if isinstance(inner, list) else [inner]) if isinstance(item, dict))
    elif isinstance(data, list):
        for item in data[:100]:
            if isinstance(item, dict):
                yield from _objects(item)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _title(tree: HtmlElement, metas: dict[str, str], article: dict[str, Any]) -> str:
    headings = [one_line(" ".join(heading.itertext()), limit=MAX_TITLE) for heading in tree.iter("h1")]
    headings = [heading for heading in headings if heading]
    shared = one_line(metas.get("og:title") or metas.get("twitter:title") or "", limit=MAX_TITLE)
    window = one_line(" ".join(next(tree.iter("title"), tree.makeelement("title")).itertext()), limit=MAX_TITLE)
    for heading in headings:  # the heading that the page's window title repeats is the article's
        if len(heading) > 3 and (heading.casefold() in window.casefold() or heading.casefold() in shared.casefold()):
            return heading
    headline = one_line(_text(article.get("headline")) or _text(article.get("name")), limit=MAX_TITLE)
    if headline:
        return headline
    if len(headings) == 1 and len(headings[0].split()) > 2:
        return headings[0]
    return _SITE_SUFFIX.sub("", shared or window)


def _author(tree: HtmlElement, metas: dict[str, str], article: dict[str, Any]) -> str:
    people = article.get("author") or article.get("creator")
    names = [_text(one.get("name")) if isinstance(one, dict) else _text(one) for one in _listed(people)]
    names += [
        name
        for one in _listed(people)
        if isinstance(one, dict)
        for name in _listed(one.get("name"))
        if isinstance(name, str)
    ]
    for candidates in (names, *([metas.get(name, "")] for name in _AUTHOR_METAS)):
        if found := dict.fromkeys(name for candidate in candidates if (name := _name(candidate))):
            return ", ".join(found)
    return _byline(tree)


def _listed(value: object) -> list[object]:
    return value[:20] if isinstance(value, list) else [value] if value else []


def _byline(tree: HtmlElement) -> str:
    for path in _BYLINES:
        for element in tree.xpath(path)[:3]:
            if name := _name(" ".join(" ".join(element.itertext()).split())):
                return name
    return ""


def _name(text: str) -> str:
    name = fields.person(_BY.sub("", text)).strip(" ,|·•-–")
    return "" if not name or len(name) > 120 or len(name.split()) > 12 or _NO_NAME.search(name) else name


def _published(tree: HtmlElement, metas: dict[str, str], article: dict[str, Any]) -> datetime | None:
    times = [_text(article.get("datePublished")), _text(article.get("dateCreated"))]
    times += [metas.get(name, "") for name in _DATE_METAS]
    times += [
        element.get("datetime") or ""
        for element in tree.iter("time")
        if "updated" not in (element.get("class") or "").split()
    ][:3]
    for text in times:
        if instant := fields.instant(fastfeedparser.main._parse_date(text) if text else None):
            return instant if _is_plausible(instant) else None
    return _guessed_date(tree)


def _is_plausible(instant: datetime) -> bool:
    return instant.year >= 1995


def _guessed_date(tree: HtmlElement) -> datetime | None:
    from htmldate import find_date  # slow; only for pages that state no date

    found = find_date(tree, original_date=True, extensive_search=False)
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else None


def _language(tree: HtmlElement, metas: dict[str, str]) -> str | None:
    root = tree.getroottree().getroot()
    for text in (
        root.get("lang"),
        root.get("xml:lang"),
        metas.get("og:locale"),
        metas.get("content-language"),
        metas.get("language"),
    ):
        found = re.match(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?", (text or "").strip())
        if found:
            return found.group().replace("_", "-")
    return None


def _image(metas: dict[str, str], article: dict[str, Any], url: str) -> tuple[str | None, str]:
    alt = one_line(metas.get("og:image:alt") or metas.get("twitter:image:alt") or "", limit=300)
    image = _listed(article.get("image"))
    first = image[0] if image else None
    linked = _text(first.get("url")) if isinstance(first, dict) else _text(first)
    for address in (metas.get("og:image"), metas.get("og:image:url"), metas.get("twitter:image"), linked):
        if found := fields.link(address, url):
            return found, alt
    return None, ""


def _canonical(tree: HtmlElement, metas: dict[str, str], url: str) -> str | None:
    """rel=canonical, else og:url; one that points to another site is not believed."""
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for href in (*links[:1], metas.get("og:url")):
        address = fields.link(href, url)
        if not address.startswith("http"):
            continue
        if not url or _site(address) == _site(url):
            return address
    return None


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("m.")
