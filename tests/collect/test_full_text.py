"""The page of an article whose feed gave an excerpt."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.collect.conftest import LONG, InProcess, Site, feed, item
from worker.collect.documents import ExtractedPage, ParsedArticle
from worker.collect.excerpt import is_excerpt, needs_page
from worker.collect.fetch import Fetcher
from worker.collect.full_text import MAX_TRIES, TextOutcome, articles_needing_text, check_withdrawn, fetch_full_text
from worker.collect.other_page import why_another
from worker.collect.poll import poll_source
from worker.collect.sources import sync_sources
from worker.collect.stories import join_stories
from worker.models import Article, Source, TextState
from worker.schedules.sources import SourceDefinition

PAGE = f"""<html lang="en"><head><title>Headline 1 - News</title></head><body><nav><a href="/">Drones</a></nav>
<article><h1>Headline 1</h1><p>Page text. {LONG}</p><p>Second. {LONG}</p></article>
<div class="related-posts"><h4>Related Posts</h4>
<p>Arctic news of another day, told at some length here.</p></div></body></html>"""


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("Short.", True),
        (f"{LONG} The ministry said […]", True),
        (f"{LONG} The ministry said…", True),
        (f"{LONG} Continue reading Headline 1 →", True),
        (f"{LONG} Read more", True),
        (f"{LONG} The ministry said so.", False),
        (f"{LONG} He trailed off… then went on.", False),
        (f"{LONG} {LONG} {LONG} {LONG} {LONG} and so on...", False),
        ("", True),
    ],
)
def test_excerpts_are_recognised(text: str, excerpt: bool) -> None:
    assert is_excerpt(text) is excerpt


@pytest.mark.parametrize(
    ("choice", "text", "needed"),
    [("auto", "Short.", True), ("auto", LONG, False), ("feed", "Short.", False), ("page", LONG, True)],
)
def test_the_source_chooses_where_text_comes_from(choice: str, text: str, needed: bool) -> None:
    article = ParsedArticle(external_id="1", url="https://news.example/1/", title="T", text=text)
    assert needs_page(article, full_text=choice) is needed


def test_an_article_without_an_address_needs_no_page() -> None:
    assert not needs_page(ParsedArticle(external_id="1", url="", title="T"), full_text="page")


@pytest.fixture
def pending(session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime) -> int:
    """An article whose feed gave an excerpt; its page is /1/."""
    url = site.serve("/feed/", feed(item(1, text="Excerpt […]", link=site.url + "/1/")))
    sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True, release_baseline=True)], now=now)
    source = session.execute(select(Source)).scalar_one()
    (article_id,) = poll_source(session, source.id, fetcher=fetcher, reader=reader, now=now).needing_text
    return article_id


def stored(session: Session, article_id: int) -> Article:
    session.expire_all()
    article = session.get(Article, article_id)
    assert article is not None
    return article


def test_the_pages_text_takes_the_excerpts_place(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", PAGE)
    assert articles_needing_text(session, now=now) == [pending]
    result = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    article = stored(session, pending)
    assert (result.outcome, article.text_state) == (TextOutcome.WHOLE, TextState.WHOLE)
    assert article.text.startswith("Page text.")
    assert "Arctic" not in article.text
    assert "Drones" not in article.text
    assert (article.title, article.summary, article.language) == ("Headline 1", "Excerpt […]", "en")
    assert articles_needing_text(session, now=now + timedelta(days=1)) == []


def test_what_the_feed_did_not_tell_comes_from_the_page(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    told = (
        "<meta property='article:content_tier' content='locked'><meta property='article:section' content='Sea'>"
        f"<link rel='canonical' href='{site.url}/one/?utm_source=x'>"
    )
    site.serve("/1/", PAGE.replace("<title>", f"{told}<title>"))
    assert not stored(session, pending).paywalled
    fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    article = stored(session, pending)
    assert (article.paywalled, article.categories) == (True, ["Sea"])
    assert (article.page_url, article.url) == (f"{site.url}/one/", f"{site.url}/1/")


def test_a_page_finds_its_story_when_it_comes_and_takes_nothing_back(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", PAGE)
    released = stored(session, pending)
    released.released_at, released.release_number = now, 1
    other = Source(url="https://wire.example/feed/", name="Wire")
    session.add(other)
    session.flush()
    text = f"Page text. {LONG}\n\nSecond. {LONG}"
    wire = Article(
        source_id=other.id, external_id="w", url="https://wire.example/w", title="Wire", text=text, content_hash="w",
        first_seen_at=now, updated_at=now,
    )  # fmt: skip
    session.add(wire)
    session.flush()
    join_stories(session, [wire], now=now)
    session.commit()
    before = stored(session, pending).story_id
    assert before not in (None, wire.story_id)
    fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    article = stored(session, pending)
    assert article.story_id == wire.story_id
    assert (article.released_at, article.release_number, article.withheld_reason) == (now, 1, None)


def test_a_fetched_text_is_matched_anew_while_nothing_is_released(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", PAGE)
    stored(session, pending).matched_at = now
    session.commit()
    fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    assert stored(session, pending).matched_at is None


def test_a_page_that_cannot_be_had_is_tried_a_few_times_then_the_summary_serves(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", "", status=500)
    outcomes = []
    for _ in range(MAX_TRIES + 2):
        now += timedelta(hours=1)
        outcomes.append(fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now).outcome)
    assert outcomes == [TextOutcome.LATER] * 3 + [TextOutcome.MISSING] + [TextOutcome.NOT_DUE] * 2
    article = stored(session, pending)
    assert (article.text_state, article.text) == (TextState.MISSING, "Excerpt […]")
    assert site.asked_for("/1/") == MAX_TRIES


def test_tries_are_spaced(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", "", status=500)
    fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    assert articles_needing_text(session, now=now + timedelta(minutes=1)) == []
    assert articles_needing_text(session, now=now + timedelta(minutes=2)) == [pending]
    again = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now + timedelta(minutes=1))
    assert again.outcome is TextOutcome.NOT_DUE


def test_a_page_without_an_article_does_not_replace_the_excerpt(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", "<html><body><p>Sorry</p></body></html>")
    assert fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now).outcome is TextOutcome.LATER
    assert stored(session, pending).text == "Excerpt […]"


@pytest.mark.parametrize(("status", "tries"), [(410, 1), (404, 2)])
def test_a_page_that_is_gone_means_a_withdrawn_article(
    session: Session,
    site: Site,
    fetcher: Fetcher,
    reader: InProcess,
    now: datetime,
    pending: int,
    status: int,
    tries: int,
) -> None:
    site.serve("/1/", "", status=status)
    outcomes = [
        fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now + timedelta(hours=number)).outcome
        for number in range(tries)
    ]
    article = stored(session, pending)
    assert outcomes[-1] is TextOutcome.WITHDRAWN
    assert (article.withheld_reason, article.withdrawn_reason) == (
        "withdrawn",
        f"its page answers with status {status}",
    )


def test_an_article_that_left_its_feed_is_withdrawn_only_if_its_page_is_gone(
    session: Session, site: Site, fetcher: Fetcher, now: datetime, pending: int
) -> None:
    site.serve("/1/", PAGE)
    assert not check_withdrawn(session, pending, fetcher=fetcher, now=now)
    site.serve("/1/", "", status=410)
    assert check_withdrawn(session, pending, fetcher=fetcher, now=now)
    assert stored(session, pending).withdrawn_at == now
    assert articles_needing_text(session, now=now) == []


def test_a_withdrawn_article_that_is_listed_again_stands_again(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", "", status=410)
    check_withdrawn(session, pending, fetcher=fetcher, now=now)
    listed = feed(item(1, text="Excerpt […]", link=site.url + "/1/"), item(2))
    site.serve("/feed/", listed)
    source_id = stored(session, pending).source_id
    poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now + timedelta(hours=1))
    article = stored(session, pending)
    assert (article.withdrawn_at, article.withheld_reason) == (None, None)


def test_the_sample_page_of_the_site_gives_exactly_its_article(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int, captured: Path
) -> None:
    site.serve("/1/", (captured / "articles" / "recon_smartmag_seed.html").read_bytes())
    fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    text = stored(session, pending).text
    assert text.startswith("U.S. Military Observes Russia-Belarus Joint Drills")
    assert text.endswith(
        "but also a stage for diplomatic theatrics that could influence the stability of entire regions."
    )
    assert "Arctic" not in text


@pytest.mark.parametrize(("count", "withheld"), [(6, True), (2, False)])
def test_a_feed_without_dates_that_is_filled_with_its_archive_is_dated_by_its_pages(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, count: int, withheld: bool
) -> None:
    def bare(number: int) -> str:
        link = site.url + f"/{number}/"
        return f"<item><title>Headline {number}</title><link>{link}</link><description>Cut […]</description></item>"

    url = site.serve("/feed/", feed(bare(0)))
    sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True)], now=now)
    source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
    poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now)
    for number in range(1, count + 1):
        meta = '<meta property="article:published_time" content="2019-05-06T07:08:09Z">'
        body = f"<article><h1>Headline {number}</h1><p>{'The patrol went north and met nobody. ' * 40}</p></article>"
        site.serve(f"/{number}/", f"<html><head>{meta}</head><body>{body}</body></html>")
    site.serve("/feed/", feed(*(bare(number) for number in range(1, count + 1)), bare(0)))
    later = now + timedelta(hours=1)
    for article_id in poll_source(session, source_id, fetcher=fetcher, reader=reader, now=later).needing_text:
        later += timedelta(minutes=1)
        fetch_full_text(session, article_id, fetcher=fetcher, reader=reader, now=later)
    rows = [row for row in session.scalars(select(Article)) if row.title != "Headline 0"]
    assert {row.baseline for row in rows} == {withheld}


TITLE, TOLD = "Frigate leaves harbour with forty drones", "The frigate sailed this morning, as the ministry said."


@pytest.mark.parametrize(
    ("title", "told", "shown", "reached", "is_another"),
    [
        (TITLE, TOLD, ("Frigate leaves", LONG), "https://example.org/news/1", False),
        ("Warship out", TOLD, ("Ships", "The frigate sailed, said the ministry."), "https://example.org/news/1", False),
        (TITLE, TOLD, ("Just a moment", "Verify that you are human. " * 20), "https://example.org/news/1", True),
        (TITLE, "", ("Before you continue", "We use cookies for all of it. " * 9), "https://consent.example/", True),
        (TITLE, TOLD, (TITLE, TOLD), "https://example.org/", True),
        ("Short", "", ("Another", LONG), "https://example.org/news/1", False),
        ("北方の新しい基地", "", ("別の", "記事"), "https://example.org/news/1", False),
        ("Фрегат вышел в море утром", "", ("Фрегат вышел", "Он вышел."), "https://example.org/news/1", False),
    ],
)  # fmt: skip
def test_a_page_that_shows_something_else_is_told_from_the_article(
    title: str, told: str, shown: tuple[str, str], reached: str, is_another: bool
) -> None:
    page = ExtractedPage(title=shown[0], text=shown[1])
    reason = why_another(page, title=title, told=told, asked="https://example.org/news/1", reached=reached)
    assert (reason is not None) is is_another


def test_a_front_page_in_the_place_of_an_article_does_not_replace_the_excerpt(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    site.serve("/1/", "", status=302, location=site.url + "/")
    site.serve("/", PAGE)
    result = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    assert (result.outcome, stored(session, pending).text) == (TextOutcome.LATER, "Excerpt […]")
    assert "front page" in (result.error or "")


def test_a_check_for_robots_never_becomes_the_text_of_an_article_that_is_looked_at_again(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    article = stored(session, pending)
    article.title, article.text, article.text_state = TITLE, f"{TOLD} {LONG}", TextState.STALE
    session.commit()
    wall = "<h1>Just a moment</h1><p>" + "Please enable scripts, so that your browser can be verified. " * 9
    site.serve("/1/", f"<html><body><article>{wall}</p></article></body></html>")
    result = fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    assert (result.outcome, stored(session, pending).text) == (TextOutcome.LATER, f"{TOLD} {LONG}")


def test_a_date_that_a_page_gives_is_believed_only_if_it_can_be(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, pending: int
) -> None:
    article = stored(session, pending)
    article.published_at = None
    session.commit()
    far = "<meta property='article:published_time' content='2199-01-01T00:00:00Z'>"
    site.serve("/1/", PAGE.replace("<title>", f"{far}<title>"))
    fetch_full_text(session, pending, fetcher=fetcher, reader=reader, now=now)
    assert stored(session, pending).published_at is None
