"""A burst longer than a source's listing: the gap is noticed, paged back and closed, or stays on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session
from typer.testing import CliRunner

from tests.collect.conftest import Answer, Request, Site, feed, item
from tests.collect.newsroom import Newsroom
from tests.collect.scene import HOUR, Scene, scene
from worker.cli import app
from worker.collect.fetch import Fetcher
from worker.collect.gaps import close_gap, open_gaps
from worker.collect.hosts import host_of
from worker.collect.poll import PollResult, poll_source
from worker.errors import NotFound
from worker.migrations import migrate
from worker.models import Article, Host, Source
from worker.services import make_services

__all__ = ["scene"]

Prepare = Callable[[Newsroom], None]


def closed_api(newsroom: Newsroom) -> None:
    newsroom.api_is_open = False


def silent_api(newsroom: Newsroom) -> None:
    newsroom.announces_api = False


def linked_pages(newsroom: Newsroom) -> None:
    """A feed that is no WordPress's, and links to its older pages (RFC 5005)."""
    newsroom.announces_api = False

    def answer(request: Request) -> Answer | None:
        if not request.path.startswith("/feed/"):
            return None
        page = int(request.path.partition("?at=")[2] or "1")
        shown = newsroom.standing()[(page - 1) * 10 : page * 10]
        link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="/feed/?at={page + 1}"/>'
        body = feed(*(newsroom._item(piece) for piece in shown))
        return Answer(200, body.replace("<item>", link + "<item>", 1).encode())

    newsroom.refuse = answer


@pytest.mark.parametrize("prepare", [lambda _: None, closed_api, linked_pages])
def test_a_burst_is_closed_by_whatever_way_the_source_gives(scene: Scene, prepare: Prepare) -> None:
    prepare(scene.newsroom)
    scene.add()
    scene.later()
    new = scene.newsroom.publish(35)
    burst = scene.poll()
    assert len(burst.new) == 10
    assert burst.gap_id is not None
    assert scene.close().done
    assert scene.collected() == [piece.title for piece in new]
    gap = scene.gap()
    assert (gap.closed_at, gap.next_at, gap.reason, gap.found) == (scene.now, None, "reached what was known", 25)
    scene.later()
    assert scene.poll().gap_id is None


def test_a_listing_that_overlaps_what_is_known_leaves_no_gap(scene: Scene) -> None:
    scene.add()
    scene.later()
    scene.newsroom.publish(9)
    assert scene.poll().gap_id is None
    assert open_gaps(scene.session, now=scene.now) == []


def test_a_first_poll_leaves_no_gap(scene: Scene) -> None:
    assert scene.add().gap_id is None


def test_the_baseline_and_what_was_before_it_are_not_taken_for_a_gap(scene: Scene) -> None:
    scene.newsroom.publish(40)
    scene.add()
    scene.later()
    new = scene.newsroom.publish(13)
    scene.poll()
    scene.close()
    assert scene.collected() == [piece.title for piece in new]


def test_a_rest_source_pages_through_its_own_posts(scene: Scene) -> None:
    scene.add("/wp-json/wp/v2/posts", kind="wordpress")
    scene.later(3)
    new = scene.newsroom.publish(130)
    assert len(scene.poll().new) == 100  # the newest, and those edited since
    assert scene.close().done
    assert scene.collected() == [piece.title for piece in new]
    assert scene.gap().pages == 3


def test_a_source_that_gives_no_way_back_keeps_its_gap_on_record(scene: Scene) -> None:
    silent_api(scene.newsroom)
    scene.add()
    before = scene.now
    scene.later()
    new = scene.newsroom.publish(12)
    assert scene.poll().gap_id is None
    gap = scene.gap()
    assert (gap.next_at, gap.closed_at, gap.from_at) == (None, None, before)
    assert gap.to_at == new[2].published
    assert "no way" in (gap.reason or "")


def test_a_source_that_ignores_the_page_is_given_up(scene: Scene) -> None:
    scene.newsroom.api_is_open = scene.newsroom.pages_feed = False
    scene.add()
    scene.later()
    scene.newsroom.publish(12)
    scene.poll()
    scene.close()
    assert scene.gap().next_at is None
    assert "the same page again and again" in (scene.gap().reason or "")
    assert len(scene.collected()) == 10


