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
from worker.collect.extract.pictures import first_picture, picture_address
from worker.collect.extract.titles import page_title
from worker.collect.extract.told import Told, listed, read_told, text_of
from worker.collect.identity import canonical_url, names_an_article, same_site, url_key
from worker.collect.limits import MAX_LEAD
from worker.collect.parse import fields
from worker.collect.parse.languages import language_code
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
_LONGEST_DATE = 100
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
    base = next((fields.link(one.get("href"), url) for one in tree.iter("base") if one.get("href")), "") or url
    image, alt = _image(tree, told, base)
    return Metadata(
        title=page_title(tree, told),
        lead=one_line(told.meta("og:description", "description", "twitter:description"), limit=MAX_LEAD),
        author=page_author(tree, told),
        published_at=_published(tree, told),
        language=_language(tree, told),
        image_url=image,
        image_alt=alt,
        categories=_categories(told),
        canonical_url=_canonical(tree, told, base, url),
        paywalled=says_paywalled(told),
    )


def _published(tree: HtmlElement, told: Told) -> datetime | None:
    """The first time that is one; what stands for "none" in a database (1970 and the like) is no time."""
    times = [text_of(one) for key in ("datePublished", "dateCreated") for one in listed(told.article.get(key))]
    times += [told.meta(name) for name in _DATE_METAS]
    times += [
        element.get("datetime") or ""
        for element in tree.iter("time")
        if "updated" not in (element.get("class") or "").split()
    ][:3]
    stated = [instant for text in times if (instant := fields.instant(_parsed_date(text)))]
    if stated:
        return next((instant for instant in stated if _is_plausible(instant)), None)
    return _guessed_date(tree)


def _parsed_date(text: str) -> str | None:
    return fastfeedparser.main._parse_date(text[:_LONGEST_DATE]) if text else None


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
        text_of(told.article.get("inLanguage")),
        told.meta("og:locale"),
        told.meta("content-language"),
        told.meta("language"),
    ):
        if code := language_code(text):
            return code
    return None


def _image(tree: HtmlElement, told: Told, url: str) -> tuple[str | None, str]:
    """The picture that the page gives to networks, and what the page says that it shows; else its article's first."""
    described = [
        address
        for one in listed(told.article.get("image"))
        for key in ("url", "contentUrl")
        for address in listed(one.get(key) if isinstance(one, dict) else one)[:1]
    ]
    linked = [text_of(address) for address in described]
    for address in (told.meta("og:image", "og:image:url", "og:image:secure_url"), told.meta("twitter:image"), *linked):
        if found := fields.link(address, url):
            alt = told.meta("og:image:alt", "twitter:image:alt") or _alt(tree, found)
            return found, one_line(alt, limit=300)
    return first_picture(tree, url=url)


def _alt(tree: HtmlElement, address: str) -> str:
    """The alternative text of the same picture on the page: its sizes have other addresses and the same file name."""
    name = _file_name(address)
    for place, image in enumerate(tree.iter("img")):
        if place >= _MOST_IMAGES:
            break
        if name and (image.get("alt") or "").strip() and _file_name(picture_address(image)) == name:
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


def _canonical(tree: HtmlElement, told: Told, base: str, url: str) -> str | None:
    """rel=canonical, else og:url, without tracking parameters; one that points to another site, or from an article to a
    site's front page, is not believed."""
    links = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
        and (link.get("href") or "").strip()
        and not any(element.tag in ("article", "main") for element in link.iterancestors())
    ]
    for href in (*links[:1], told.meta("og:url")):
        address = fields.link(href, base)
        if not address.startswith("http") or not names_an_article(url_key(address)):
            continue
        if not url or same_site(address, url):
            return canonical_url(address)
    return None
