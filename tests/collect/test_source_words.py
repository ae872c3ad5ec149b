"""What `sitrep sources` says of sources to people: names, zones, first polls, and where there are none."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.collect.conftest import Site, feed, item
from tests.collect.newsroom import Newsroom
from worker.cli import app
from worker.errors import InvalidInput
from worker.migrations import migrate
from worker.services import make_services


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def schedules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SITREP_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SITREP_SCHEDULES_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    migrate(make_services().engine)
    (tmp_path / "sources.toml").write_text("# none yet\n")
    return tmp_path / "sources.toml"


def test_a_poll_tells_names_and_which_poll_was_a_first_one(site: Site, schedules: Path) -> None:
    url = site.serve("/feed/", feed(item(1)))
    schedules.write_text(f'[[source]]\nurl = "{url}"\nname = "Harbour"\nallow_private = true\n')
    first = run("sources", "poll")
    assert "Harbour  baseline  1" in first.stdout
    assert first.stderr.endswith("baseline: what a first poll finds is remembered, and sent to nobody\n")
    site.serve("/feed/", feed(item(1), item(2)))
    again = run("sources", "poll")
    assert "Harbour  fresh    1" in again.stdout
    assert "first poll" not in again.stderr
    (told,) = json.loads(run("sources", "poll", "--json").stdout)
    assert (told["name"], told["outcome"]) == ("Harbour", "unchanged")


def test_times_of_a_source_have_their_zone(site: Site, schedules: Path) -> None:
    url = site.serve("/feed/", feed(item(1)))
    schedules.write_text(f'[[source]]\nurl = "{url}"\nname = "Harbour"\nallow_private = true\n')
    run("sources", "poll")
    timed = [line for line in run("sources", "show", "Harbour").stdout.splitlines() if "poll" in line or "well" in line]
    assert len(timed) == 4
    assert all(line.endswith(" UTC") for line in timed), timed


def test_every_command_says_the_same_where_no_source_is_taken_up(schedules: Path) -> None:
    said = {run("sources", command).stdout for command in ("list", "health", "poll")}
    assert len(said) == 1
    assert "`sitrep sources add URL` names one" in said.pop()


def test_one_source_that_is_well_is_not_all_of_them(site: Site, schedules: Path) -> None:
    url = site.serve("/feed/", feed(item(1)))
    schedules.write_text(f'[[source]]\nurl = "{url}"\nallow_private = true\n')
    run("sources", "poll")
    assert run("sources", "health", "--troubled").stdout == "The only source is well.\n"


def test_posts_that_do_not_name_their_site_are_called_as_its_feed_is(
    site: Site, schedules: Path, now: datetime
) -> None:
    Newsroom(site, now, excerpts=True).publish(12)
    told = json.loads(run("sources", "add", site.url, "--allow-private", "--dry-run", "--json").stdout)
    assert told["proposal"]["kind"] == "wordpress"
    assert 'name = "News"' in told["entry"]


def test_an_interval_that_cannot_be_is_told_before_anything_is_asked(site: Site, schedules: Path) -> None:
    asked = run("sources", "add", site.url, "--allow-private", "--every", "30x")
    assert isinstance(asked.exception, InvalidInput)
    assert site.requests == []


def test_what_is_looked_at_has_its_zone(site: Site, schedules: Path, now: datetime) -> None:
    url = site.serve("/feed/", feed(item(1)))
    shown = run("sources", "add", url, "--allow-private", "--dry-run").stdout
    assert "newest (UTC)" in shown
    assert "published (UTC)" in shown


def test_a_source_without_any_article_is_told_as_that(site: Site, schedules: Path) -> None:
    url = site.serve("/feed/", feed())
    schedules.write_text(f'[[source]]\nurl = "{url}"\nname = "Harbour"\nallow_private = true\n')
    run("sources", "poll")
    told = run("sources", "health")
    assert told.exit_code == 0
    assert "Harbour: Well, as far as it answers: no article was found in it so far." in told.stdout
    site.serve("/feed/", feed(item(1)))
    run("sources", "poll")
    assert "no article was found" not in run("sources", "health").stdout


def test_articles_of_one_poll_are_listed_the_latest_published_first(site: Site, schedules: Path) -> None:
    url = site.serve("/feed/", feed(*(item(number) for number in (3, 2, 1))))
    schedules.write_text(f'[[source]]\nurl = "{url}"\nallow_private = true\n')
    run("sources", "poll")
    listed = json.loads(run("articles", "list", "--json").stdout)
    published = [one["published_at"] for one in listed]
    assert len(set(published)) == 3
    assert published == sorted(published, reverse=True)