def test_a_page_that_fails_is_asked_for_later_and_nothing_is_lost(scene: Scene) -> None:
    scene.add()
    scene.later(3)
    new = scene.newsroom.publish(130)
    scene.poll()
    assert scene.step().again_now
    scene.newsroom.refuse = lambda _: Answer(503, b"", {"Retry-After": "1200"})
    assert not scene.step().done
    assert scene.gap().next_at == scene.now + timedelta(minutes=20)
    scene.newsroom.refuse = lambda _: None
    scene.later()
    scene.newsroom.publish(2)
    scene.close()
    assert set(scene.collected()) >= {piece.title for piece in new}
    assert scene.gap().closed_at == scene.now


def test_a_source_that_fails_for_a_day_has_its_gap_given_up(scene: Scene) -> None:
    scene.add()
    scene.later()
    scene.newsroom.publish(12)
    scene.poll()
    scene.newsroom.refuse = lambda _: Answer(500)
    while open_gaps(scene.session, now=scene.now):
        scene.step()
        scene.later(13)
    gap = scene.gap()
    assert (gap.next_at, gap.closed_at) == (None, None)
    assert "status 500" in (gap.reason or "")


def test_a_second_burst_makes_the_gap_longer(scene: Scene) -> None:
    scene.add()
    scene.later()
    scene.newsroom.publish(15)
    scene.newsroom.refuse = lambda request: None if request.path == "/feed/" else Answer(500)
    scene.poll()
    scene.step()
    scene.later()
    scene.newsroom.publish(15)
    scene.poll()
    scene.newsroom.refuse = lambda _: None
    scene.close()
    assert scene.collected() == [piece.title for piece in scene.newsroom.pieces[12:]]
    assert scene.gap().reason == "reached what was known"


def test_a_gap_is_closed_once_however_often_it_is_asked(scene: Scene) -> None:
    scene.add()
    scene.later()
    scene.newsroom.publish(15)
    gap_id = scene.poll().gap_id
    assert gap_id is not None
    scene.close()
    asked = len(scene.site.requests)
    again = close_gap(scene.session, gap_id, fetcher=scene.fetcher, reader=scene.reader, now=scene.now)
    assert (again.new, len(scene.site.requests)) == ([], asked)
    with pytest.raises(NotFound, match="sitrep sources show"):
        close_gap(scene.session, 99, fetcher=scene.fetcher, reader=scene.reader, now=scene.now)


def test_a_poll_in_the_middle_of_closing_stores_nothing_twice(scene: Scene) -> None:
    scene.add()
    scene.later()
    new = scene.newsroom.publish(30)
    scene.poll()
    polled: list[PollResult] = []

    def meanwhile(request: Request) -> Answer | None:
        if request.path.startswith("/wp-json") and not polled:
            with Session(scene.session.get_bind()) as other:
                source_id = other.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
                polled.append(
                    poll_source(other, source_id, fetcher=scene.fetcher, reader=scene.reader, now=scene.now, force=True)
                )
        return None

    scene.newsroom.refuse = meanwhile
    scene.close()
    assert polled[0].outcome is None
    assert scene.collected() == [piece.title for piece in new]


def test_a_category_feed_is_not_filled_up_from_the_whole_site(scene: Scene) -> None:
    def category(request: Request) -> Answer | None:
        if not request.path.startswith("/category/navy/feed/"):
            return None
        return scene.newsroom.answer(Request(request.path.replace("/category/navy", ""), request.headers))

    scene.newsroom.refuse = category
    scene.add("/category/navy/feed/")
    scene.later()
    scene.newsroom.publish(12)
    scene.poll()
    scene.close()
    assert not [request.path for request in scene.site.requests if request.path.startswith("/wp-json")]
    assert len(scene.collected()) == 12


def test_a_gap_of_a_feed_and_its_rest_api_brings_no_revisions(scene: Scene) -> None:
    scene.newsroom.excerpts = True
    scene.add(full_text="auto")
    scene.later()
    scene.newsroom.publish(12)
    scene.poll()
    scene.close()
    revisions = {row.revision for row in scene.session.scalars(select(Article))}
    assert revisions == {1}
    for piece in scene.newsroom.pieces[-4:]:
        piece.standing = False  # older ones move up into the feed again, as the feed tells them
    scene.later()
    assert (scene.poll().revised, scene.poll().new) == ([], [])


def test_what_moves_up_when_others_are_withdrawn_is_no_news(scene: Scene) -> None:
    scene.add()
    scene.later()
    for piece in scene.newsroom.pieces[-3:]:
        piece.standing = False
    assert len(scene.poll().new) == 0
    assert scene.collected() == []
    fresh = scene.newsroom.publish(1)
    scene.later()
    scene.poll()
    assert scene.collected() == [fresh[0].title]


