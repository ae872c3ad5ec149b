"""Searches as processes hold them: caught up with, found with an article's topics, ended without a trace."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from tests.audience.scene import DAILY, furnish, person
from worker.audience.searches import end_search, save_search
from worker.database import session_on, table
from worker.match.definitions import StoredMatcher
from worker.match.judging import match_article
from worker.match.matcher import Matcher
from worker.match.search.estimate import TooBroad, estimate, refuse_too_broad
from worker.match.search.parse import parse
from worker.match.search.stored import StoredSearches
from worker.match.text import ArticleText
from worker.models import Article, Match, SavedSearch, Source, Subscriber

ARTICLE = ArticleText("Drones over Minsk", body="The Belarusian army showed three drones near Minsk.")


@pytest.fixture
def who(session: Session, now: datetime) -> Subscriber:
    furnish(session, now)
    return person(session, now)


def save(session: Session, who: Subscriber, query: str, now: datetime) -> int:
    """The topic of a saved search."""
    saved = save_search(session, who.public_id, query=query, normal=query, frequency=DAILY, now=now)
    assert saved is not None
    return saved.topic_id


def end(session: Session, who: Subscriber, topic_id: int, now: datetime) -> None:
    rows = table(SavedSearch)
    number = session.execute(select(rows.c.id).where(rows.c.topic_id == topic_id)).scalar_one()
    assert end_search(session, who.public_id, number, now=now)


def publish(session: Session, title: str, now: datetime, *, text: str = "", baseline: bool = False) -> int:
    source = session.execute(select(Source)).scalars().first()
    if source is None:
        source = Source(url="https://northern.example/feed", name="Northern Herald")
        session.add(source)
        session.flush()
    article = Article(
        source_id=source.id, external_id=uuid.uuid4().hex, url="", content_hash=uuid.uuid4().hex, title=title,
        text=text, first_seen_at=now, updated_at=now, baseline=baseline,
    )  # fmt: skip
    session.add(article)
    session.commit()
    return article.id


def found(session: Session, searches: StoredSearches) -> set[int]:
    return {one.topic_id for one in searches.find(session, ARTICLE)}


def test_a_process_catches_up_with_what_was_saved_and_ended(session: Session, who: Subscriber, now: datetime) -> None:
    first = save(session, who, "drones", now)
    searches = StoredSearches()
    assert searches.catch_up(session) == 1
    assert found(session, searches) == {first}
    second, other = save(session, who, "title:Minsk", now), save(session, who, "icebreakers", now)
    end(session, who, first, now)
    assert searches.catch_up(session) == 3
    assert found(session, searches) == {second}
    assert searches.catch_up(session) == 0
    assert len(searches) == 2
    end(session, who, other, now)
    late = StoredSearches()
    late.catch_up(session)
    assert (len(late), found(session, late)) == (1, {second})


class EndsMeanwhile(StoredSearches):
    """While it loads the searches, one that it has read is ended, and another is saved."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] | None = meanwhile

    def _changes(self, session: Session, seen: int, *, only_open: bool) -> list[Any]:
        rows = super()._changes(session, seen, only_open=only_open)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return rows


def test_a_search_that_ends_while_all_are_loaded_is_not_kept_for_ever(
    session: Session, who: Subscriber, now: datetime
) -> None:
    first = save(session, who, "drones", now)

    def meanwhile() -> None:
        end(session, who, first, now)
        save(session, who, "title:Minsk", now)

    searches = EndsMeanwhile(meanwhile)
    for _ in range(2):
        searches.catch_up(session)
    assert len(searches) == 1


def test_a_search_ended_since_the_last_catching_up_finds_nothing(
    session: Session, who: Subscriber, now: datetime
) -> None:
    topic = save(session, who, "drones", now)
    searches = StoredSearches()
    searches.catch_up(session)
    end(session, who, topic, now)
    assert found(session, searches) == set()


def test_an_articles_matches_hold_topics_and_searches_with_their_evidence(
    session: Session, who: Subscriber, now: datetime
) -> None:
    topic = save(session, who, "Minsk source:northern", now)
    save(session, who, "icebreakers", now)
    article = publish(session, ARTICLE.title, now, text=ARTICLE.body)
    searches = StoredSearches()
    searches.catch_up(session)
    for _ in range(2):
        match_article(session, article, matcher=StoredMatcher(Matcher([]), {}, searches), now=now)
        rows = session.execute(select(Match).where(table(Match).c.topic_id == topic)).scalars().all()
        (match,) = rows
        assert (match.verdict, match.topic_version) == ("about", 0)
        assert [(piece["field"], piece["term"], piece["positions"]) for piece in match.evidence] == [
            ("title", "minsk", [12]),
            ("body", "minsk", [45]),
            ("source", "northern", [0, 17]),
        ]
        assert match.sentence.startswith("Because your search 'Minsk source:northern' found 'minsk' in the title")


def test_threads_that_share_the_searches_do_not_disturb_each_other(
    engine: Engine, session: Session, who: Subscriber, now: datetime
) -> None:
    save(session, who, "drones", now)
    searches = StoredSearches()
    searches.catch_up(session)
    stop = threading.Event()
    errors: list[Exception] = []

    def look() -> None:
        try:
            with session_on(engine, read_only=True) as own:
                while not stop.is_set():
                    searches.catch_up(own)
                    assert len(searches.find(own, ARTICLE)) >= 1
                    own.rollback()
        except Exception as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(15):
        end(session, who, save(session, who, f"Minsk OR town{number} OR drones", now), now)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    searches.catch_up(session)
    assert len(searches) == 1


def test_change_numbers_become_visible_in_their_order(engine: Engine, session: Session, now: datetime) -> None:
    furnish(session, now)
    people = [person(session, now, f"p{number}@example.org").public_id for number in range(4)]
    stop = threading.Event()
    searches = StoredSearches()

    def write(public_id: uuid.UUID) -> None:
        with session_on(engine) as own:
            for number in range(6):
                query = f"word{number}"
                save_search(own, public_id, query=query, normal=query, frequency=DAILY, now=now)

    def follow() -> None:
        with session_on(engine, read_only=True) as own:
            while not stop.is_set():
                searches.catch_up(own)
                own.rollback()

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(one,)) for one in people]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    follower.join()
    searches.catch_up(session)
    assert len(searches) == 24


def test_the_estimate_counts_the_last_month_without_first_polls(
    session: Session, who: Subscriber, now: datetime
) -> None:
    for days in (1, 13, 27, 40):
        publish(session, "Drones over Minsk", now - timedelta(days=days))
    publish(session, "A port is dredged", now - timedelta(days=2))
    publish(session, "Drones of the archive", now - timedelta(days=2), baseline=True)
    told = estimate(session, parse("drones"), now=now)
    assert (told.found, told.looked_at, told.of) == (3, 4, 4)
    assert told.a_week == pytest.approx(7 * 3 / 27)
    assert [title for _, title, _ in told.examples] == ["Drones over Minsk"] * 3
    refuse_too_broad(told)


def test_a_search_for_nearly_everything_is_refused_with_its_figures(
    session: Session, who: Subscriber, now: datetime
) -> None:
    for number in range(60):
        publish(session, "Drones over Minsk" if number % 5 else "A port is dredged", now - timedelta(hours=10 * number))
    told = estimate(session, parse("drones"), now=now)
    with pytest.raises(TooBroad, match="48 of the last 60 articles, about 2 a day"):
        refuse_too_broad(told)
    refuse_too_broad(estimate(session, parse("dredged"), now=now))
    refuse_too_broad(estimate(session, parse("nothing"), now=now))
