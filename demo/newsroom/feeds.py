"""The feeds as WordPress makes them: RSS 2.0, the same with excerpts only, Atom."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from html import escape

from jinja2 import Environment
from markupsafe import Markup

from demo.newsroom.archive import Article
from demo.newsroom.loopback import Response
from demo.newsroom.markup import ascii_entities
from demo.newsroom.theme import SITE_TITLE, http_date

ITEMS = 10


def rss(env: Environment, site: str, articles: Sequence[Article], built: datetime, *, excerpts: bool = False) -> bytes:
    """The ten newest; with `excerpts` no article carries its text, only its first words."""
    path = "/feed/excerpts/" if excerpts else "/feed/"
    return _render(env, "rss.xml", site, articles, built, path=path, excerpts=excerpts)


def atom(env: Environment, site: str, articles: Sequence[Article], built: datetime) -> bytes:
    return _render(env, "atom.xml", site, articles, built)


def _render(
    env: Environment, name: str, site: str, articles: Sequence[Article], built: datetime, **values: object
) -> bytes:
    def full(article: Article) -> str:
        if article.excerpt_only:
            return ascii_entities(f"<p>{escape(article.excerpt, quote=False)}</p>")
        return figure(site, article) + ascii_entities(article.html)

    def source_line(article: Article) -> Markup:
        link = f'<a href="{site}{article.path}">{ascii_entities(escape(article.title, quote=False))}</a>'
        home = f'<a href="{site}">{SITE_TITLE}</a>'
        return Markup(f"<p>The post {link} appeared first on {home}.</p>")

    template = env.get_template(name)
    text = template.render(
        site=site, articles=articles[:ITEMS], built=built, full=full, source_line=source_line, **values
    )
    return text.encode()


def figure(site: str, article: Article) -> str:
    """The article's picture as the block editor puts it before the text; empty where there is none."""
    if article.image_path is None:
        return ""
    alt = ascii_entities(escape(article.alt))
    return (
        f'<figure class="wp-block-image size-large"><img src="{site}{article.image_path}" alt="{alt}" '
        f'width="320" height="180" /></figure>\n\n'
    )


def conditional(headers: Message, body: bytes, content_type: str, changed: datetime) -> Response:
    """The document with its validators, or 304 for a reader that has it already."""
    etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    validators = {"ETag": etag, "Last-Modified": http_date(changed)}
    if _has_it(headers, etag, changed):
        return Response(304, headers=validators)
    return Response(200, body, content_type, validators)


def _has_it(headers: Message, etag: str, changed: datetime) -> bool:
    if asked := headers.get("If-None-Match"):
        return etag in [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    try:
        since = parsedate_to_datetime(headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed <= since
