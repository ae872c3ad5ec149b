"""`sitrep sources add`: what a site offers, the best of it, and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.collect.conftest import Answer, InProcess, Request, Site, feed, item
from tests.collect.newsroom import Newsroom
from worker.cli import app
from worker.collect.discover import Discovery, NothingFound, Scope, as_page, discover
from worker.collect.discover.naming import good_name
from worker.collect.discover.pattern import guess_pattern
from worker.collect.discover.places import scope_of
from worker.collect.documents import PageLink
from worker.collect.fetch import Fetcher
from worker.errors import InvalidInput, NotFound
from worker.migrations import migrate
from worker.schedules.files import ScheduleError
from worker.schedules.source_entries import UnwritableSources
from worker.schedules.sources import read_sources
from worker.services import make_services

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
Look = Callable[[str], Discovery]


@pytest.fixture
def newsroom(site: Site) -> Newsroom:
    made = Newsroom(site, NOW)
    made.publish(12)
    return made


@pytest.fixture
def look(fetcher: Fetcher) -> Look:
    reader = InProcess()
    return lambda url: discover(url, fetcher=fetcher, reader=reader, now=NOW, allow_private=True)


def asked(site: Site) -> list[str]:
    return [request.path for request in site.requests]


def test_a_front_page_leads_to_its_feed(site: Site, newsroom: Newsroom, look: Look) -> None:
    found = look(site.url)
    best = found.candidates[0]
    assert (best.url, best.kind, best.whole, best.pages_back) == (site.url + "/feed/", "feed", 10, True)
    assert best.reason == "its articles are whole; after a burst its older pages can be read"
    assert {one.kind for one in found.candidates} == {"feed", "wordpress", "page"}
    assert len(asked(site)) <= 6


def test_whole_articles_are_worth_more_than_excerpts(site: Site, newsroom: Newsroom, look: Look) -> None:
    newsroom.excerpts = True
    best = look(site.url).candidates[0]
    assert (best.url, best.kind, best.whole) == (site.url + "/wp-json/wp/v2/posts", "wordpress", 12)
    assert look(site.url + "/feed/").candidates[0].kind in ("feed", "wordpress")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/feed/", "feed"),
        ("/wp-json/wp/v2/posts", "wordpress"),
        ("/wp-json/", "wordpress"),
        ("/sitemap.xml", "sitemap"),
    ],
)
def test_an_address_that_is_a_source_is_the_proposal(
    site: Site, newsroom: Newsroom, look: Look, path: str, kind: str
) -> None:
    best = look(site.url + path).candidates[0]
    assert best.kind == kind
    assert best.url == site.url + ("/wp-json/wp/v2/posts" if kind == "wordpress" else path)


def test_comments_are_no_articles_and_categories_only_a_part(site: Site, newsroom: Newsroom, look: Look) -> None:
    links = (
        '<link rel="alternate" type="application/rss+xml" title="News » Comments Feed" href="/comments/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="Navy Category Feed" href="/category/navy/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="News » Feed" href="/feed/">'
    )
    page = f"<html><head><title>News</title>{links}</head><body><p>Hello</p></body></html>"
    site.serve("/", page)
    site.serve("/category/navy/", page)
    site.serve("/category/navy/feed/", feed(*(item(number) for number in range(1, 9))))
    found = look(site.url + "/")
    assert found.candidates[0].url == site.url + "/feed/"
    scopes = {one.url.removeprefix(site.url): one.scope for one in found.candidates}
    assert scopes["/comments/feed/"] is Scope.COMMENTS
    assert scopes["/category/navy/feed/"] is Scope.PART
    assert "/comments/feed/" not in asked(site)
    assert look(site.url + "/category/navy/").candidates[0].url == site.url + "/category/navy/feed/"


def test_the_usual_places_are_tried_where_nothing_is_announced(site: Site, look: Look) -> None:
    site.serve("/", "<html><body><p>Welcome</p></body></html>")
    site.serve("/rss.xml", feed(item(1), item(2)))
    best = look(site.url + "/").candidates[0]
    assert (best.url, best.origin) == (site.url + "/rss.xml", "it is a usual place")


def test_robots_txt_names_sitemaps_and_is_obeyed_where_we_guess(site: Site, look: Look) -> None:
    site.serve("/", "<html><body><p>Welcome</p></body></html>")
    site.serve("/robots.txt", f"User-agent: *\nDisallow: /feed\nSitemap: {site.url}/maps/news.xml\n")
    site.serve("/feed/", feed(item(1)))
    site.serve(
        "/maps/news.xml",
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/a/</loc>'
        "<lastmod>2026-03-01</lastmod></url></urlset>",
    )
    found = look(site.url + "/")
    assert (found.candidates[0].kind, found.candidates[0].origin) == ("sitemap", "robots.txt names it")
    assert "/feed/" not in asked(site)
    assert any("/feed/ was left alone: robots.txt" in note for note in found.notes)


def test_a_page_of_headlines_is_a_source_where_there_is_nothing_else(site: Site, look: Look) -> None:
    cards = "".join(f'<h2><a href="/nyheter/saken-nummer-{n}">Her er saken nummer {n}</a></h2>' for n in range(1, 9))
    site.serve("/", f"<html><body><nav><a href='/om-oss/'>Alt om oss som er her</a></nav>{cards}</body></html>")
    best = look(site.url + "/").candidates[0]
    assert (best.kind, best.link_pattern, len(best.articles)) == ("page", "/nyheter/*", 8)


def test_a_page_without_anything_says_so(site: Site, look: Look) -> None:
    site.serve("/", "<html><body><p>Nothing here</p></body></html>")
    assert look(site.url + "/").usable == ()
    assert len(asked(site)) <= 15
    with pytest.raises(NothingFound, match="status 404: check the address"):
        look(site.url + "/none/")


def test_a_private_address_is_looked_at_only_when_that_is_said(
    site: Site, newsroom: Newsroom, fetcher: Fetcher
) -> None:
    with pytest.raises(NothingFound, match="--allow-private"):
        discover(site.url, fetcher=fetcher, reader=InProcess(), now=NOW)
    assert asked(site) == []


def test_a_pattern_may_be_given(site: Site, newsroom: Newsroom, fetcher: Fetcher) -> None:
    given = {"fetcher": fetcher, "reader": InProcess(), "now": NOW, "allow_private": True}
    assert as_page("/2026/*")(site.url, **given).candidates[0].kind == "page"
    with pytest.raises(NothingFound, match="correct the pattern"):
        as_page("/blog/*")(site.url, **given)


def test_a_hostile_site_is_asked_only_so_often(site: Site, look: Look) -> None:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="/f{number}/">' for number in range(500)
    ) + "".join(f'<a href="/rss/{number}">RSS</a>' for number in range(500))
    site.serve("/", f"<html><head>{links}</head></html>")
    site.otherwise = lambda _: Answer(200, b"<html><script>x</script></html>")
    assert look(site.url + "/").usable == ()
    assert len(asked(site)) <= 20


@pytest.mark.parametrize(
    ("url", "title", "scope"),
    [
        ("https://n.example/feed/", "News", Scope.SITE),
        ("https://n.example/comments/feed/", "", Scope.COMMENTS),
        ("https://n.example/2026/a-title/feed/", "Comments on: A title", Scope.COMMENTS),
        ("https://n.example/?feed=comments-rss2", "", Scope.COMMENTS),
        ("https://n.example/tag/navy/feed/", "", Scope.PART),
        ("https://n.example/rss/navy", "News » Navy Category Feed", Scope.PART),
    ],
)
def test_what_a_feed_is_of_shows_in_its_address_and_title(url: str, title: str, scope: Scope) -> None:
    assert scope_of(url, title) is scope
    assert scope_of(url, title, ["Comment on A by B", "Comment on C by D"]) is Scope.COMMENTS


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Example News » Feed", "Example News"),
        ("Example News - RSS Feed", "Example News"),
        ("RSS", ""),
        ("Defence | Home", "Defence"),
        ("Jane & Co: All posts RSS", "Jane & Co"),
        ("", ""),
    ],
)
def test_a_name_is_the_title_without_what_says_that_it_is_a_feed(title: str, name: str) -> None:
    assert good_name(title) == name


def test_a_pattern_is_guessed_from_the_headlines() -> None:
    def links(*paths: str) -> list[PageLink]:
        return [PageLink(f"https://n.example{path}", "Some words of a headline") for path in paths]

    assert guess_pattern(links(*(f"/2026/03/{n}-title/" for n in range(6))), url="https://n.example/") == "/20*/*"
    assert guess_pattern(links(*(f"/news/{n}/title/" for n in range(6))), url="https://n.example/") is None
    mixed = links(*(f"/202{n}/0{n}/some-title/" for n in range(1, 7)))
    assert guess_pattern(mixed, url="https://n.example/") == "/20*/*"
    assert guess_pattern(links("/a/one", "/b/two"), url="https://n.example/") is None
    assert guess_pattern(links(*(f"/a-long-title-{n}.html" for n in range(6))), url="https://n.example/") == "/*-*.html"


# the command


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


@pytest.fixture
def schedules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The schedules directory of an installation that is not there yet."""
    monkeypatch.setenv("SITREP_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SITREP_SCHEDULES_DIR", str(tmp_path / "schedules"))
    monkeypatch.setenv("SITREP_DATABASE_URL", "")
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules" / "sources.toml").write_text("# ours\n")
    return tmp_path / "schedules" / "sources.toml"


