"""`sitrep sources` and `sitrep articles`, as scripts and people call them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.collect.conftest import LONG, Site, feed, item
from worker.cli import app
from worker.errors import InvalidInput, NotFound, UnusableDatabase
from worker.migrations import migrate
from worker.services import make_services

PAGE = f"<html lang='en'><title>Ships sail</title><article><h1>Ships sail</h1><p>One. {LONG}</p></article></html>"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation of its own, with its schedules directory."""
    monkeypatch.setenv("SITREP_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SITREP_SCHEDULES_DIR", str(tmp_path / "schedules"))
    monkeypatch.setenv("SITREP_DATABASE_URL", "")
    (tmp_path / "schedules").mkdir()
    return tmp_path


def test_parse_prints_one_object_for_each_file_and_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(feed(item(1)))
    (tmp_path / "b.xml.gz").write_bytes(gzip.compress(feed(item(1), item(2)).encode()))
    (tmp_path / "page.html").write_text("<html></html>")
    files = [str(tmp_path / name) for name in ("a.xml", "page.html", "none.xml", "b.xml.gz")]
    result = run("sources", "parse", "--json", *files)
    found = lines(result)
    assert result.exit_code == 1
    assert [one["file"] for one in found] == files
    assert [one["error"] for one in found] == [
        None,
        "not a feed: an HTML page",
        "cannot be read: No such file or directory",
        None,
    ]
    first = found[0]
    assert (first["format"], first["title"]) == ("rss20", "News")
    articles = first["articles"]
    assert isinstance(articles, list)
    wanted = {"external_id", "url", "title", "author", "published_at", "summary", "text", "categories"}
    assert wanted <= set(articles[0])


def test_parse_exits_0_when_all_is_well_and_shows_people_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(feed(item(1)))
    result = run("sources", "parse", str(tmp_path / "a.xml"))
    assert result.exit_code == 0
    assert "rss20, News, 1 article" in result.stdout
    assert "Headline 1" in result.stdout


def test_extract_prints_one_object_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "empty.html").write_text("")
    result = run("articles", "extract", "--json", str(tmp_path / "a.html.gz"), str(tmp_path / "empty.html"))
    good, bad = lines(result)
    assert result.exit_code == 1
    assert {"file", "title", "text", "author", "published_at", "language"} <= set(good)
    assert (good["title"], good["language"], good["error"]) == ("Ships sail", "en", None)
    assert str(good["text"]).startswith("One.")
    assert bad["error"] == "empty: the page holds nothing"


def test_sources_are_polled_and_listed(installation: Path, site: Site) -> None:
    url = site.serve("/feed/", feed(item(1)))
    (installation / "schedules" / "sources.toml").write_text(f'[[source]]\nurl = "{url}"\nallow_private = true\n')
    migrate(make_services().engine)
    (polled,) = json.loads(run("sources", "poll", "--json").stdout)
    assert (polled["outcome"], polled["new"], polled["baseline"]) == ("fresh", 1, True)
    (listed,) = json.loads(run("sources", "list", "--json").stdout)
    assert (listed["url"], listed["failures"]) == (url, 0)
    (article,) = json.loads(run("articles", "list", "--json").stdout)
    assert (article["title"], article["state"]) == ("Headline 1", "baseline")
    shown = json.loads(run("articles", "show", str(article["id"]), "--json").stdout)
    assert (shown["title"], shown["revisions"]) == ("Headline 1", [])
    assert "Headline 1" in run("articles", "show", str(article["id"])).stdout
    assert isinstance(run("articles", "show", "99").exception, NotFound)
    assert isinstance(run("sources", "poll", "nobody").exception, NotFound)


def test_a_text_that_is_not_whole_is_explained(installation: Path, site: Site) -> None:
    url = site.serve("/feed/", feed(item(1, text="In short.")))
    (installation / "schedules" / "sources.toml").write_text(f'[[source]]\nurl = "{url}"\nallow_private = true\n')
    made = make_services()
    migrate(made.engine)
    run("sources", "poll")
    told = run("articles", "list").stderr
    assert "excerpt: only what the source itself gave" in told
    assert "baseline: it was there at the first poll of its source" in told
    (article,) = json.loads(run("articles", "list", "--json").stdout)
    assert (article["text_state"], article["text_word"]) == ("pending", "excerpt")
    shown = run("articles", "show", str(article["id"])).stdout
    assert "text excerpt: only what the source itself gave" in shown
    site.serve("/feed/", feed(item(2, text="In short, too."), item(1, text="In short.")))
    run("sources", "poll")
    told = run("articles", "list").stderr
    assert "pending: the source gave an excerpt; the page is still to be fetched" in told
    assert "text pending: " in run("articles", "show", str(article["id"] + 1)).stdout


def test_a_source_is_named_by_number_name_or_address_everywhere(installation: Path, site: Site) -> None:
    url = site.serve("/feed/", feed(item(1)))
    other = site.serve("/other/", feed(item(2)))
    (installation / "schedules" / "sources.toml").write_text(
        "".join(
            f'[[source]]\nurl = "{address}"\nname = "{name}"\nallow_private = true\n'
            for address, name in ((url, "Harbour News"), (other, "Twin"), ("https://quiet.invalid/rss", "Twin"))
        )
    )
    migrate(make_services().engine)
    run("sources", "poll", url, other)
    for named in ("1", "Harbour News", "harbour news", url, url.removeprefix("http://"), url.removesuffix("/")):
        assert [one["title"] for one in json.loads(run("articles", "list", "--source", named, "--json").stdout)] == [
            "Headline 1"
        ], named
        assert json.loads(run("sources", "show", named, "--json").stdout)["url"] == url
    assert [one["title"] for one in json.loads(run("articles", "list", "--source", "Twin", "--json").stdout)] == [
        "Headline 2"
    ]
    assert (
        "no article of https://quiet.invalid/rss"
        in run("articles", "list", "--source", "https://quiet.invalid/rss").stdout.lower()
    )
    ambiguous = run("sources", "show", "Twin").exception
    assert isinstance(ambiguous, InvalidInput)
    assert "name one by its number: 2 (" in str(ambiguous)
    for unknown in ("99", "Habour News", "https://nowhere.example/", "http://[", "", "%", str(2**70)):
        for words in (("articles", "list", "--source"), ("sources", "show"), ("sources", "poll")):
            refused = run(*words, unknown).exception
            assert isinstance(refused, NotFound), (words, unknown)
            assert f"There is no source {unknown!r}" in str(refused)
    assert "Did you mean 'Harbour News'?" in str(run("sources", "show", "Habour News").exception)


def test_a_poll_that_fails_says_why_and_exits_1(installation: Path, site: Site) -> None:
    url = site.serve("/feed/", "gone", status=404)
    (installation / "schedules" / "sources.toml").write_text(f'[[source]]\nurl = "{url}"\nallow_private = true\n')
    migrate(make_services().engine)
    result = run("sources", "poll", "--json")
    assert result.exit_code == 1
    assert "status 404" in json.loads(result.stdout)[0]["error"]


def test_a_database_without_tables_is_one_sentence(installation: Path) -> None:
    raised = run("sources", "list").exception
    assert isinstance(raised, UnusableDatabase)
    assert "sitrep migrate" in str(raised)
