"""Answers of the WordPress REST API: posts, lists of names, its root, and its refusals."""

from __future__ import annotations

from typing import Any

import fastfeedparser.main

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.extract.boilerplate import DROP, without_footers
from worker.collect.limits import MAX_ARTICLES, MAX_SUMMARY, MAX_TEXT, MAX_TITLE, Unparsable
from worker.collect.parse import fields
from worker.collect.plain import one_line, plain_text

ROOT_FORMAT, NAMES_FORMAT = "wp-root", "wp-names"
_TAXONOMIES = ("categories", "tags")
_MAX_NUMBERS = 50


def parse_wordpress(found: object, *, url: str) -> ParsedFeed | None:
    """Posts (a list of them, or one); None for JSON that no WordPress sends."""
    if isinstance(found, dict):
        _refuse(found)
        if "namespaces" in found and "routes" in found:
            name = one_line(_text(found.get("name")), limit=MAX_TITLE)
            said = "not a feed: the root of a WordPress REST API; its posts are at wp/v2/posts below it"
            return ParsedFeed(format=ROOT_FORMAT, title=name, error=said)
    posts = [found] if isinstance(found, dict) else found
    if isinstance(posts, list) and posts and all(_is_name(one) for one in posts):
        said = "not a feed: a WordPress list of names; the posts are at wp/v2/posts"
        return ParsedFeed(format=NAMES_FORMAT, error=said, names=tuple(_name(one) for one in posts[:MAX_ARTICLES]))
    if not isinstance(posts, list) or not all(_is_post(post) for post in posts):
        return None
    public = [post for post in posts[:MAX_ARTICLES] if not _is_locked(post)]
    hidden = len(posts[:MAX_ARTICLES]) - len(public)
    notes = (f"articles behind a password were left out: {hidden}",) if hidden else ()
    return ParsedFeed(format="wp-json", articles=tuple(_post(post, url) for post in public), notes=notes)


def _is_name(one: object) -> bool:
    return isinstance(one, dict) and "name" in one and _is_number(one.get("id"))


def _name(one: dict[str, Any]) -> tuple[int, str]:
    return one["id"], one_line(_text(one.get("name")), limit=200)


def _refuse(found: dict[str, Any]) -> None:
    """A refusal is `{code, message, data: {status}}`."""
    if isinstance(found.get("code"), str) and isinstance(found.get("message"), str) and "title" not in found:
        code, message = one_line(found["code"], limit=80), one_line(found["message"], limit=200)
        raise Unparsable(f"refused: the site's REST API says {code}: {message}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _date(value: object) -> str:
    return fastfeedparser.main._parse_date(value) or "" if isinstance(value, str) else ""


def _is_post(post: object) -> bool:
    return isinstance(post, dict) and "id" in post and "link" in post and "title" in post


def _is_locked(post: dict[str, Any]) -> bool:
    content = post.get("content")
    return isinstance(content, dict) and content.get("protected") is True and not _text(content.get("rendered"))


def _rendered(value: object) -> str:
    return _text(value.get("rendered")) if isinstance(value, dict) else _text(value)


def _post(post: dict[str, Any], url: str) -> ParsedArticle:
    markup = _rendered(post.get("content"))
    text = without_footers(plain_text(markup, limit=MAX_TEXT, drop=DROP))
    excerpt = without_footers(plain_text(_rendered(post.get("excerpt")), limit=MAX_SUMMARY))
    embedded = post["_embedded"] if isinstance(post.get("_embedded"), dict) else {}
    media = _first(embedded.get("wp:featuredmedia"))
    picture = fields.link(_text(media.get("source_url")), url)
    image_url, image_alt = (
        (picture, one_line(_text(media.get("alt_text")), limit=300)) if picture else fields.first_image(markup, url)
    )
    author = _author(post, embedded)
    return ParsedArticle(
        external_id=_rendered(post.get("guid")) or f"post {post['id']}"[:100],
        url=fields.link(_text(post.get("link")), url),
        title=one_line(_rendered(post.get("title")), limit=MAX_TITLE),
        author=author,
        published_at=fields.instant(_date(post.get("date_gmt")) or _date(post.get("date"))),
        updated_at=fields.instant(_date(post.get("modified_gmt")) or _date(post.get("modified"))),
        summary=excerpt,
        text=text or excerpt,
        categories=fields.terms(_terms(post, embedded)),
        image_url=image_url,
        image_alt=image_alt,
        unresolved=_unresolved(post, embedded, author),
    )


def _first(value: object) -> dict[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _author(post: dict[str, Any], embedded: dict[str, Any]) -> str:
    """The embedded author's name, else the one that an SEO plugin tells: sites hide their users, not their bylines."""
    told = _text(_first(embedded.get("author")).get("name"))
    seo = post.get("yoast_head_json")
    return fields.person(told or _text(seo.get("author") if isinstance(seo, dict) else ""))


def _terms(post: dict[str, Any], embedded: dict[str, Any]) -> list[object]:
    """The names of categories and tags: embedded, or where other plugins put them."""
    groups = embedded.get("wp:term")
    listed = groups if isinstance(groups, list) else [post.get(taxonomy) for taxonomy in _TAXONOMIES]
    return [term.get("name") for group in listed if isinstance(group, list) for term in group if isinstance(term, dict)]


def _unresolved(post: dict[str, Any], embedded: dict[str, Any], author: str) -> tuple[str, ...]:
    """What is told by number only. An author that was embedded without a name is private: asking again is idle."""
    wanted: list[str] = []
    if not isinstance(embedded.get("wp:term"), list):
        for taxonomy in _TAXONOMIES:
            numbers = post[taxonomy] if isinstance(post.get(taxonomy), list) else []
            wanted += [f"{taxonomy}/{number}" for number in numbers if _is_number(number)]
    if not author and "author" not in embedded and _is_number(post.get("author")):
        wanted.append(f"users/{post['author']}")
    return tuple(wanted[:_MAX_NUMBERS])


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63
