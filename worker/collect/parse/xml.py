"""RSS 0.9x, 1.0 and 2.0, and Atom: fastfeedparser's reading, made ours."""

from __future__ import annotations

import re
from typing import Any

import fastfeedparser

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.extract.boilerplate import DROP, without_footers
from worker.collect.limits import MAX_ARTICLES, MAX_SUMMARY, MAX_TEXT, MAX_TITLE, Unparsable
from worker.collect.parse import fields
from worker.collect.plain import one_line, plain_text

_VERSION = re.compile(rb"""<rss[^<>]*?\sversion\s*=\s*["']?\s*([\d.]+)""", re.IGNORECASE)
_BASE = re.compile(rb"""\sxml:base\s*=\s*["']([^"'<>]{1,2000})["']""")
_LANGUAGE = re.compile(rb"<(?:dc:)?language>\s*(?:<!\[CDATA\[)?\s*([A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?)\b")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RSS_10 = b"http://purl.org/rss/1.0/"
_EMPTY = "missing channel element"


def feed_format(document: bytes, root: str) -> str:
    """The format's name, as feedparser calls it."""
    head = document[:4096]
    if root == "feed":
        return "atom03" if b"purl.org/atom/ns#" in head or b'version="0.3"' in head else "atom10"
    if root == "rdf":
        return "rss10" if _RSS_10 in head else "rss090"
    found = _VERSION.search(head)
    return {"2": "rss20", "0.91": "rss091", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}.get(
        found.group(1).decode().removesuffix(".0") if found else "", "rss"
    )


def parse_xml(document: bytes, *, root: str, url: str) -> ParsedFeed:
    """A repaired RSS or Atom document; Unparsable where even that cannot be read."""
    kind = feed_format(document, root)
    try:
        found = fastfeedparser.parse(document, include_tags=True)
    except ValueError as error:
        if _EMPTY in str(error):
            return ParsedFeed(format=kind)
        raise Unparsable(f"not well-formed: {_first_line(error)}") from error
    about = found["feed"]
    base = _base(document, url)
    language = about.get("language") or _language(document)
    authored = one_line(about.get("author") or "", limit=200) if root == "feed" else ""
    entries = found["entries"][:MAX_ARTICLES]
    return ParsedFeed(
        format=kind,
        title=one_line(about.get("title") or "", limit=MAX_TITLE),
        articles=tuple(_article(entry, base, language, authored) for entry in entries),
        link=fields.link(about.get("link"), base),
        language=language,
    )


def _first_line(error: Exception) -> str:
    return one_line(str(error), limit=160)


def _base(document: bytes, url: str) -> str:
    """Relative links are relative to xml:base where the root has one, else to the document's own address."""
    found = _BASE.search(document[: document.find(b">") + 1])
    return fields.link(found.group(1).decode("utf-8", "replace"), url) if found else url


def _language(document: bytes) -> str | None:
    found = _LANGUAGE.search(document[:4096])
    return found.group(1).decode().replace("_", "-") if found else None


def _article(entry: dict[str, Any], base: str, language: str | None, authored: str) -> ParsedArticle:
    contents = entry.get("content") or [{}]
    markup = contents[0].get("value") or ""
    base = fields.link(contents[0].get("base"), base) or base
    summary_markup = entry.get("description") or ""
    title = one_line(entry.get("title") or "", limit=MAX_TITLE)
    text = without_footers(plain_text(markup, limit=MAX_TEXT, drop=DROP)) if markup else ""
    if summary_markup == markup.strip():
        summary = text
    else:
        summary = without_footers(plain_text(summary_markup, limit=MAX_SUMMARY))
    image_url, image_alt = _image(entry, markup or summary_markup, base)
    return ParsedArticle(
        external_id=_identifier(entry),
        url=_url(entry, base),
        title=title,
        author=fields.person(entry.get("author") or "") or authored,
        published_at=fields.instant(entry.get("published")),
        updated_at=fields.instant(entry.get("updated")),
        summary=summary[:MAX_SUMMARY],
        text=text or summary,
        categories=fields.terms(tag.get("label") or tag.get("term") for tag in entry.get("tags") or ()),
        image_url=image_url,
        image_alt=image_alt,
        language=language or contents[0].get("language"),
    )


def _identifier(entry: dict[str, Any]) -> str:
    identifier = entry.get("id") or ""
    return (identifier if identifier.isprintable() else _CONTROL.sub("", identifier)).strip()[:2000]


def _url(entry: dict[str, Any], base: str) -> str:
    for candidate in (entry.get("link"), *(other.get("href") for other in entry.get("links") or ())):
        if address := fields.link(candidate, base):
            return address
    identifier = _identifier(entry)
    return identifier if identifier.startswith(("http://", "https://")) and " " not in identifier else ""


def _image(entry: dict[str, Any], markup: str, base: str) -> tuple[str | None, str]:
    media = [(item, item.get("medium") == "image") for item in entry.get("media_content") or ()]
    media += [(item, False) for item in entry.get("enclosures") or ()]
    for item, said in media:
        if said or str(item.get("type", "")).startswith("image/"):
            address = fields.link(item.get("url"), base)
            if address and "gravatar.com" not in address:
                return address, one_line(item.get("description") or item.get("title") or "", limit=300)
        if thumbnail := fields.link(item.get("thumbnail_url"), base):
            return thumbnail, ""
    return fields.first_image(markup, base)
