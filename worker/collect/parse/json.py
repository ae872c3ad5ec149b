"""JSON Feed (jsonfeed.org) and the posts of the WordPress REST API."""

from __future__ import annotations

import json
from typing import Any

import fastfeedparser.main

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.extract.boilerplate import DROP, without_footers
from worker.collect.limits import MAX_ARTICLES, MAX_SUMMARY, MAX_TEXT, MAX_TITLE, Unparsable
from worker.collect.parse import fields
from worker.collect.plain import one_line, plain_text


def parse_json(text: str, *, url: str) -> ParsedFeed:
    """A JSON Feed, a list of WordPress posts or one of them; Unparsable for any other JSON."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise Unparsable("too complex: JSON nested too deeply") from error
    except ValueError as error:
        raise Unparsable(f"not well-formed: {error}") from error
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        return _json_feed(found, url)
    posts = [found] if isinstance(found, dict) else found
    if isinstance(posts, list) and all(_is_post(post) for post in posts):
        return ParsedFeed(format="wp-json", articles=tuple(_post(post, url) for post in posts[:MAX_ARTICLES]))
    if isinstance(found, dict) and "jsonfeed.org" in _text(found.get("version")):
        return ParsedFeed(format=_version(found), title=one_line(_text(found.get("title")), limit=MAX_TITLE))
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
    )


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


def _is_post(post: object) -> bool:
    return isinstance(post, dict) and "id" in post and "link" in post and "title" in post


def _rendered(value: object) -> str:
    return _text(value.get("rendered")) if isinstance(value, dict) else _text(value)


def _post(post: dict[str, Any], url: str) -> ParsedArticle:
    markup = _rendered(post.get("content"))
    title = one_line(_rendered(post.get("title")), limit=MAX_TITLE)
    text = without_footers(plain_text(markup, limit=MAX_TEXT, drop=DROP))
    excerpt = without_footers(plain_text(_rendered(post.get("excerpt")), limit=MAX_SUMMARY))
    embedded = post.get("_embedded") if isinstance(post.get("_embedded"), dict) else {}
    assert isinstance(embedded, dict)
    media = _first(embedded.get("wp:featuredmedia"))
    picture = fields.link(_text(media.get("source_url")), url)
    image_url, image_alt = (
        (picture, one_line(_text(media.get("alt_text")), limit=300)) if picture else fields.first_image(markup, url)
    )
    return ParsedArticle(
        external_id=_rendered(post.get("guid")) or f"post {post['id']}",
        url=fields.link(_text(post.get("link")), url),
        title=title,
        author=fields.person(_text(_first(embedded.get("author")).get("name"))),
        published_at=fields.instant(_date(post.get("date_gmt")) or _date(post.get("date"))),
        updated_at=fields.instant(_date(post.get("modified_gmt")) or _date(post.get("modified"))),
        summary=excerpt,
        text=text or excerpt,
        categories=fields.terms(_terms(embedded.get("wp:term"))),
        image_url=image_url,
        image_alt=image_alt,
    )


def _first(value: object) -> dict[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _terms(groups: object) -> list[object]:
    listed = groups if isinstance(groups, list) else []
    return [term.get("name") for group in listed if isinstance(group, list) for term in group if isinstance(term, dict)]
