"""What a page says about its article: title, author, dates, picture, section, language, address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import fastfeedparser.main
from lxml.html import HtmlElement

from worker.collect.extract.paywall import says_paywalled
from worker.collect.extract.people import page_author
from worker.collect.extract.titles import page_title
from worker.collect.extract.told import Told, listed, read_told, text_of
from worker.collect.identity import canonical_url, names_an_article, same_site, url_key
from worker.collect.limits import MAX_LEAD
from worker.collect.parse import fields
from worker.collect.plain import one_line

_DATE_METAS = (
    "article:published_time", "datepublished", "og:published_time", "parsely-pub-date", "dc.date.issued",
    "dcterms.created", "dc.date", "sailthru.date", "publishdate", "publish-date", "pubdate", "date",
    "article.published", "cxenseparse:recs:publishtime",
)  # fmt: skip
_SECTION_METAS = ("article:section", "parsely-section", "og:section")
_TAG_METAS = ("article:tag", "og:article:tag")
_KEYWORD_METAS = ("news_keywords", "keywords")
_SIZE_AND_KIND = re.compile(r"(?:-\d+x\d+|-scaled)?\.\w{2,5}$")
_MOST_CATEGORIES = 20
_MOST_IMAGES = 300


@dataclass(frozen=True, slots=True)
class Metadata:
    """All of it is one clean line each; addresses are absolute where the page's own is known."""

    title: str
    lead: str
    author: str
    published_at: datetime | None
    language: str | None
    image_url: str | None
    image_alt: str
    categories: tuple[str, ...]
    canonical_url: str | None
    paywalled: bool


def read_metadata(tree: HtmlElement, *, url: str) -> Metadata:
    """Read from a whole page, before anything is taken out of it."""
    told = read_told(tree)
    image, alt = _image(tree, told, url)
    return Metadata(
        title=page_title(tree, told),
        lead=one_line(told.meta("og:description", "description", "twitter:description"), limit=MAX_LEAD),
        author=page_author(tree, told),
        published_at=_published(tree, told),
        language=_language(tree, told),
        image_url=image,
        image_alt=alt,
        categories=_categories(told),
        canonical_url=_canonical(tree, told, url),
        paywalled=says_paywalled(told),
    )


def _published(tree: HtmlElement, told: Told) -> datetime | None:
    times = [text_of(told.article.get("datePublished")), text_of(told.article.get("dateCreated"))]
    times += [told.meta(name) for name in _DATE_METAS]
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


def _language(tree: HtmlElement, told: Told) -> str | None:
    root = tree.getroottree().getroot()
    for text in (
        root.get("lang"),
        root.get("xml:lang"),
        told.meta("og:locale"),
        told.meta("content-language"),
        told.meta("language"),
    ):
        found = re.match(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?", (text or "").strip())
        if found:
            return found.group().replace("_", "-")
    return None


def _image(tree: HtmlElement, told: Told, url: str) -> tuple[str | None, str]:
    """The picture that the page gives to networks, and what the page says that it shows."""
    described = listed(told.article.get("image"))[:1]
    linked = [text_of(one.get("url")) if isinstance(one, dict) else text_of(one) for one in described]
    for address in (told.meta("og:image", "og:image:url", "og:image:secure_url"), told.meta("twitter:image"), *linked):
        if found := fields.link(address, url):
            alt = told.meta("og:image:alt", "twitter:image:alt") or _alt(tree, found)
            return found, one_line(alt, limit=300)
    return None, ""


def _alt(tree: HtmlElement, address: str) -> str:
    """The alternative text of the same picture on the page: its sizes have other addresses and the same file name."""
    name = _file_name(address)
    for place, image in enumerate(tree.iter("img")):
        if place >= _MOST_IMAGES:
            break
        source = image.get("data-lazy-src") or image.get("data-src") or image.get("src") or ""
        if name and (image.get("alt") or "").strip() and _file_name(source) == name:
            return str(image.get("alt"))
    return ""


def _file_name(address: str) -> str:
    """Without extension and WordPress's size: `ship-300x200.jpg` is `ship`."""
    name = address.partition("?")[0].rpartition("/")[2]
    return _SIZE_AND_KIND.sub("", name).lower()


def _categories(told: Told) -> tuple[str, ...]:
    """Sections first, then tags; keywords only where there is neither."""
    named = [*listed(told.article.get("articleSection")), *told.every(*_SECTION_METAS), *told.every(*_TAG_METAS)]
    return fields.terms(named or _keywords(told))[:_MOST_CATEGORIES]


def _keywords(told: Told) -> Iterator[str]:
    for value in (*listed(told.article.get("keywords")), *told.every(*_KEYWORD_METAS)):
        yield from text_of(value).split(",")


def _canonical(tree: HtmlElement, told: Told, url: str) -> str | None:
    """rel=canonical, else og:url, without tracking parameters; one that points to another site, or from an article to a
    site's front page, is not believed."""
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for href in (*links[:1], told.meta("og:url")):
        address = fields.link(href, url)
        if not address.startswith("http") or not names_an_article(url_key(address)):
            continue
        if not url or same_site(address, url):
            return canonical_url(address)
    return None
