"""Article pages: in turn, and where robots.txt allows them. Feeds that operators name are fetched whatever it says."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.collect.conftest import InProcess, Site, feed, item
from worker.collect.fetch import Fetcher
from worker.collect.full_text import TextOutcome, articles_needing_text, check_withdrawn, fetch_full_text
from worker.collect.hosts import host_of, take_turn
from worker.collect.poll import poll_source
from worker.collect.sources import due_sources, sync_sources
from worker.collect.visits import Disallowed, NoRobots, NotYet, Visits
from worker.models import Article, Host, Source, TextState
from worker.schedules.sources import SourceDefinition

HOUR = timedelta(hours=1)
PAGE = "<html><body><article><p>" + "The patrol went north and met nobody. " * 40 + "</p></article></body></html>"


@pytest.fixture
def pending(session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime) -> int:
    """An article whose feed gave an excerpt; its page is /1/."""
    site.serve("/1/", PAGE)
    url = site.serve("/feed/", feed(item(1, text="Excerpt […]", link=site.url + "/1/")))
    sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True, release_baseline=True)], now=now)
    source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
    (article_id,) = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now).needing_text
    return int(article_id)


def visits(session: Session, fetcher: Fetcher, now: datetime) -> Visits:
    return Visits(fetcher, session, now=now)


def test_a_page_that_robots_txt_forbids_leaves_the_summary_and_the_reason(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/robots.txt", "User-agent: Sitrep\nDisallow: /1/")
    result = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    article = session.get_one(Article, pending, populate_existing=True)
    assert result.outcome is TextOutcome.MISSING
    assert (article.text_state, article.text) == (TextState.MISSING, "Excerpt […]")
    assert article.text_reason == f"robots.txt of 127.0.0.1 does not allow Sitrep to fetch {site.url}/1/"
    assert site.asked_for("/1/") == 0
    assert articles_needing_text(session, now=now + HOUR) == []


def test_a_feed_that_an_operator_names_is_fetched_whatever_robots_txt_says(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /")
    url = site.serve("/feed/", feed(item(1)))
    sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True)], now=now)
    source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
    assert len(poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now).new) == 1
    assert site.asked_for("/robots.txt") == 0


def test_robots_txt_is_asked_for_once_a_day(session: Session, site: Site, fetcher: Fetcher, now: datetime) -> None:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /private/\nCrawl-delay: 4")
    url = site.serve("/1/", PAGE)
    for hours in (0, 1, 23):
        visits(session, fetcher, now + hours * HOUR).get(url, allow_private=True)
    assert site.asked_for("/robots.txt") == 1
    assert session.get_one(Host, host_of(url)).crawl_delay == 4.0
    session.commit()
    visits(session, fetcher, now + 24 * HOUR).get(url, allow_private=True)
    assert site.asked_for("/robots.txt") == 2


def test_while_robots_txt_fails_a_page_is_tried_again_and_not_fetched(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/robots.txt", "", status=500)
    result = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    assert (result.outcome, site.asked_for("/1/")) == (TextOutcome.LATER, 0)
    with pytest.raises(NoRobots):
        visits(session, fetcher, now).get(site.url + "/1/", allow_private=True)
    site.serve("/robots.txt", "", status=404)
    later = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now + HOUR)
    assert later.outcome is TextOutcome.WHOLE


def test_a_page_waits_while_another_worker_is_at_its_host_and_that_is_no_try(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    take_turn(session, host_of(site.url), now=now)
    session.commit()
    for _ in range(6):
        result = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
        assert result.outcome is TextOutcome.LATER
    with pytest.raises(NotYet):
        check_withdrawn(session, pending, fetcher=fetcher, now=now)
    assert len(site.requests) == 1, "the feed"
    assert (
        fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now + HOUR).outcome is TextOutcome.WHOLE
    )


def test_a_source_is_left_due_while_another_worker_is_at_its_host(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    url = site.serve("/feed/", feed(item(1)))
    sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True)], now=now)
    source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
    take_turn(session, host_of(url), now=now)
    session.commit()
    assert poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now).outcome is None
    assert due_sources(session, now=now) == [source_id]
    forced = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now, force=True)
    assert forced.outcome == "fresh", "an operator's word goes before"


def test_a_page_that_a_redirect_led_to_is_not_used_where_its_host_forbids_it(
    session: Session, site: Site, fetcher: Fetcher, now: datetime
) -> None:
    other = Site()
    try:
        other.serve("/robots.txt", "User-agent: *\nDisallow: /")
        url = site.serve("/short", "", status=301, Location=other.serve("/1/", PAGE))
        with pytest.raises(Disallowed):
            visits(session, fetcher, now).get(url, allow_private=True)
    finally:
        other.close()


def test_a_host_that_never_answers_is_noted_as_slow(session: Session, now: datetime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Fetcher(contact="c", max_seconds=0.2) as hasty:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/1/"
        with pytest.raises(NoRobots):
            visits(session, hasty, now).get(url, allow_private=True)
        assert session.get_one(Host, host_of(url)).slow == 1


def test_a_redirect_within_a_host_obeys_its_robots_txt_too(
    session: Session, site: Site, fetcher: Fetcher, now: datetime
) -> None:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /members/")
    site.serve("/members/1/", PAGE)
    with pytest.raises(Disallowed, match="/members/1/"):
        visits(session, fetcher, now).get(site.serve("/1/", "", status=302, Location="/members/1/"), allow_private=True)
