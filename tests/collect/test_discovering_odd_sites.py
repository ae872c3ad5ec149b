"""What is proposed for sites that offer little, or offer it wrongly."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.collect.conftest import InProcess, Site, feed, item
from worker.collect.discover import Discovery, discover
from worker.collect.fetch import Fetcher

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
Look = Callable[[str], Discovery]
_MAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
ARTICLES = "".join(
    f"<url><loc>/news/ship-{number}-sails/</loc><lastmod>2026-03-01</lastmod></url>" for number in range(1, 9)
)


@pytest.fixture
def look(fetcher: Fetcher) -> Look:
    reader = InProcess()
    return lambda url: discover(url, fetcher=fetcher, reader=reader, now=NOW, allow_private=True)


def page(*feeds: str, body: str = "<p>Welcome</p>", head: str = "") -> str:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in feeds)
    return f"<html><head><title>News</title>{links}{head}</head><body>{body}</body></html>"


def test_a_feed_that_is_a_page_is_named_and_not_proposed(site: Site, look: Look) -> None:
    site.serve("/", page("/rss"))
    site.serve("/rss", page())
    found = look(site.url + "/")
    assert found.usable == ()
    assert [one.error is not None for one in found.candidates if one.url.endswith("/rss")] == [True]


def test_an_empty_feed_gives_way_to_one_with_articles(site: Site, look: Look) -> None:
    site.serve("/", page("/feed/empty/", "/feed/news/"))
    site.serve("/feed/empty/", feed())
    site.serve("/feed/news/", feed(item(1), item(2)))
    assert look(site.url + "/").candidates[0].url == site.url + "/feed/news/"


def test_an_empty_feed_does_not_hide_a_sitemap(site: Site, look: Look) -> None:
    site.serve("/", page("/feed/"))
    site.serve("/feed/", feed())
    site.serve("/sitemap.xml", f"<urlset {_MAPS}>{ARTICLES}</urlset>")
    assert look(site.url + "/").usable[0].url == site.url + "/sitemap.xml"


def test_a_feed_that_moved_is_proposed_where_it_is_now(site: Site, look: Look) -> None:
    site.serve("/", page("/old/"))
    site.serve("/old/", "", status=301, location=site.url + "/new/")
    site.serve("/new/", feed(item(1), item(2)))
    assert look(site.url + "/").candidates[0].url == site.url + "/new/"


def test_an_api_that_is_closed_is_no_proposal(site: Site, look: Look) -> None:
    site.serve("/", page(head='<link rel="https://api.w.org/" href="/wp-json/">'))
    site.serve("/wp-json/wp/v2/posts", '{"code":"rest_login_required","message":"Only for members"}', status=401)
    site.serve("/feed/", feed(item(1), item(2)))
    found = look(site.url + "/")
    assert [one.url for one in found.usable] == [site.url + "/feed/"]
    assert [one.error is not None for one in found.candidates if one.kind == "wordpress"] == [True]


def test_a_sitemap_may_be_packed(site: Site, look: Look) -> None:
    site.serve("/", page())
    site.serve("/robots.txt", f"Sitemap: {site.url}/maps/all.xml.gz\n")
    site.serve("/maps/all.xml.gz", gzip.compress(f"<urlset {_MAPS}>{ARTICLES}</urlset>".encode()))
    best = look(site.url + "/").usable[0]
    assert (best.kind, len(best.articles)) == ("sitemap", 8)


def test_an_index_of_pictures_only_offers_nothing(site: Site, look: Look) -> None:
    site.serve("/", page())
    site.serve("/sitemap.xml", f"<sitemapindex {_MAPS}><sitemap><loc>/images.xml</loc></sitemap></sitemapindex>")
    site.serve(
        "/images.xml",
        f'<urlset {_MAPS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        + "".join(f"<url><loc>{site.url}/files/ship-{n}.jpg</loc></url>" for n in range(9))
        + "</urlset>",
    )
    assert [one for one in look(site.url + "/").usable if one.articles] == []


def test_a_private_address_that_a_public_page_names_is_not_asked(site: Site, fetcher: Fetcher) -> None:
    other = "http://127.0.0.2:1/feed/"
    site.serve("/", page(other))
    site.serve("/robots.txt", "Sitemap: http://10.0.0.1/map.xml\n")
    found = discover(site.url + "/", fetcher=fetcher, reader=InProcess(), now=NOW, allow_private=True)
    assert found.usable == ()
    assert len(found.candidates) == 2
    assert all("private" in (one.error or "") or "loopback" in (one.error or "") for one in found.candidates)


def test_a_page_that_is_one_card_with_very_many_links_is_read(site: Site) -> None:
    links = "".join(f"<a href='/news/ship-{number}-sails'>Ship number {number} sails</a>" for number in range(1500))
    read = InProcess().read_site_page(
        f"<body><article><time datetime='2026-03-01T10:00:00Z'></time>{links}</article>".encode(), url=site.url
    )
    assert len(read.links) == 1500
    assert {link.published_at for link in read.links} == {datetime(2026, 3, 1, 10, tzinfo=UTC)}
