"""What pages say about their articles, as badly as they say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.collect.conftest import LONG
from worker.collect.documents import ExtractedPage
from worker.collect.extract import extract_page
from worker.collect.parse.languages import language_code

URL = "https://example.org/news/ships-sail"
TOLD: dict[str, Any] = {
    "@type": "NewsArticle",
    "author": {"name": "Ada Brown"},
    "datePublished": "2026-11-01T10:00:00Z",
    "image": "https://example.org/ship.jpg",
}
AS_JSON = json.dumps(TOLD)
REFERRING = {
    "@graph": [
        {**TOLD, "author": {"@id": "#ada"}, "image": {"@id": "#ship"}},
        {"@id": "#ada", "@type": "Person", "name": "Ada Brown"},
        {"@id": "#ship", "@type": "ImageObject", "contentUrl": "https://example.org/ship.jpg"},
    ]
}


def read(head: str = "", body: str = "") -> ExtractedPage:
    return extract_page(
        f"<!doctype html><html lang='en'><head><title>Ships sail</title>{head}</head>"
        f"<body><article><h1>Ships sail</h1><p>One. {LONG}</p>{body}<p>Two. {LONG}</p></article></body></html>",
        url=URL,
    )


@pytest.mark.parametrize(
    "script",
    [
        AS_JSON,
        f"//<![CDATA[\n{AS_JSON}\n//]]>",
        f"/*<![CDATA[*/[ {AS_JSON} ]/*]]>*/",
        f"<!-- {AS_JSON} -->",
        AS_JSON.replace('"}', '",}', 1),
        AS_JSON.replace('"', "&quot;"),
        json.dumps([[TOLD]]),
        json.dumps({**TOLD, "@type": "https://schema.org/NewsArticle"}),
        json.dumps({**TOLD, "@type": ["schema:NewsArticle"]}),
        json.dumps({**TOLD, "image": ["", {"contentUrl": "https://example.org/ship.jpg"}]}),
        json.dumps(REFERRING),
    ],
)
def test_json_ld_is_read_however_it_is_wrapped(script: str) -> None:
    page = read(f'<script type="application/ld+json">{script}</script>')
    assert (page.author, page.image_url) == ("Ada Brown", "https://example.org/ship.jpg")
    assert page.published_at is not None
    assert page.published_at.isoformat() == "2026-11-01T10:00:00+00:00"


@pytest.mark.parametrize("script", ["", "{", "[[[[" * 50_000, '{"a":' * 50_000, "}{", "null", "{}", "[{]", "<!--"])
def test_json_ld_that_cannot_be_read_harms_nothing(script: str) -> None:
    page = read(f'<script type="application/ld+json">{script}</script>')
    assert page.text == f"One. {LONG}\n\nTwo. {LONG}"


def test_a_time_that_stands_for_none_does_not_hide_the_next() -> None:
    told = f'<script type="application/ld+json">{json.dumps({**TOLD, "datePublished": "1970-01-01"})}</script>'
    page = read(f'{told}<meta property="article:published_time" content="2026-11-02T10:00:00Z">')
    assert page.published_at is not None
    assert page.published_at.day == 2
    assert read(told).published_at is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"), ("EN-us", "en-US"), ("pt_BR.UTF-8", "pt-BR"), ("zh-hans-cn", "zh-Hans-CN"), ("es-419", "es-419"),
        ("de-DE-formal", "de-DE"), ("en, de", "en"), ("english", None), ("Deutsch", None), ("undefined", None),
        ("null", None), ("und", None), ("x-default", None), ("{{lang}}", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_language_is_a_code_or_none(text: str | None, code: str | None) -> None:
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("markup", "image"),
    [
        ('<img src="data:image/gif;base64,R0" data-src="/ship.jpg" alt="A ship">', "https://example.org/ship.jpg"),
        ('<img srcset="/ship-3.jpg 300w, /ship-9.jpg 900w" alt="A ship">', "https://example.org/ship-9.jpg"),
        ('<img src="ship.jpg" width="800" height="400" alt="A ship">', "https://example.org/news/ship.jpg"),
        ('<img src="/ship.jpg" width="60" height="60" alt="A ship">', None),
        ('<img src="/logo.png" alt="A ship">', None),
        ('<aside><img src="/ship.jpg" alt="A ship"></aside>', None),
        ('<img src="javascript:alert(1)" alt="A ship">', None),
    ],
)
def test_the_articles_first_picture_serves_where_the_page_names_none(markup: str, image: str | None) -> None:
    page = read(body=f"<figure>{markup}</figure>")
    assert (page.image_url, page.image_alt) == (image, "A ship" if image else "")


def test_relative_addresses_are_those_of_the_page_or_of_its_base() -> None:
    page = read('<base href="/files/"><link rel="canonical" href=""><link rel="canonical" href="ships">', "")
    assert page.canonical_url == "https://example.org/files/ships"


def test_a_canonical_address_inside_the_article_is_not_the_pages() -> None:
    assert read(body='<link rel="canonical" href="https://example.org/news/other">').canonical_url is None
