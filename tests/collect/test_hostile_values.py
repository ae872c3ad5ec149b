"""Values that no database or URL can hold: whatever a listing says, its poll ends well and its other articles come."""

from __future__ import annotations

import json
import random
import re
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from tests.collect.conftest import LONG, Answer, InProcess, Site, feed, item
from tests.collect.wire import SHIPYARD
from worker.collect.discover import discover
from worker.collect.extract import extract_page
from worker.collect.fetch import Fetcher
from worker.collect.listings.page import matches
from worker.collect.poll import poll_source
from worker.collect.rhythm import Outcome
from worker.collect.sources import sync_sources
from worker.models import Article, Source
from worker.schedules.sources import SourceDefinition

_DIE = random.Random(1)
NOISE = "".join(_DIE.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(40_000))
STRANGE: list[Any] = ["a\x00b", "a\ud800b", "\u202e\ufffe\U0010ffff", NOISE, -1, 0, 10**30, 1e308, True, None, [], [[]]]
STRANGE += [
    {},
    {"rendered": None},
    {"rendered": "a\x00\ud800"},
    {"rendered": NOISE},
    [None],
    [{"name": 7}],
    "",
    " ",
    "http://[",
]


def polled(session: Session, url: str, fetcher: Fetcher, reader: InProcess, now: datetime, **given: Any) -> list[str]:
    """The titles that a first poll brings."""
    definition = SourceDefinition(url=url, name="News", allow_private=True, release_baseline=True, **given)
    sync_sources(session, [definition], now=now)
    source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
    result = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now)
    assert result.outcome is Outcome.FRESH, result.error
    return [row.title for row in session.scalars(select(Article))]


def bodies(fields: tuple[str, ...], whole: dict[str, Any], *, around: str | None) -> list[str]:
    """One listing for each strange value in each field, together with an ordinary article."""
    found = []
    for field in fields:
        listed = [{**whole, "id": number + 10, field: value} for number, value in enumerate(STRANGE)]
        if field == "id":
            listed = [{**whole, "id": value} for value in STRANGE]
        own = {"id": 99, "url": "https://news.example/2", "title": "Ordinary", "content_text": SHIPYARD}
        post = {"id": 99, "link": own["url"], "guid": own["url"], "title": own["title"], "content": SHIPYARD}
        listed.append({**whole, **(own if around else post)})
        found.append(json.dumps({"version": around, "items": listed} if around else listed))
    return found


JSON_FEED = {"id": "1", "url": "https://news.example/1", "title": "One", "content_text": LONG}
JSON_FIELDS: tuple[str, ...] = (
    "id",
    "url",
    "title",
    "content_text",
    "content_html",
    "summary",
    "image",
    "date_published",
    "tags",
)
JSON_FIELDS += ("language", "authors", "author", "external_url", "banner_image")
POST = {
    "id": 1,
    "link": "https://news.example/1",
    "title": {"rendered": "One"},
    "guid": {"rendered": "https://news.example/?p=1"},
    "content": {"rendered": f"<p>{LONG}</p>"},
    "date_gmt": "2026-03-01T10:00:00",
}
POST_FIELDS: tuple[str, ...] = (
    "id",
    "link",
    "title",
    "guid",
    "content",
    "excerpt",
    "date_gmt",
    "date",
    "modified",
    "author",
    "tags",
)
POST_FIELDS += ("categories", "_embedded", "yoast_head_json", "status", "slug")


@pytest.mark.parametrize(
    "body", bodies(JSON_FIELDS, JSON_FEED, around="https://jsonfeed.org/version/1.1"), ids=JSON_FIELDS
)
def test_a_json_feed_of_strange_values(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, body: str
) -> None:
    assert "Ordinary" in polled(session, site.serve("/feed", body), fetcher, reader, now)


@pytest.mark.parametrize("body", bodies(POST_FIELDS, POST, around=None), ids=POST_FIELDS)
def test_posts_of_strange_values(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, body: str
) -> None:
    site.otherwise = lambda _: Answer(200, body.encode())
    assert "Ordinary" in polled(session, site.url, fetcher, reader, now, kind="wordpress")


@pytest.mark.parametrize("place", ["guid", "link", "title"])
def test_a_feed_with_very_long_values(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, place: str
) -> None:
    value = f"https://news.example/{NOISE}" if place == "link" else NOISE
    strange = item(1, **{place: value})  # type: ignore[arg-type]
    url = site.serve("/feed", feed(strange, item(2, title="Ordinary")))
    assert "Ordinary" in polled(session, url, fetcher, reader, now)
    assert len(session.scalars(select(Article)).all()) == 2


def test_a_sitemap_index_with_very_long_addresses(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    part = site.serve("/part.xml", f'<urlset xmlns="{space}"><url><loc>https://news.example/a-b-c</loc></url></urlset>')
    names = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in (f"{site.url}/{NOISE}", part))
    url = site.serve("/sitemap.xml", f'<sitemapindex xmlns="{space}">{names}</sitemapindex>')
    assert len(polled(session, url, fetcher, reader, now, kind="sitemap")) == 1


@pytest.mark.parametrize("value", ["a\x00b", "a\ud800b", NOISE, 7, None, [[]], {}, [None, {"name": {}}]])
def test_a_page_whose_description_holds_strange_values(value: Any) -> None:
    fields = ("headline", "author", "image", "articleSection", "keywords", "datePublished", "mainEntityOfPage")
    told = json.dumps({"@type": "NewsArticle", **dict.fromkeys(fields, value), "isAccessibleForFree": value})
    script = f'<script type="application/ld+json">{told}</script>'
    html = f"<html><head>{script}</head><body><article><h1>One</h1><p>{SHIPYARD}</p></article></body></html>"
    page = extract_page(html.encode(), content_type="text/html", url="https://news.example/1")
    assert "Bergvik" in page.text
    for text in (page.title, page.author, page.image_url or "", page.canonical_url or "", *page.categories):
        assert "\0" not in text.encode().decode()
        assert len(text) <= 2_000


def glob(pattern: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(piece) for piece in re.split(r"\*+", pattern)))


@given(st.text("ab/", max_size=8).map("/{}".format), st.text("ab*", max_size=6).map("/{}".format))
def test_a_star_stands_for_one_character_or_more(path: str, pattern: str) -> None:
    fits = glob(pattern.rstrip("/")).fullmatch(path.rstrip("/")) is not None
    assert matches(f"https://news.example{path}", pattern, site="https://news.example/") is fits


def test_a_pattern_of_many_stars_costs_little_on_an_address_made_for_it() -> None:
    url = f"https://news.example/{'a' * 1_900}"
    began = time.process_time()
    assert not matches(url, f"/{'*a' * 40}*b", site=url)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("address", ["http://[", "http://a\u2100b/", f"http://{NOISE}/", "javascript:alert(1)"])
def test_addresses_in_headers_and_robots_txt_that_are_none(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, address: str
) -> None:
    told = address.encode().decode("latin-1")
    link = f'<{told[:3000]}>; rel="https://api.w.org/", <{told[:3000]}>; rel="hub"'
    url = site.serve("/feed", feed(item(1, title="Ordinary")), Link=link)
    assert polled(session, url, fetcher, reader, now) == ["Ordinary"]
    site.serve("/robots.txt", f"Sitemap: {address}\n")
    site.serve("/", f"<a href='{address}'>one two three four five</a><a href='/feed'>Feed</a>", Link=link)
    found = discover(f"{site.url}/", fetcher=fetcher, reader=reader, now=now, allow_private=True)
    assert [one.url for one in found.usable] == [url]
