"""What newsrooms publish beside feeds: WordPress posts, sitemaps with their parts, pages that list articles."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.collect.conftest import Answer, Request
from tests.collect.newsroom import text_of, title_of
from tests.collect.scene import HOUR, Scene, scene
from worker.collect.documents import PageLink
from worker.collect.listings.page import chosen, matches
from worker.collect.listings.rest import (
    edits_address,
    is_rest,
    listing_address,
    names_address,
    plain_address,
    posts_address,
    posts_below,
)
from worker.collect.rhythm import Outcome
from worker.models import Article, ArticleRevision, SitemapPart

__all__ = ["scene"]

POSTS = "/wp-json/wp/v2/posts"
ROUTED = "/?rest_route=/wp/v2/posts"


def asked(scene: Scene, word: str) -> list[str]:
    return [request.path for request in scene.site.requests if word in request.path]


@pytest.mark.parametrize("path", [POSTS, ROUTED, "/"])
def test_wordpress_posts_are_collected_with_the_names_behind_their_numbers(scene: Scene, path: str) -> None:
    assert scene.add(path, kind="wordpress").baseline
    scene.later()
    scene.newsroom.publish(1, categories=(11, 12), author=4)
    assert len(scene.poll().new) == 1
    one = scene.article(title_of(13))
    assert (one.author, one.categories) == ("Ben Writer", ["Navy", "Drones & UAV"])
    assert (one.text, one.text_state) == (text_of(13), "whole")
    assert scene.poll().new == []


def test_names_are_asked_for_one_by_one_where_a_site_refuses_to_embed_and_only_once(scene: Scene) -> None:
    scene.newsroom.embeds = False
    scene.add(POSTS)
    scene.later()
    scene.newsroom.publish(1, categories=(12,), author=4)
    scene.poll()
    one = scene.article(title_of(13))
    assert (one.author, one.categories) == ("Ben Writer", ["Drones & UAV"])
    assert scene.source().refuses_embed
    assert len(asked(scene, "_embed")) == 1
    before = len(asked(scene, "include="))
    scene.later()
    scene.newsroom.publish(1, categories=(12,), author=4)
    scene.poll()
    assert len(asked(scene, "include=")) == before
    assert scene.article(title_of(14)).author == "Ben Writer"


@pytest.mark.parametrize("embeds", [True, False])
def test_a_site_that_hides_its_authors_is_collected_without_them(scene: Scene, embeds: bool) -> None:
    scene.newsroom.embeds, scene.newsroom.tells_authors = embeds, False
    scene.add(POSTS)
    scene.later()
    scene.newsroom.publish(1)
    scene.poll()
    one = scene.article(title_of(13))
    assert (one.author, one.categories) == ("", ["Navy"])
    before = len(asked(scene, "/users"))
    scene.later()
    scene.newsroom.publish(1, author=3)
    scene.poll()
    assert len(asked(scene, "/users")) == before


def test_an_edit_of_an_old_post_is_found_by_when_it_was_modified(scene: Scene) -> None:
    scene.newsroom.publish(60)
    scene.add(POSTS)
    scene.later(48)
    old = scene.newsroom.pieces[30]
    scene.newsroom.publish(19)
    scene.poll()
    scene.later(2)
    scene.newsroom.publish(1)
    known = scene.newsroom.pieces[60 + 14]
    known.text, known.modified = text_of(999), scene.now
    old.modified = scene.now
    result = scene.poll()
    assert (len(result.new), len(result.revised)) == (1, 1)
    (revision,) = scene.session.scalars(select(ArticleRevision))
    assert revision.changed == ["text"]
    assert [path for path in asked(scene, "modified_after") if "2026-02-28" in path or "2026-03-02" in path]


def test_an_old_post_that_is_edited_for_the_first_time_since_is_no_news(scene: Scene) -> None:
    scene.newsroom.publish(60, every=HOUR)
    scene.add(POSTS)
    scene.later()
    old = scene.newsroom.pieces[0]
    old.text, old.modified = text_of(999), scene.now
    assert scene.poll().new == []


def test_a_post_dated_back_is_found_though_it_is_not_among_the_newest(scene: Scene) -> None:
    scene.add(POSTS)
    scene.later(48)
    scene.newsroom.publish(30)
    scene.poll()
    scene.close()
    scene.later(2)
    (late,) = scene.newsroom.publish(1)
    late.published -= 40 * HOUR
    assert len(scene.poll().new) == 1


def test_edits_are_asked_for_once_an_hour(scene: Scene) -> None:
    scene.add(POSTS)
    for _ in range(4):
        scene.later(0.3)
        scene.poll()
    assert len(asked(scene, "modified_after")) == 1


def test_a_closed_api_says_so(scene: Scene) -> None:
    scene.newsroom.api_is_open = False
    result = scene.add(POSTS)
    assert result.outcome is Outcome.REFUSED
    assert "status 401" in (result.error or "")


def test_a_password_keeps_an_article_out(scene: Scene) -> None:
    scene.add(POSTS)
    scene.later()
    scene.site.serve(
        f"{POSTS}?per_page=20&_embed=author,wp:term,wp:featuredmedia",
        '[{"id": 99, "link": "https://n.example/p/", "title": {"rendered": "Secret"},'
        '"content": {"rendered": "", "protected": true}}]',
    )
    assert scene.poll().new == []


@pytest.mark.parametrize(
    ("url", "posts"),
    [
        ("https://n.example/", "https://n.example/wp-json/wp/v2/posts"),
        ("https://n.example/blog", "https://n.example/blog/wp-json/wp/v2/posts"),
        ("https://n.example/wp-json/", "https://n.example/wp-json/wp/v2/posts"),
        ("https://n.example/?rest_route=/", "https://n.example/?rest_route=/wp/v2/posts"),
        ("https://n.example/wp-json/wp/v2/news?x=1", "https://n.example/wp-json/wp/v2/news?x=1"),
    ],
)
def test_the_address_of_the_posts_is_found(url: str, posts: str) -> None:
    assert posts_address(url) == posts
    assert is_rest(posts)


def test_rest_addresses_keep_what_the_operator_asks_for(now: datetime) -> None:
    url = "https://n.example/wp-json/wp/v2/posts?categories=5"
    assert listing_address(url, embed=False, page=2) == f"{url}&per_page=20&page=2"
    assert plain_address(listing_address(url, embed=True)) == url
    assert names_address(url, "users", ["3", "4"]) == (
        "https://n.example/wp-json/wp/v2/users?include=3,4&per_page=2&_fields=id,name"
    )
    routed = names_address("https://n.example/?rest_route=/wp/v2/posts&categories=5", "tags", ["3"])
    assert routed == "https://n.example/?rest_route=/wp/v2/tags&include=3&per_page=1&_fields=id,name"
    assert posts_below("https://n.example/wp-json") == "https://n.example/wp-json/wp/v2/posts"
    assert not is_rest("https://n.example/wp-json/wp/v2/users")
    assert not is_rest("https://n.example/feed/")
    assert "modified_after=2026-03-01T10:00:00" in edits_address(url, embed=False, since=now - 26 * HOUR)


# sitemaps


def sitemap(*rows: tuple[str, str]) -> str:
    urls = "".join(
        f"<url><loc>{loc}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>" for loc, changed in rows
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def index(*rows: tuple[str, str]) -> str:
    return (
        sitemap(*rows).replace("urlset", "sitemapindex").replace("<url>", "<sitemap>").replace("</url>", "</sitemap>")
    )


def test_a_sitemaps_articles_are_read_from_their_pages(scene: Scene) -> None:
    assert scene.add("/sitemap.xml", kind="sitemap", full_text="auto").baseline
    scene.later()
    (new,) = scene.newsroom.publish(1)
    (article_id,) = scene.poll().needing_text
    scene.fetch_texts()
    one = scene.article(new.title)
    assert (one.id, one.text, one.published_at) == (article_id, text_of(13), new.published)
    scene.later()
    again = scene.poll()
    assert (again.new, again.revised) == ([], [])


def test_a_page_edited_by_its_sitemap_is_looked_at_again_and_what_it_said_is_kept(scene: Scene) -> None:
    scene.add("/sitemap.xml", kind="sitemap", full_text="auto")
    scene.later()
    (new,) = scene.newsroom.publish(1)
    scene.poll()
    scene.fetch_texts()
    released = scene.article(new.title)
    released.released_at = scene.now
    scene.session.commit()
    scene.later()
    new.text, new.modified = f"Corrected. {text_of(13)}", scene.now
    assert scene.poll().needing_text == [released.id]
    assert scene.article(new.title).text == text_of(13)
    scene.fetch_texts()
    one = scene.article(new.title)
    assert (one.text.startswith("Corrected."), one.revision, one.text_state) == (True, 2, "whole")
    scene.later()
    new.modified = scene.now  # dated anew, but nothing changed
    scene.poll()
    scene.fetch_texts()
    assert scene.article(new.title).revision == 2


def test_an_edited_page_that_cannot_be_had_leaves_the_article_as_it_was(scene: Scene) -> None:
    scene.add("/sitemap.xml", kind="sitemap", full_text="auto")
    scene.later()
    (new,) = scene.newsroom.publish(1)
    scene.poll()
    scene.fetch_texts()
    scene.later()
    new.modified = scene.now
    scene.poll()
    scene.newsroom.refuse = lambda request: Answer(500) if request.path == new.path else None
    for _ in range(6):
        scene.later()
        scene.fetch_texts()
    one = scene.article(new.title)
    assert (one.text, one.text_state) == (text_of(13), "whole")


def test_old_pages_that_enter_a_sitemap_are_no_news(scene: Scene) -> None:
    scene.add("/sitemap.xml", kind="sitemap", full_text="auto")
    scene.later(72)
    (old,) = scene.newsroom.publish(1)
    old.published = old.modified = scene.now - timedelta(days=400)
    scene.poll()
    scene.fetch_texts()
    assert scene.collected() == []


def test_an_old_page_dated_anew_is_found_out_by_its_page(scene: Scene) -> None:
    scene.add("/sitemap.xml", kind="sitemap", full_text="auto")
    scene.later(72)
    (old,) = scene.newsroom.publish(1)
    old.published -= timedelta(days=400)
    assert len(scene.poll().new) == 1
    scene.fetch_texts()
    assert (scene.collected(), scene.article(old.title).withheld_reason) == ([], "baseline")


def test_of_an_index_only_the_parts_that_changed_are_read(scene: Scene) -> None:
    site = scene.site
    parts = {number: site.url + f"/post-sitemap{number}.xml" for number in range(1, 9)}
    days = {number: f"2026-02-{number + 10}T00:00:00Z" for number in parts}
    for number in parts:
        page = (f"{site.url}/old/{number}/", days[number])
        site.serve(f"/post-sitemap{number}.xml", gzip.compress(sitemap(page).encode()))
    tags = (site.url + "/post_tag-sitemap.xml", "2026-03-02T00:00:00Z")
    site.serve("/index.xml", index(tags, *((parts[number], days[number]) for number in parts)))
    assert scene.add("/index.xml", full_text="auto").baseline
    read = asked(scene, "post-sitemap")
    assert sorted(read) == [f"/post-sitemap{number}.xml" for number in range(4, 9)]
    scene.later()
    assert scene.poll().outcome is Outcome.UNCHANGED
    assert asked(scene, "post-sitemap") == read
    days[8] = scene.now.isoformat()
    site.serve("/post-sitemap8.xml", sitemap((f"{site.url}/new/", days[8]), (f"{site.url}/old/8/", "2026-02-18")))
    site.serve("/index.xml", index(tags, *((parts[number], days[number]) for number in parts)))
    scene.later()
    result = scene.poll()
    assert len(result.new) == 1
    assert asked(scene, "post-sitemap") == [*read, "/post-sitemap8.xml"]
    assert asked(scene, "tag") == []


def test_an_old_part_read_for_the_first_time_brings_only_what_is_later_than_the_source(scene: Scene) -> None:
    site = scene.site
    parts = [(f"{site.url}/posts-{number}.xml", f"2026-02-{number + 10}") for number in range(1, 8)]
    for number in range(1, 8):
        site.serve(f"/posts-{number}.xml", sitemap((f"{site.url}/{number}/", ""), (f"{site.url}/{number}/b/", "")))
    site.serve("/index.xml", index(*parts))
    scene.add("/index.xml", full_text="auto")
    scene.later()
    now = scene.now.isoformat()
    site.serve("/posts-1.xml", sitemap((f"{site.url}/1/", ""), (f"{site.url}/1/b/", ""), (f"{site.url}/late/", now)))
    site.serve("/index.xml", index((parts[0][0], now), *parts[1:]))
    result = scene.poll()
    new = scene.session.scalars(select(Article.url).where(Article.id.in_(result.new))).all()  # type: ignore[attr-defined,call-overload]
    assert [url.rstrip("/") for url in new] == [f"{site.url}/late"]


def test_a_part_that_appears_brings_all_that_it_holds(scene: Scene) -> None:
    site = scene.site
    old = [(f"{site.url}/2026-0{month}.xml", f"2026-0{month}-20") for month in (1, 2)]
    for month in (1, 2):
        site.serve(f"/2026-0{month}.xml", sitemap((f"{site.url}/{month}/", "")))
    site.serve("/index.xml", index(*old))
    scene.add("/index.xml", full_text="auto")
    scene.later()
    site.serve("/2026-03.xml", sitemap((f"{site.url}/3/", ""), (f"{site.url}/4/", "")))
    site.serve("/index.xml", index(*old, (f"{site.url}/2026-03.xml", scene.now.isoformat())))
    assert len(scene.poll().new) == 2


def test_parts_without_dates_are_asked_conditionally_the_newest_of_them(scene: Scene) -> None:
    site = scene.site
    names = [f"{site.url}/wp-sitemap-posts-post-{number}.xml" for number in (1, 2, 3)]
    others = [f"{site.url}/wp-sitemap-taxonomies-category-1.xml", f"{site.url}/wp-sitemap-users-1.xml"]

    def part(request: Request) -> Answer:
        if request.headers.get("if-none-match") == '"same"':
            return Answer(304)
        return Answer(200, sitemap((f"{site.url}/a/", "")).encode(), {"ETag": '"same"'})

    for number in (1, 2, 3):
        site.serve_with(f"/wp-sitemap-posts-post-{number}.xml", part)
    site.serve("/wp-sitemap.xml", index(*((name, "") for name in [*names, *others])))
    scene.add("/wp-sitemap.xml", full_text="auto")
    assert asked(scene, "posts-post") == ["/wp-sitemap-posts-post-3.xml", "/wp-sitemap-posts-post-2.xml"]
    assert asked(scene, "taxonomies") + asked(scene, "users") == []
    scene.later()
    assert scene.poll().outcome is Outcome.UNCHANGED
    site.serve("/wp-sitemap-posts-post-3.xml", sitemap((f"{site.url}/a/", ""), (f"{site.url}/b/", "")))
    scene.later()
    assert len(scene.poll().new) == 1


def test_a_part_that_fails_is_read_at_the_next_poll(scene: Scene) -> None:
    site = scene.site
    site.serve("/index.xml", index((f"{site.url}/one.xml", "2026-02-01"), (f"{site.url}/two.xml", "2026-02-02")))
    site.serve("/one.xml", sitemap((f"{site.url}/1/", "")))
    assert scene.add("/index.xml", full_text="auto").outcome is Outcome.BROKEN  # no baseline on half of it
    site.serve("/two.xml", sitemap((f"{site.url}/2/", "")))
    scene.later()
    assert scene.poll().baseline
    now = scene.now.isoformat()
    site.serve("/one.xml", "", status=500)
    site.serve("/two.xml", sitemap((f"{site.url}/2/", ""), (f"{site.url}/2b/", "")))
    site.serve("/index.xml", index((f"{site.url}/one.xml", now), (f"{site.url}/two.xml", now)))
    scene.later()
    assert len(scene.poll().new) == 1
    site.serve("/one.xml", sitemap((f"{site.url}/1/", ""), (f"{site.url}/1b/", "")))
    scene.later()
    assert len(scene.poll().new) == 1


def test_an_index_of_indexes_is_followed(scene: Scene) -> None:
    site = scene.site
    site.serve("/index.xml", index((f"{site.url}/2026.xml", "2026-02-01")))
    site.serve("/2026.xml", index((f"{site.url}/2026-02.xml", "2026-02-01")))
    site.serve("/2026-02.xml", sitemap((f"{site.url}/1/", "")))
    assert len(scene.add("/index.xml", full_text="auto").new) == 1
    assert len(scene.session.scalars(select(SitemapPart)).all()) == 2


def test_a_news_sitemap_gives_titles_dates_and_keywords(scene: Scene) -> None:
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'

    def body(*numbers: int) -> str:
        urls = "".join(
            f"<url><loc>{scene.site.url}/{number}/</loc><news:news><news:title>Headline {number}</news:title>"
            f"<news:publication_date>2026-03-02T1{number}:00:00Z</news:publication_date>"
            f"<news:keywords>navy, drones</news:keywords></news:news></url>"
            for number in numbers
        )
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {news}>{urls}</urlset>'

    scene.site.serve("/news-sitemap.xml", body(1))
    scene.add("/news-sitemap.xml", kind="sitemap", full_text="auto")
    scene.later()
    scene.site.serve("/news-sitemap.xml", body(2, 1))
    scene.poll()
    one = scene.article("Headline 2")
    assert (one.categories, one.published_at and one.published_at.hour) == (["navy", "drones"], 12)


# pages


def test_a_page_lists_articles_by_a_pattern(scene: Scene) -> None:
    assert scene.add("/", kind="page", link_pattern=("/2026/*",), full_text="auto").baseline
    scene.later()
    (new,) = scene.newsroom.publish(1)
    assert len(scene.poll().new) == 1
    scene.fetch_texts()
    one = scene.article(new.title)
    assert (one.text, one.published_at, one.text_state) == (text_of(13), new.published, "whole")
    scene.later()
    again = scene.poll()
    assert (again.new, again.revised) == ([], [])


def test_a_burst_on_a_page_is_closed_by_its_next_pages(scene: Scene) -> None:
    scene.add("/", kind="page", link_pattern=("/2026/*",), full_text="auto")
    scene.later()
    new = scene.newsroom.publish(25)
    scene.poll()
    assert scene.close().reason == "reached what was known"
    assert scene.collected() == [piece.title for piece in new]


def test_a_pattern_that_fits_nothing_is_named_with_what_was_seen(scene: Scene) -> None:
    result = scene.add("/", kind="page", link_pattern=("/nachrichten/*",), full_text="auto")
    assert result.outcome is Outcome.UNUSABLE
    assert "fits link_pattern '/nachrichten/*', such as /2026/03/" in (result.error or "")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/news/*", "/news/one", True),
        ("/news/*", "/news/2026/one/", True),
        ("/news/*", "/news/", False),
        ("/news/*/", "/news/one", True),
        ("/news/*", "/newsletter/", False),
        ("/news/*", "/en/news/one", False),
        ("*/news/*", "/en/news/one", True),
        ("/*-*.html", "/some-title.html", True),
        ("/*-*.html", "/title.html", False),
        ("/article?id=*", "/article?id=7", True),
        ("/article", "/article?id=7", True),
        ("https://other.example/*", "/one", False),
    ],
)
def test_a_pattern_takes_what_it_says(pattern: str, path: str, fits: bool) -> None:
    assert matches(f"https://n.example{path}", pattern, site="https://www.n.example/") is fits


def test_a_pattern_may_name_another_site_and_refuse_links() -> None:
    links = [
        PageLink(f"https://{address}", "Some headline or other")
        for address in (
            "n.example/news/", "n.example/news/a", "n.example/news/page/2/", "n.example/news/tag/x/",
            "n.example/news/b.pdf", "n.example/news/archive/c", "m.example/news/d", "o.example/x/e",
        )
    ]  # fmt: skip
    patterns = ("/news/*", "https://www.o.example/x/*", "!/news/archive/*")
    found = [link.url for link in chosen(links, patterns, url="http://n.example/news")]
    assert found == ["https://n.example/news/a", "https://o.example/x/e"]
    assert [link.url for link in chosen(links, ("/news/tag/*",), url="https://n.example/")] == [
        "https://n.example/news/tag/x/"
    ]