def test_an_article_dated_back_is_news_all_the_same(scene: Scene) -> None:
    scene.add()
    scene.later()
    (late,) = scene.newsroom.publish(1)
    late.published -= 3 * HOUR + timedelta(minutes=5)
    scene.poll()
    assert scene.collected() == [late.title]


def without_dates(scene: Scene) -> None:
    def undated(request: Request) -> Answer | None:
        if not request.path.startswith("/feed/"):
            return None
        page = int(request.path.partition("paged=")[2] or "1")
        shown = scene.newsroom.standing()[(page - 1) * 10 : page * 10]
        items = (item(p.key, title=p.title, guid=p.guid, link=scene.site.url + p.path, text=p.text) for p in shown)
        bare = [one[: one.index("<pubDate>")] + one[one.index("</pubDate>") + 10 :] for one in items]
        return Answer(200, feed(*bare).replace("<item>", "<generator>WordPress</generator><item>", 1).encode())

    scene.newsroom.refuse = undated
    scene.newsroom.announces_api = False


def test_items_without_dates_are_paged_back_too(scene: Scene) -> None:
    without_dates(scene)
    scene.add()
    scene.later()
    new = scene.newsroom.publish(25)
    scene.poll()
    assert scene.close().reason == "reached what was known"
    assert set(scene.collected()) >= {piece.title for piece in new}
    assert len(scene.collected()) == 25


def test_commands_show_what_could_not_be_closed(
    site: Site, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITREP_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SITREP_SCHEDULES_DIR", str(tmp_path / "schedules"))
    monkeypatch.setenv("SITREP_DATABASE_URL", "")
    (tmp_path / "schedules").mkdir()
    entry = f'[[source]]\nurl = "{site.url}/feed/"\nname = "News"\nallow_private = true\nfull_text = "feed"\n'
    (tmp_path / "schedules" / "sources.toml").write_text(entry)
    migrate(make_services().engine)
    newsroom = Newsroom(site, datetime.now(UTC) - 9 * HOUR)
    newsroom.publish(12)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["sources", *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    run("poll")
    newsroom.now += 4 * HOUR
    newsroom.publish(25)
    (polled,) = json.loads(run("poll", "--json"))
    assert polled["new"] == 25
    (gap,) = json.loads(run("show", "News", "--json"))["gaps"]
    assert (gap["state"], gap["found"], gap["reason"]) == ("closed", 15, "reached what was known")
    assert "15 articles found on 1 older pages" in run("show", "1")
    newsroom.api_is_open = newsroom.pages_feed = False
    newsroom.now += 4 * HOUR
    newsroom.publish(25)
    run("poll")
    (listed,) = json.loads(run("list", "--json"))
    assert listed["gaps"] == "1 left"
    assert "not all of it could be had" in run("show", "News")
    assert isinstance(CliRunner().invoke(app, ["sources", "show", "nobody"]).exception, NotFound)


def test_a_host_that_asks_for_rest_while_it_is_paged_back_is_left_alone(scene: Scene) -> None:
    scene.newsroom.api_is_open = False
    scene.add()
    scene.later()
    scene.newsroom.publish(35)
    scene.poll()
    scene.step()  # the way through the API is refused
    scene.newsroom.refuse = lambda _: Answer(429, headers={"Retry-After": "1800"})
    scene.step()
    host = scene.session.get_one(Host, host_of(scene.site.url), populate_existing=True)
    assert host.free_at == scene.now + timedelta(minutes=30)


def test_a_host_that_hangs_while_it_is_paged_back_gets_few_threads(scene: Scene) -> None:
    scene.add()
    scene.later()
    scene.newsroom.publish(35)
    scene.poll()
    scene.newsroom.refuse = lambda _: Answer(hangs=20)
    with Fetcher(contact="editor@example.org", pause=0, max_seconds=0.3) as hasty:
        (gap_id,) = open_gaps(scene.session, now=scene.now)
        close_gap(scene.session, gap_id, fetcher=hasty, reader=scene.reader, now=scene.now)
    host = scene.session.get_one(Host, host_of(scene.site.url), populate_existing=True)
    assert host.slow == 1


def test_an_archive_without_dates_is_not_paged_back_to_its_end(scene: Scene) -> None:
    without_dates(scene)
    scene.add()
    scene.later()
    scene.newsroom.publish(100)
    scene.poll()
    assert scene.close().reason == "5 pages bear no dates: what was missed looks like the archive"
    assert len(scene.collected()) == 50
