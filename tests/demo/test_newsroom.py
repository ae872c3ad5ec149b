"""The newsroom over HTTP: feeds, pages, REST API, sitemaps."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from html import unescape

import feedparser
import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from demo.newsroom import Newsroom
from tests.demo.conftest import BASE

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def test_nothing_is_published_before_its_hour(site: Newsroom, reader: httpx.Client) -> None:
    site.now = BASE + timedelta(hours=7, minutes=29)
    assert [article.slug for article in site.published] == ["harbour-drones-night-watch"]

    site.now = BASE + timedelta(hours=7, minutes=30)
    titles = [item.title for item in feedparser.parse(reader.get("/feed/").content).entries]

    assert titles == [
        "Belarus Rotates Border Brigades Ahead of the Spring Thaw",
        "Harbour Drones Take Over the Night Watch at Karlsund",
    ]


def test_the_feed_is_what_wordpress_makes(site: Newsroom, reader: httpx.Client) -> None:
    answer = reader.get("/feed/")
    newest = site.published[0]
    item = ElementTree.fromstring(answer.content).findall("channel/item")[0]
    parsed = feedparser.parse(answer.content)

    assert answer.headers["content-type"] == "application/rss+xml; charset=UTF-8"
    assert (parsed.version, len(parsed.entries)) == ("rss20", 10)
    assert item.findtext("title") == newest.title
    assert item.findtext("link") == site.url + newest.path
    assert item.findtext("guid") == f"{site.url}/?p={newest.number}"
    assert item.find("guid").attrib == {"isPermaLink": "false"}  # type: ignore[union-attr]
    assert item.findtext("{http://purl.org/dc/elements/1.1/}creator") == newest.author
    assert item.findtext("pubDate") == "Thu, 05 Mar 2026 18:00:00 +0000"
    assert "appeared first on" in (item.findtext(CONTENT) or "")


def test_the_feed_carries_the_whole_text_except_where_an_article_is_excerpted(
    site: Newsroom, reader: httpx.Client
) -> None:
    site.now = BASE + timedelta(days=2, hours=13)
    items = ElementTree.fromstring(reader.get("/feed/").content).findall("channel/item")
    texts = [LexborHTMLParser(item.findtext(CONTENT) or "").text() for item in items]

    for article, text in zip(site.published, texts, strict=False):
        whole = all(paragraph in text for paragraph in article.paragraphs)
        assert whole != article.excerpt_only
    assert any(article.excerpt_only for article in site.published[:10])


def test_the_excerpt_feed_ends_each_description_in_a_bracketed_ellipsis(reader: httpx.Client) -> None:
    body = reader.get("/feed/excerpts/").content
    items = ElementTree.fromstring(body).findall("channel/item")
    descriptions = [LexborHTMLParser(item.findtext("description") or "").css_first("p") for item in items]

    assert len(items) == 10
    assert all(node is not None and node.text().endswith("[…]") for node in descriptions)
    assert all(item.find(CONTENT) is None for item in items)


def test_the_atom_feed_tells_the_same(site: Newsroom, reader: httpx.Client) -> None:
    parsed = feedparser.parse(reader.get("/feed/atom/").content)

    assert parsed.version == "atom10"
    assert [unescape(item.title) for item in parsed.entries] == [article.title for article in site.published[:10]]
    assert parsed.entries[0].author == site.published[0].author


@pytest.mark.parametrize("path", ["/feed/", "/feed/excerpts/", "/feed/atom/"])
def test_a_reader_that_has_the_feed_gets_304_until_something_changes(
    site: Newsroom, reader: httpx.Client, path: str
) -> None:
    first = reader.get(path)
    etag, changed = first.headers["etag"], first.headers["last-modified"]
    assert reader.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert reader.get(path, headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    assert reader.get(path, headers={"If-Modified-Since": changed}).status_code == 304

    site.edit(site.published[0].slug, title="A new headline")

    assert reader.get(path, headers={"If-None-Match": etag}).status_code == 200
    assert reader.get(path, headers={"If-Modified-Since": changed}).status_code == 200


def test_an_article_page_wears_the_whole_theme_around_the_text(site: Newsroom, reader: httpx.Client) -> None:
    article = site.article("garrison-town-arctic-monkeys")
    page = LexborHTMLParser(reader.get(article.path).text)
    content = page.css_first(".entry-content")
    everything = page.body.text() if page.body else ""

    assert content is not None
    assert all(paragraph in content.text() for paragraph in article.paragraphs)
    for chrome in ("Drone & UAV", "What's Hot", "Related Posts", "Leave A Reply", "Previous Article", "Share"):
        assert chrome in everything
        assert chrome not in content.text()
    assert any("Belarus" in node.text() for node in page.css(".main-sidebar .post-title"))
    canonical = page.css_first("link[rel=canonical]")
    assert canonical is not None
    assert canonical.attributes["href"] == site.url + article.path
    published = page.css_first("meta[property='article:published_time']")
    assert published is not None
    assert published.attributes["content"] == "2026-03-02T14:00:00+00:00"


def test_every_link_that_a_page_makes_within_the_site_leads_somewhere(site: Newsroom, reader: httpx.Client) -> None:
    page = LexborHTMLParser(reader.get(site.published[3].path).text)
    addresses = {
        value
        for node in page.css("a[href], img[src], link[href]")
        if (value := node.attributes.get("href") or node.attributes.get("src") or "").startswith(site.url)
    }

    assert len(addresses) > 15
    answers = {address: reader.get(address, follow_redirects=True).status_code for address in addresses}
    assert set(answers.values()) == {200}, answers


def test_the_rest_api_pages_through_everything(site: Newsroom, reader: httpx.Client) -> None:
    first = reader.get("/wp-json/wp/v2/posts", params={"per_page": 20})
    rest = [reader.get("/wp-json/wp/v2/posts", params={"per_page": 20, "page": page}).json() for page in (2, 3)]
    slugs = [post["slug"] for posts in (first.json(), *rest) for post in posts]

    assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == (str(len(slugs)), "3")
    assert slugs == [article.slug for article in site.published]
    assert reader.get("/wp-json/wp/v2/posts", params={"page": 99}).json()["code"] == "rest_post_invalid_page_number"
    assert reader.get("/wp-json/wp/v2/posts", params={"per_page": 101}).status_code == 400


def test_the_rest_api_tells_what_was_modified_since(site: Newsroom, reader: httpx.Client) -> None:
    before = site.now - timedelta(minutes=1)
    assert reader.get("/wp-json/wp/v2/posts", params={"modified_after": before.isoformat()}).json() == []

    site.edit("army-buys-boots", text="It was all a misunderstanding.")
    posts = reader.get("/wp-json/wp/v2/posts", params={"modified_after": before.isoformat()}).json()

    assert [post["slug"] for post in posts] == ["army-buys-boots"]
    assert posts[0]["content"]["rendered"].strip() == "<p>It was all a misunderstanding.</p>"
    assert posts[0]["date_gmt"] < posts[0]["modified_gmt"]


def test_authors_and_categories_of_the_rest_api_fit_its_posts(reader: httpx.Client) -> None:
    post = reader.get("/wp-json/wp/v2/posts", params={"per_page": 1, "_embed": "author"}).json()[0]
    user = reader.get(f"/wp-json/wp/v2/users/{post['author']}").json()
    categories = {row["id"]: row["name"] for row in reader.get("/wp-json/wp/v2/categories?per_page=100").json()}

    assert user["name"] == "Jun Okabe" == post["_embedded"]["author"][0]["name"]
    assert [categories[number] for number in post["categories"]] == ["Sport"]


def test_sitemaps_robots_and_pictures_are_there(site: Newsroom, reader: httpx.Client) -> None:
    index = reader.get("/wp-sitemap.xml").text
    posts = reader.get("/wp-sitemap-posts-post-1.xml").text

    assert f"Sitemap: {site.url}/wp-sitemap.xml" in reader.get("/robots.txt").text
    assert "wp-sitemap-posts-post-1.xml" in index
    assert posts.count("<loc>") == len(site.published)
    picture = next(article.image_path for article in site.published if article.image_path)
    assert reader.get(picture).headers["content-type"].startswith("image/")


def test_old_addresses_redirect_as_they_do_at_wordpress(site: Newsroom, reader: httpx.Client) -> None:
    article = site.published[0]

    assert reader.get("/feed").headers["location"] == f"{site.url}/feed/"
    assert reader.get(f"/?p={article.number}").headers["location"] == site.url + article.path
    assert reader.head(article.path).status_code == 200
    assert reader.post("/feed/").status_code == 405
