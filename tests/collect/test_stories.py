"""Articles of different sources that share a story."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from benchmarks.rewrites import reworded_and_trimmed
from tests.collect.wire import BRIDGE, RADAR, SHIPYARD, SHORT
from worker.collect.identity import content_hash
from worker.collect.stories import WITHIN, forget_bands, join_stories
from worker.database import table
from worker.models import Article, Source, Story, StoryBand

Publish = Callable[..., Article]
DAY = timedelta(days=1)


def _source(session: Session, name: str) -> int:
    url = f"https://{name}.example/feed/"
    known = session.execute(select(table(Source).c.id).where(table(Source).c.url == url)).scalar()
    if known is not None:
        return int(known)
    source = Source(url=url, name=name)
    session.add(source)
    session.flush()
    return source.id


def _article(
    session: Session, source: str, text: str, *, title: str, url: str, at: datetime, baseline: bool
) -> Article:
    article = Article(
        source_id=_source(session, source), external_id=f"{source} {title} {url} {at}", url=url, title=title, text=text,
        content_hash=content_hash(title, text), first_seen_at=at, updated_at=at, baseline=baseline,
    )  # fmt: skip
    session.add(article)
    session.flush()
    return article


@pytest.fixture
def publish(session: Session, now: datetime) -> Publish:
    def published(
        source: str,
        text: str,
        *,
        title: str = "Headline",
        url: str = "",
        after: timedelta = timedelta(0),
        baseline: bool = False,
    ) -> Article:
        at = now + after
        article = _article(session, source, text, title=title, url=url, at=at, baseline=baseline)
        join_stories(session, [article], now=at)
        session.commit()
        return article

    return published


def bands_of(session: Session) -> int:
    return session.execute(select(func.count()).select_from(table(StoryBand))).scalar_one()


def test_a_rewritten_wire_story_shares_its_story(publish: Publish) -> None:
    first = publish("wire", SHIPYARD, title="Third patrol ship handed over")
    other = publish("coast", BRIDGE, title="Bridge opened")
    copy = publish("daily", reworded_and_trimmed(SHIPYARD, random.Random(3)), title="Navy gets its ship", after=DAY)
    assert copy.story_id == first.story_id
    assert other.story_id not in (None, first.story_id)


def test_every_article_has_a_story_and_joining_one_changes_only_the_newcomer(
    publish: Publish, session: Session
) -> None:
    first = publish("wire", SHIPYARD)
    told = first.story_id
    assert told is not None
    publish("daily", SHIPYARD, after=DAY)
    session.expire_all()
    assert first.story_id == told


def test_a_source_that_tells_it_again_has_another_story(publish: Publish) -> None:
    assert publish("wire", SHIPYARD).story_id != publish("wire", SHIPYARD + " Rain is expected.", after=DAY).story_id


def test_the_same_address_is_the_same_story_whatever_the_words(publish: Publish) -> None:
    first = publish("wire", SHIPYARD, url="https://wire.example/ships/?utm_source=feed")
    listed = publish("lists", SHORT, url="http://www.wire.example/ships")
    front = publish("front", SHORT, title="Today", url="https://wire.example/")
    assert listed.story_id == first.story_id
    assert front.story_id != publish("other front", SHORT, title="Now", url="https://wire.example/").story_id


def test_short_notices_in_the_same_words_are_different_stories(publish: Publish) -> None:
    one = publish("wire", SHORT, title="Live", url="https://wire.example/live")
    assert publish("daily", SHORT, title="Live", url="https://daily.example/live").story_id != one.story_id


def test_the_same_text_after_a_week_is_another_story_and_its_bands_are_forgotten(
    publish: Publish, session: Session, now: datetime
) -> None:
    first = publish("wire", SHIPYARD)
    kept = bands_of(session)
    again = publish("daily", SHIPYARD, after=WITHIN + DAY)
    assert again.story_id != first.story_id
    assert bands_of(session) == 2 * kept
    later = now + WITHIN + DAY
    assert [forget_bands(session, now=later, limit=kept - 1), forget_bands(session, now=later)] == [kept - 1, 1]
    assert bands_of(session) == kept


def test_a_withdrawn_article_takes_nobody_into_its_story(publish: Publish, session: Session, now: datetime) -> None:
    first = publish("wire", SHIPYARD)
    first.withdrawn_at = now
    session.commit()
    assert publish("daily", SHIPYARD, after=DAY).story_id != first.story_id


def test_what_a_source_listed_at_its_first_poll_is_found_by_address_and_content(publish: Publish) -> None:
    archived = publish("archive", SHIPYARD, baseline=True)
    assert publish("daily", SHIPYARD).story_id == archived.story_id


def test_the_whole_text_that_comes_later_is_compared_then(publish: Publish, session: Session, now: datetime) -> None:
    excerpt = publish("daily", "The navy took over its third patrol ship […]", title="Ship")
    whole = publish("wire", SHIPYARD, after=timedelta(minutes=1))
    alone = excerpt.story_id
    assert alone != whole.story_id
    excerpt.text = SHIPYARD
    assert join_stories(session, [excerpt], now=now + timedelta(minutes=5)) == 1
    session.commit()
    assert excerpt.story_id == whole.story_id
    assert session.get(Story, alone) is None
    assert join_stories(session, [excerpt], now=now + timedelta(minutes=6)) == 0


def test_an_article_that_others_joined_stays_with_them(publish: Publish, session: Session, now: datetime) -> None:
    first = publish("wire", BRIDGE, title="Bridge")
    publish("coast", BRIDGE, title="A bridge")
    other = publish("daily", SHIPYARD)
    story = first.story_id
    first.text = SHIPYARD
    assert join_stories(session, [first], now=now + DAY) == 0
    assert (first.story_id, other.story_id != story) == (story, True)


def test_an_article_from_before_stories_were_given_to_all_gets_one_when_it_is_joined(
    publish: Publish, session: Session
) -> None:
    old = publish("wire", SHIPYARD)
    old.story_id = None
    session.commit()
    assert publish("daily", SHIPYARD, after=DAY).story_id == old.story_id is not None


def test_the_most_alike_of_several_is_chosen(publish: Publish) -> None:
    publish("coast", " ".join(SHIPYARD.split(". ")[:7]), title="A part of it")
    exact = publish("wire", SHIPYARD + " " + RADAR[:200], title="All of it and more")
    near = publish("daily", SHIPYARD + " " + RADAR[:220])
    assert near.story_id == exact.story_id


def test_two_pollers_with_twins_make_one_story(engine: Engine, now: datetime) -> None:
    """Each of many pollers commits one copy of three stories, at the same time as the others."""
    texts = [SHIPYARD, BRIDGE, RADAR]
    names = [f"paper{number}" for number in range(6)]
    with Session(engine) as session:
        for name in names:
            _source(session, name)
        session.commit()
    start = threading.Barrier(len(names))
    faults: list[BaseException] = []

    def poll(name: str) -> None:
        try:
            with Session(engine) as session:
                start.wait()
                rows = [
                    _article(session, name, text, title=f"{name} {place}", url="", at=now, baseline=False)
                    for place, text in enumerate(texts)
                ]
                join_stories(session, rows if name > "paper2" else rows[::-1], now=now)
                session.commit()
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            faults.append(error)

    threads = [threading.Thread(target=poll, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with Session(engine) as session:
        article = table(Article)
        stories = session.execute(select(article.c.text, article.c.story_id).distinct()).all()
        assert len(stories) == len(texts)
        assert session.execute(select(func.count()).select_from(table(Story))).scalar_one() == len(texts)
