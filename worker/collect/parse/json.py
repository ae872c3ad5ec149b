"""JSON: JSON Feed (jsonfeed.org), and what the WordPress REST API answers."""

from __future__ import annotations

from typing import Any

import fastfeedparser.main

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.extract.boilerplate import DROP, without_footers
from worker.collect.limits import MAX_ARTICLES, MAX_SUMMARY, MAX_TEXT, MAX_TITLE, Unparsable
from worker.collect.parse import fields
from worker.collect.parse.sound import load_json
from worker.collect.parse.wordpress import parse_wordpress
from worker.collect.plain import one_line, plain_text


def parse_json(text: str, *, url: str) -> ParsedFeed:
    """A JSON Feed, or WordPress posts; Unparsable for any other JSON."""
    try:
        found = load_json(text)
    except RecursionError as error:
        raise Unparsable("too complex: JSON nested too deeply") from error
    except ValueError as error:
        raise Unparsable(f"not well-formed: {error}") from error
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        return _json_feed(found, url)
    if isinstance(found, dict) and "jsonfeed.org" in _text(found.get("version")):
        return ParsedFeed(format=_version(found), title=one_line(_text(found.get("title")), limit=MAX_TITLE))
    if (answer := parse_wordpress(found, url=url)) is not None:
        return answer
    raise Unparsable("not a feed: JSON, but neither a JSON Feed nor WordPress posts")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _date(value: object) -> str:
    return fastfeedparser.main._parse_date(value) or "" if isinstance(value, str) else ""


def _version(found: dict[str, Any]) -> str:
    return "json11" if "1.1" in _text(found.get("version")) else "json10"


def _json_feed(found: dict[str, Any], url: str) -> ParsedFeed:
    language = _text(found.get("language")) or None
    items = [item for item in found["items"][:MAX_ARTICLES] if isinstance(item, dict)]
    if found["items"] and not items:
        raise Unparsable("not a feed: its items are not objects")
    return ParsedFeed(
        format=_version(found),
        title=one_line(_text(found.get("title")), limit=MAX_TITLE),
        articles=tuple(_item(item, url, language, _names(found)) for item in items),
        link=fields.link(_text(found.get("home_page_url")), url),
        language=language,
        links=_links(found, url),
    )


def _links(found: dict[str, Any], url: str) -> tuple[tuple[str, str], ...]:
    """Where its older articles, itself and its hubs are."""
    told = [("next", _text(found.get("next_url"))), ("self", _text(found.get("feed_url")))]
    told += [("hub", _text(hub.get("url"))) for hub in _listed(found.get("hubs")) if isinstance(hub, dict)]
    return tuple((relation, address) for relation, href in told[:20] if (address := fields.link(href, url)))


def _names(holder: dict[str, Any]) -> str:
    """Its authors, with commas; version 1.0 had one `author`."""
    people = holder.get("authors") if isinstance(holder.get("authors"), list) else [holder.get("author")]
    names = [fields.person(_text(person.get("name"))) for person in people or () if isinstance(person, dict)]
    return ", ".join(name for name in names if name)


def _item(item: dict[str, Any], url: str, language: str | None, authored: str) -> ParsedArticle:
    markup = _text(item.get("content_html"))
    title = one_line(_text(item.get("title")), limit=MAX_TITLE)
    text = plain_text(markup, limit=MAX_TEXT, drop=DROP) if markup else ""
    text = without_footers(text or plain_text(_text(item.get("content_text")), limit=MAX_TEXT))
    summary = plain_text(_text(item.get("summary")), limit=MAX_SUMMARY)
    picture = fields.link(_text(item.get("image")) or _text(item.get("banner_image")), url)
    image_url, image_alt = (picture, "") if picture else fields.first_image(markup, url)
    identifier = item.get("id")
    return ParsedArticle(
        external_id=str(identifier)[:2000] if isinstance(identifier, str | int | float) else "",
        url=fields.link(_text(item.get("url")) or _text(item.get("external_url")), url),
        title=title,
        author=_names(item) if "authors" in item or "author" in item else authored,
        published_at=fields.instant(_date(item.get("date_published"))),
        updated_at=fields.instant(_date(item.get("date_modified"))),
        summary=summary or text[:MAX_SUMMARY],
        text=text or summary,
        categories=fields.terms(_listed(item.get("tags"))),
        image_url=image_url,
        image_alt=image_alt,
        language=_text(item.get("language")) or language,
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