def test_a_source_is_added_as_it_is_proposed(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    result = run("sources", "add", site.url, "--allow-private", "--yes", "--every", "30m")
    assert result.exit_code == 0, result.output
    (source,) = read_sources(schedules)
    assert (source.url, source.name, source.allow_private) == (site.url + "/feed/", "News", True)
    assert source.every.total_seconds() == 1800
    assert schedules.read_text().startswith("# ours\n")
    assert newsroom.pieces[-1].title in result.output
    assert "its articles are whole" in result.output


def test_it_asks_and_takes_no_for_an_answer(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    for typed, count in (("n\n", 0), ("", 0), ("y\n", 1)):
        result = run("sources", "add", site.url, "--allow-private", typed=typed)
        assert result.exit_code == 0
        assert len(read_sources(schedules)) == count


def test_a_dry_run_writes_nothing_and_json_tells_all(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    result = run("sources", "add", site.url, "--allow-private", "--dry-run", "--yes", "--json")
    told = json.loads(result.stdout)
    assert told["proposal"]["url"] == site.url + "/feed/"
    assert (told["proposal"]["articles"], told["proposal"]["whole"], told["written"]) == (10, 10, None)
    first = told["proposal"]["first"][0]
    assert (first["title"], first["whole"]) == (newsroom.pieces[-1].title, True)
    assert {one["kind"] for one in told["others"]} == {"wordpress", "page"}
    assert told["entry"].startswith("[[source]]\n")
    assert schedules.read_text() == "# ours\n"


def test_another_than_the_best_can_be_taken(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    run("sources", "add", site.url, "--allow-private", "--yes", "--take", "2", "--name", "API")
    (source,) = read_sources(schedules)
    assert (source.kind, source.name) == ("wordpress", "API")
    assert isinstance(run("sources", "add", site.url, "--allow-private", "--take", "9").exception, InvalidInput)


@pytest.mark.parametrize("address", ["", "not a site", "ftp://example.org/feed", "mailto:desk@example.org, x"])
def test_what_is_no_address_is_refused_before_anybody_is_asked(schedules: Path, address: str) -> None:
    result = run("sources", "add", address)
    assert isinstance(result.exception, InvalidInput)
    assert "write it as https://" in str(result.exception)
    assert schedules.read_text() == "# ours\n"


def test_a_page_is_added_with_its_pattern_and_can_be_polled(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    run("sources", "add", site.url + "/", "--allow-private", "--yes", "--link-pattern", "/2026/*")
    (source,) = read_sources(schedules)
    assert (source.kind, source.link_pattern) == ("page", ("/2026/*",))
    migrate(make_services().engine)
    (polled,) = json.loads(run("sources", "poll", "--json").stdout)
    assert (polled["outcome"], polled["new"]) == ("fresh", 10)


def test_what_is_there_already_is_not_added_again(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    run("sources", "add", site.url, "--allow-private", "--yes")
    again = run("sources", "add", site.url, "--allow-private", "--yes")
    assert isinstance(again.exception, InvalidInput)
    assert len(read_sources(schedules)) == 1
    other = run("sources", "add", site.url + "/sitemap.xml", "--allow-private", "--yes", "--json", "--name", "Map")
    assert "is of the same site" in json.loads(other.stdout)["warnings"][0]
    assert len(read_sources(schedules)) == 2


def test_articles_that_another_source_brings_are_told(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    run("sources", "add", site.url, "--allow-private", "--yes")
    migrate(make_services().engine)
    run("sources", "poll")
    told = json.loads(run("sources", "add", f"{site.url}/sitemap.xml", "--allow-private", "--json").stdout)
    assert any("10 of its 12 articles are known from News" in warning for warning in told["warnings"])


def test_a_faulty_file_is_named_and_left(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    schedules.write_text("[[source]]\nurl = 3\n")
    result = run("sources", "add", site.url, "--allow-private", "--yes")
    assert isinstance(result.exception, ScheduleError)
    assert "sources.toml:2" in str(result.exception)
    assert schedules.read_text() == "[[source]]\nurl = 3\n"


def test_where_it_cannot_be_written_it_says_what_to_paste(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    schedules.unlink()
    schedules.parent.rmdir()
    result = run("sources", "add", site.url, "--allow-private", "--yes")
    assert isinstance(result.exception, UnwritableSources)
    assert f'Paste this into your sources.toml:\n\n[[source]]\nurl = "{site.url}/feed/"' in str(result.exception)


def test_bad_words_are_one_sentence(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    assert isinstance(run("sources", "add", "http://127.0.0.1:1/").exception, NothingFound)
    assert isinstance(run("sources", "add", site.url, "--allow-private", "--every", "often").exception, InvalidInput)
    assert isinstance(run("sources", "add", "two words").exception, InvalidInput)


def test_a_source_is_taken_out(site: Site, newsroom: Newsroom, schedules: Path) -> None:
    run("sources", "add", site.url, "--allow-private", "--yes")
    result = run("sources", "remove", "News", "--json")
    assert json.loads(result.stdout)["removed"] == site.url + "/feed/"
    assert read_sources(schedules) == []
    assert isinstance(run("sources", "remove", "News").exception, NotFound)


def test_requests_say_who_asks(site: Site, newsroom: Newsroom, look: Look) -> None:
    look(site.url)
    assert all("editor@example.org" in request.headers["user-agent"] for request in site.requests)
    assert isinstance(site.requests[0], Request)
