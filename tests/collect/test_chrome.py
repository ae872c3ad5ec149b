"""Lines that belong to a site and not to its articles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import Session

from worker.collect.chrome import (
    WITHIN,
    candidates,
    drop_site_lines,
    forget_lines,
    is_sites_own,
    learn,
    site_lines,
    tidied,
    without,
)
from worker.collect.documents import ExtractedPage
from worker.database import table
from worker.models import Article, SiteLine, Source, TextState

SITE = "news.example"
PROMPT = "Support the journalism of Harbour News with a small gift."
BACKGROUND = "The war of the islands began nine years ago and has no end in sight."
DAY = timedelta(days=1)


def body(number: int, *more: str) -> str:
    """An article of five paragraphs, all its own, and these."""
    own = [
        f"Paragraph {place} of article {number} tells at length what was seen at pier {number * 7 + place} that day, "
        f"who was there, what they said about it and what they would rather not have said in front of so many people."
        for place in range(5)
    ]
    return "\n\n".join([*own, *more])


@pytest.mark.parametrize(
    ("articles", "since", "total", "own"),
    [(2, 1, 2, False), (3, 1, 3, True), (3, 1, 10, True), (3, 1, 11, False), (30, 1, 100, True), (29, 1, 100, False),
     (3, 91, 100, True)],
)  # fmt: skip
def test_a_line_is_the_sites_if_a_third_of_what_came_since_has_it(
    articles: int, since: int, total: int, own: bool
) -> None:
    assert is_sites_own(articles, since=since, total=total) is own


def test_only_short_lines_at_the_beginning_and_the_end_are_looked_at() -> None:
    lines = [f"Line number {number} of the text" for number in range(30)] + ["Share", "long " * 100]
    seen = set(candidates("\n\n".join(lines)).values())
    assert {"Line number 0 of the text", "Line number 2 of the text", "Line number 29 of the text"} <= seen
    assert not seen & {"Line number 15 of the text", "Share", "long " * 100}


def test_what_the_feed_itself_says_of_the_article_is_never_left_out() -> None:
    text = body(1, PROMPT)
    assert without(text, {PROMPT}, own="") == body(1)
    assert without(text, {PROMPT}, own=f"Title\n{PROMPT}") is text


def test_an_article_written_on_a_form_stays_whole() -> None:
    form = [
        "The winning numbers are drawn every day at noon.",
        "Tickets are sold until half an hour before.",
        "Today: 7 11",
    ]
    assert without("\n\n".join(form), set(form[:2]), own="") == "\n\n".join(form)


@given(st.text(max_size=300), st.sets(st.text(max_size=30), max_size=4))
def test_what_is_left_was_there_and_in_its_order(text: str, chrome: set[str]) -> None:
    left = iter(text.split("\n\n"))
    assert all(line in left for line in without(text, chrome, own="").split("\n\n"))


def test_a_sites_line_is_learnt_and_a_background_paragraph_is_not(session: Session, now: datetime) -> None:
    for number in range(20):
        more = [BACKGROUND] if number % 5 == 0 else []
        learn(session, SITE, [candidates(body(number, *more, PROMPT))], now=now + number * timedelta(hours=1))
    text = body(99, BACKGROUND, PROMPT)
    assert site_lines(session, SITE, [candidates(text)], now=now + DAY) == {PROMPT}
    assert site_lines(session, "other.example", [candidates(text)], now=now + DAY) == set()


def test_a_prompt_that_a_site_begins_with_later_is_learnt_from_then_on(session: Session, now: datetime) -> None:
    learn(session, SITE, [candidates(body(number)) for number in range(50)], now=now)
    for number in range(50, 53):
        learn(session, SITE, [candidates(body(number, PROMPT))], now=now + DAY)
    assert site_lines(session, SITE, [candidates(body(60, PROMPT))], now=now + DAY) == {PROMPT}


def test_a_line_that_was_not_seen_for_a_month_begins_anew_and_goes(session: Session, now: datetime) -> None:
    for number in range(4):
        learn(session, SITE, [candidates(body(number, PROMPT))], now=now)
    later = now + WITHIN + DAY
    assert site_lines(session, SITE, [candidates(body(9, PROMPT))], now=later) == set()
    learn(session, SITE, [candidates(body(10, PROMPT))], now=later)
    assert site_lines(session, SITE, [candidates(body(9, PROMPT))], now=later) == set()
    old = select(func.count()).select_from(table(SiteLine)).where(table(SiteLine).c.last_seen_at < later)
    left = session.execute(old).scalar_one()
    assert [forget_lines(session, now=later, limit=left - 1), forget_lines(session, now=later)] == [left - 1, 1]
    assert session.execute(old).scalar_one() == 0
    learn(session, SITE, [candidates(body(11, PROMPT))], now=later)
    assert site_lines(session, SITE, [candidates(body(9, PROMPT))], now=later) == set()
    learn(session, SITE, [candidates(body(12, PROMPT))], now=later)
    assert site_lines(session, SITE, [candidates(body(9, PROMPT))], now=later) == {PROMPT}


Publish = Callable[..., Article]


@pytest.fixture
def publish(session: Session, now: datetime) -> Publish:
    source = Source(url="https://news.example/feed/", name="News")
    session.add(source)
    session.flush()

    def published(number: int, text: str, state: TextState = TextState.WHOLE) -> Article:
        article = Article(
            source_id=source.id, external_id=str(number), url=f"https://www.news.example/{number}/", title=f"T{number}",
            text=text, content_hash=str(number), first_seen_at=now, updated_at=now, text_state=state,
        )  # fmt: skip
        session.add(article)
        session.flush()
        return article

    return published


def test_articles_of_one_poll_teach_what_their_footer_is(publish: Publish, session: Session, now: datetime) -> None:
    rows = [publish(number, body(number, PROMPT)) for number in range(6)]
    drop_site_lines(session, rows, new=True, now=now)
    assert [article.text for article in rows] == [body(number) for number in range(6)]


def test_an_edited_article_loses_the_line_again_and_is_not_counted_twice(
    publish: Publish, session: Session, now: datetime
) -> None:
    two = [publish(number, body(number, PROMPT)) for number in range(2)]
    drop_site_lines(session, two, new=True, now=now)
    for _ in range(5):
        drop_site_lines(session, two, new=False, now=now)
    assert two[0].text == body(0, PROMPT)
    drop_site_lines(session, [publish(7, body(7, PROMPT))], new=True, now=now)
    drop_site_lines(session, two, new=False, now=now)
    assert two[0].text == body(0)


def test_a_page_and_what_is_stored_of_it_lose_the_same_lines(publish: Publish, session: Session, now: datetime) -> None:
    drop_site_lines(session, [publish(number, body(number, PROMPT)) for number in range(3)], new=True, now=now)
    stored = publish(8, body(8, PROMPT), TextState.STALE)
    page = tidied(session, stored, ExtractedPage(title="T8", text=body(8, PROMPT)), now=now)
    assert page.text == stored.text == body(8)


def test_an_article_that_waits_for_its_page_is_counted_when_it_comes(
    publish: Publish, session: Session, now: datetime
) -> None:
    waiting = [publish(number, f"Excerpt {number} […]\n\n{PROMPT}", TextState.PENDING) for number in range(5)]
    drop_site_lines(session, waiting, new=True, now=now)
    assert session.execute(select(func.count()).select_from(table(SiteLine))).scalar_one() == 0
    pages = [tidied(session, article, ExtractedPage("T", body(article.id, PROMPT)), now=now) for article in waiting]
    assert [PROMPT in page.text for page in pages] == [True, True, False, False, False]
