"""Polling a source, end to end over HTTP on loopback, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from tests.collect.conftest import LONG, Answer, InProcess, Request, Site, feed, item
from worker.collect.fetch import Fetched, Fetcher
from worker.collect.poll import PollResult, poll_source
from worker.collect.rhythm import Outcome
from worker.collect.sources import due_sources, poll_address, sync_sources
from worker.errors import NotFound
from worker.models import Article, ArticleRevision, Source
from worker.schedules.sources import SourceDefinition

HOUR = timedelta(hours=1)
Poll = Callable[..., PollResult]


def define(url: str, **given: Any) -> SourceDefinition:
    return SourceDefinition(url=url, name="News", **{"allow_private": True, "full_text": "feed", **given})


@pytest.fixture
def source(session: Session, site: Site, now: datetime) -> int:
    """A source whose first poll is behind it: articles 1 and 2 are its baseline."""
    site.serve("/feed/", feed(item(1), item(2)))
    sync_sources(session, [define(site.url + "/feed/")], now=now)
    return session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def poll(session: Session, source: int, fetcher: Fetcher, reader: InProcess, now: datetime) -> Poll:
    """Poll the source so many hours after the first poll, which is done."""

    def at(hours: float, **given: Any) -> PollResult:
        return poll_source(session, source, fetcher=fetcher, reader=reader, now=now + hours * HOUR, **given)

    first = at(0)
    assert first.baseline
    return at


def titles(session: Session) -> list[str]:
    return list(session.execute(select(Article.title).order_by(Article.id)).scalars())  # type: ignore[call-overload]


def article(session: Session, title: str) -> Article:
    session.expire_all()
    return session.execute(select(Article).where(Article.title == title)).scalar_one()  # type: ignore[arg-type]


def test_a_first_poll_is_a_baseline_that_nobody_gets(session: Session, poll: Poll) -> None:
    stored = session.execute(select(Article)).scalars().all()
    assert [one.baseline for one in stored] == [True, True]
    assert {one.withheld_reason for one in stored} == {"baseline"}


def test_a_first_poll_that_failed_is_not_the_baseline(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, source: int
) -> None:
    site.serve("/feed/", "down", status=503)
    poll_source(session, source, fetcher=fetcher, reader=reader, now=now)
    site.serve("/feed/", feed(item(1)))
    later = poll_source(session, source, fetcher=fetcher, reader=reader, now=now + 24 * HOUR)
    assert later.baseline
    assert titles(session) == ["Headline 1"]


def test_the_baseline_is_sent_where_the_source_says_so(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    url = site.serve("/feed/", feed(item(1)))
    sync_sources(session, [define(url, release_baseline=True)], now=now)
    (source_id,) = due_sources(session, now=now)
    result = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now)
    one = article(session, "Headline 1")
    assert (result.baseline, one.baseline, one.withheld_reason) == (False, False, None)
    assert result.to_match == [one.id]


def test_a_second_poll_adds_nothing(session: Session, poll: Poll) -> None:
    again = poll(1)
    assert (again.outcome, again.new, again.revised) == (Outcome.UNCHANGED, [], [])
    assert titles(session) == ["Headline 1", "Headline 2"]


def test_a_new_article_is_stored_once_and_handed_on(session: Session, site: Site, poll: Poll, now: datetime) -> None:
    site.serve("/feed/", feed(item(3), item(1), item(2)))
    result = poll(1)
    assert result.new == result.to_match == [article(session, "Headline 3").id]
    assert not article(session, "Headline 3").baseline
    assert article(session, "Headline 3").first_seen_at == now + HOUR
    assert poll(2).new == []


def test_an_edited_article_is_a_revision_that_keeps_what_was_said(session: Session, site: Site, poll: Poll) -> None:
    site.serve("/feed/", feed(item(3)))
    poll(1)
    one = article(session, "Headline 3")
    one.matched_at = one.first_seen_at
    session.commit()
    site.serve("/feed/", feed(item(3, title="Headline 3, corrected", text=f"Corrected. {LONG}")))
    result = poll(2)
    edited = article(session, "Headline 3, corrected")
    assert (result.new, result.revised, edited.revision) == ([], [one.id], 2)
    assert edited.matched_at is None
    (kept,) = session.execute(select(ArticleRevision)).scalars()
    assert (kept.revision, kept.title, kept.changed) == (1, "Headline 3", ["title", "text"])


def test_a_released_article_keeps_its_matches_when_it_is_edited(session: Session, site: Site, poll: Poll) -> None:
    site.serve("/feed/", feed(item(3)))
    poll(1)
    one = article(session, "Headline 3")
    one.released_at = one.matched_at = one.first_seen_at
    session.commit()
    site.serve("/feed/", feed(item(3, title="Later")))
    assert poll(2).to_match == []
    assert article(session, "Later").matched_at is not None


def test_an_article_about_no_topic_gets_a_second_look_when_it_is_edited(
    session: Session, site: Site, poll: Poll
) -> None:
    site.serve("/feed/", feed(item(3)))
    poll(1)
    article(session, "Headline 3").withheld_reason = "no_topic"
    session.commit()
    site.serve("/feed/", feed(item(3, title="Drone strike")))
    poll(2)
    assert article(session, "Drone strike").withheld_reason is None


def test_a_guid_that_flips_to_https_is_the_same_article(session: Session, site: Site, poll: Poll) -> None:
    site.serve("/feed/", feed(item(1, guid="http://news.example/?p=1"), item(2)))
    result = poll(1)
    assert (result.new, result.revised, result.unchanged) == ([], [], 2)


def test_a_headline_in_the_guid_does_not_make_an_edited_title_a_new_article(
    session: Session, site: Site, poll: Poll
) -> None:
    site.serve("/feed/", feed(item(3, guid="Headline 3")))
    poll(1)
    for hour, title in ((2, "Other words"), (3, "Yet others")):
        site.serve("/feed/", feed(item(3, guid=title, title=title)))
        result = poll(hour)
        assert (len(result.new), len(result.revised)) == (0, 1)
    assert article(session, "Yet others").revision == 3


def test_validators_are_sent_and_304_is_success(session: Session, site: Site, poll: Poll, source: int) -> None:
    def conditional(request: Request) -> Answer:
        if request.headers.get("if-none-match") == '"v1"':
            return Answer(304)
        return Answer(200, feed(item(1)).encode(), {"ETag": '"v1"'})

    site.serve_with("/feed/", conditional)
    assert poll(1).outcome is Outcome.FRESH
    assert poll(2).outcome is Outcome.UNCHANGED
    kept = session.get(Source, source)
    assert kept is not None
    assert (kept.etag, kept.failures, kept.last_status) == ('"v1"', 0, 304)


def test_once_a_day_the_whole_document_is_asked_for(site: Site, poll: Poll) -> None:
    site.serve("/feed/", feed(item(1)), ETag='"v1"')
    poll(1)
    poll(2)
    poll(26)
    assert [request.headers.get("if-none-match") for request in site.requests[-3:]] == [None, '"v1"', None]


def test_validators_of_what_could_not_be_parsed_are_not_kept(
    session: Session, site: Site, poll: Poll, source: int
) -> None:
    site.serve("/feed/", "<html><body>Maintenance</body></html>", ETag='"broken"')
    result = poll(1)
    assert result.outcome is Outcome.UNUSABLE
    assert "not a feed: an HTML page" in (result.error or "")
    kept = session.get(Source, source)
    assert kept is not None
    assert (kept.etag, kept.failures) == (None, 1)


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_no_error_disables_a_source(session: Session, site: Site, poll: Poll, now: datetime, status: int) -> None:
    site.serve("/feed/", "", status=status)
    for hours in (1, 30, 60):
        poll(hours)
    site.serve("/feed/", feed(item(3)))
    assert len(due_sources(session, now=now + timedelta(days=30))) == 1
    assert len(poll(24 * 30).new) == 1


def test_retry_after_is_honoured(site: Site, poll: Poll, now: datetime) -> None:
    site.serve("/feed/", "", status=429, Retry_After="7200")
    assert poll(1).next_poll_at == now + 3 * HOUR


def test_a_source_that_is_not_due_is_left_alone(
    session: Session, site: Site, poll: Poll, source: int, now: datetime
) -> None:
    asked = len(site.requests)
    assert poll(0.01).outcome is None
    assert len(site.requests) == asked
    assert poll(0.01, force=True).outcome is Outcome.UNCHANGED
    assert due_sources(session, now=now + timedelta(minutes=1)) == []
    assert due_sources(session, now=now + HOUR) == [source]


def test_two_pollers_do_nothing_twice(
    engine: Engine, session: Session, site: Site, fetcher: Fetcher, reader: InProcess, source: int, now: datetime
) -> None:
    second: list[PollResult] = []

    def meanwhile(_: Request) -> Answer:
        with Session(engine) as other:
            second.append(poll_source(other, source, fetcher=fetcher, reader=reader, now=now))
        return Answer(200, feed(item(1)).encode())

    site.serve_with("/feed/", meanwhile)
    first = poll_source(session, source, fetcher=fetcher, reader=reader, now=now)
    assert (len(first.new), second[0].outcome) == (1, None)
    assert titles(session) == ["Headline 1"]


def test_a_poller_that_was_overtaken_stores_nothing(
    engine: Engine, session: Session, site: Site, fetcher: Fetcher, reader: InProcess, source: int, now: datetime
) -> None:
    answers = [feed(item(1)), feed(item(1), item(2))]

    def slowly(_: Request) -> Answer:
        body = answers.pop()
        if answers:  # the first poller's lease runs out while it waits, and another one polls
            with Session(engine) as other:
                poll_source(other, source, fetcher=fetcher, reader=reader, now=now + HOUR)
        return Answer(200, body.encode())

    site.serve_with("/feed/", slowly)
    assert poll_source(session, source, fetcher=fetcher, reader=reader, now=now).outcome is None
    assert titles(session) == ["Headline 1"]


def test_no_transaction_is_open_while_the_network_is_asked(
    session: Session, fetcher: Fetcher, reader: InProcess, source: int, now: datetime
) -> None:
    open_then: list[bool] = []

    class Watching:
        def get(self, url: str, **given: Any) -> Fetched:
            open_then.append(session.in_transaction())
            return fetcher.get(url, **given)

    poll_source(session, source, fetcher=Watching(), reader=reader, now=now)
    assert open_then == [False]


def test_a_private_address_is_refused_unless_the_source_allows_it(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    url = site.serve("/feed/", feed(item(1)))
    sync_sources(session, [define(url, allow_private=False)], now=now)
    (source_id,) = due_sources(session, now=now)
    result = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now)
    assert result.outcome is Outcome.REFUSED
    assert "allow_private = true" in (result.error or "")
    assert site.requests == []


def test_an_unknown_source_is_named(session: Session, fetcher: Fetcher, now: datetime) -> None:
    with pytest.raises(NotFound, match="sitrep sources list"):
        poll_source(session, 99, fetcher=fetcher, now=now)


def test_a_document_that_is_cut_off_stores_whole_articles_only(session: Session, site: Site, poll: Poll) -> None:
    whole = feed(item(3), item(4))
    site.serve("/feed/", whole[: whole.index("Article 4") + 100])
    poll(1)
    assert titles(session)[2:] == ["Headline 3"]
    site.serve("/feed/", whole)
    assert len(poll(2).new) == 1
    assert article(session, "Headline 4").revision == 1


def test_an_article_taken_out_is_reported_missing(session: Session, site: Site, poll: Poll) -> None:
    items = {day: item(day, published=datetime(2026, 2, day, tzinfo=UTC)) for day in range(3, 12)}
    site.serve("/feed/", feed(*items.values()))
    assert poll(1).missing == [article(session, f"Headline {number}").id for number in (2, 1)]
    for number in (1, 2):
        article(session, f"Headline {number}").withdrawn_at = datetime(2026, 3, 2, tzinfo=UTC)
        session.commit()
    del items[9]
    site.serve("/feed/", feed(*items.values()))
    assert poll(2).missing == [article(session, "Headline 9").id]


def test_the_same_text_from_two_sources_is_one_story(
    session: Session, site: Site, poll: Poll, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    other = site.serve("/wire/", feed())
    sync_sources(session, [define(site.url + "/feed/"), define(other)], now=now)
    wire = session.execute(select(Source.id).where(Source.url == other)).scalar_one()  # type: ignore[call-overload]
    poll_source(session, wire, fetcher=fetcher, reader=reader, now=now)
    site.serve("/feed/", feed(item(3), item(4)))
    poll(1)
    site.serve("/wire/", feed(item(9, title="Headline 3", text=f"Article 3. {LONG}")))
    poll_source(session, wire, fetcher=fetcher, reader=reader, now=now + 2 * HOUR)
    stories = session.execute(select(Article.story_id).where(Article.title == "Headline 3")).scalars().all()  # type: ignore[call-overload]
    assert len(stories) == 2
    assert len(set(stories)) == 1
    assert stories[0] is not None
    assert article(session, "Headline 4").story_id not in stories


def test_a_move_is_followed_only_once_it_is_proven(
    session: Session, site: Site, poll: Poll, source: int, now: datetime
) -> None:
    site.serve("/new/", feed(item(1)))
    site.serve("/feed/", "", status=301, Location="/new/")
    poll(1)
    kept = session.get(Source, source)
    assert kept is not None
    assert kept.moved_to == site.url + "/new/"
    assert poll_address(kept, now=now + timedelta(days=6)) == site.url + "/feed/"
    assert poll_address(kept, now=now + timedelta(days=8)) == site.url + "/new/"
    poll(24 * 9)
    assert site.requests[-1].path == "/new/"
    site.serve("/feed/", feed(item(1)))
    kept.moved_to = None
    assert poll_address(kept, now=now) == site.url + "/feed/"


def test_a_move_that_is_taken_back_is_forgotten(session: Session, site: Site, poll: Poll, source: int) -> None:
    site.serve("/new/", feed(item(1)))
    site.serve("/feed/", "", status=301, Location="/new/")
    poll(1)
    site.serve("/feed/", feed(item(1)))
    poll(2)
    kept = session.get(Source, source)
    assert kept is not None
    assert kept.moved_to is None


def test_a_source_no_longer_named_is_not_polled_and_keeps_its_articles(
    session: Session, poll: Poll, source: int, now: datetime, site: Site
) -> None:
    assert sync_sources(session, [], now=now).retired == 1
    assert due_sources(session, now=now + 24 * HOUR) == []
    assert poll(24).outcome is None
    assert len(titles(session)) == 2
    sync_sources(session, [define(site.url + "/feed/")], now=now + HOUR)
    assert due_sources(session, now=now + HOUR) == [source]


def test_a_changed_definition_changes_the_source(session: Session, site: Site, source: int, now: datetime) -> None:
    result = sync_sources(session, [define(site.url + "/feed/", every=timedelta(hours=2), full_text="page")], now=now)
    kept = session.get(Source, source)
    assert kept is not None
    assert (result.added, result.changed, kept.interval_seconds, kept.full_text) == (0, 1, 7200, "page")


def test_the_captured_wordpress_feeds_are_stored_once_with_all_their_articles(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, captured: Path
) -> None:
    paths = sorted((captured / "feeds").glob("kagi_wp_*.xml"))
    definitions = [define(site.serve(f"/{path.stem}/", path.read_bytes())) for path in paths]
    sync_sources(session, definitions, now=now)
    total = 0
    for hours in (0, 24):
        for source_id in due_sources(session, now=now + hours * HOUR):
            result = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now + hours * HOUR)
            assert result.error is None
            total += len(result.new)
            assert result.revised == []
    stored = session.execute(select(func.count()).select_from(Article)).scalar_one()
    assert total == stored >= 250
