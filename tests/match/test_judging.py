"""Stored articles are judged, their matches kept, and frozen once they are released."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests.match.judging_by import FILLER, topic
from worker.errors import NotFound
from worker.match.definitions import StoredMatcher, adopt_topics, load_matcher
from worker.match.judging import match_article, stored_article_text, unmatched_articles
from worker.models import Article, Match, Source, Topic

DRONES = topic("drones", words=["drone"])
PORTS = topic("ports", words=["port", "harbour"])
BODY = "A drone hit the harbour. The drone burned. " + FILLER * 2


@pytest.fixture
def matcher(session: Session, now: datetime) -> StoredMatcher:
    adopt_topics(session, {"drones": DRONES, "ports": PORTS}, now=now)
    return load_matcher(session)


@pytest.fixture
def article(session: Session, now: datetime) -> Article:
    source = Source(url="https://news.example/feed", name="News")
    session.add(source)
    session.flush()
    stored = Article(
        source_id=source.id,
        external_id="1",
        url="https://news.example/1",
        content_hash="h",
        title="Drone strike",
        text=BODY,
        categories=["Robots"],
        language="en-GB",
        first_seen_at=now,
        updated_at=now,
    )
    session.add(stored)
    session.commit()
    return stored


def matches(session: Session) -> dict[str, Match]:
    session.expire_all()
    rows = session.exec(select(Topic.slug, Match).where(Match.topic_id == Topic.id)).all()
    return dict(rows)


def test_each_match_is_kept_with_score_evidence_and_sentence(
    session: Session, now: datetime, matcher: StoredMatcher, article: Article
) -> None:
    assert match_article(session, article.id, matcher=matcher, now=now) == {"drones"}
    kept = matches(session)
    assert {slug: match.verdict for slug, match in kept.items()} == {"drones": "about", "ports": "mention"}
    drones = kept["drones"]
    assert drones.topic_version == 1
    assert drones.score >= drones.threshold
    assert drones.evidence[0] == {"field": "title", "term": "drone", "count": 1, "positions": [0], "shown": "Drone"}
    assert drones.sentence.startswith("About Drones because the title says 'Drone'")
    session.refresh(article)
    assert article.matched_at == now


def test_judging_again_changes_nothing(
    session: Session, now: datetime, matcher: StoredMatcher, article: Article
) -> None:
    match_article(session, article.id, matcher=matcher, now=now)
    before = {slug: match.model_dump() for slug, match in matches(session).items()}
    assert match_article(session, article.id, matcher=matcher, now=now) == {"drones"}
    assert {slug: match.model_dump() for slug, match in matches(session).items()} == before


def test_a_revised_article_is_judged_anew(
    session: Session, now: datetime, matcher: StoredMatcher, article: Article
) -> None:
    match_article(session, article.id, matcher=matcher, now=now)
    article.title, article.text, article.revision = "Harbour reopens", "The harbour reopened.", 2
    session.commit()
    assert match_article(session, article.id, matcher=matcher, now=now) == {"ports"}
    assert {slug: match.revision for slug, match in matches(session).items()} == {"ports": 2}


def test_matches_are_frozen_at_release(
    session: Session, now: datetime, matcher: StoredMatcher, article: Article
) -> None:
    match_article(session, article.id, matcher=matcher, now=now)
    article.title, article.text, article.revision = "Harbour reopens", "The harbour reopened.", 2
    article.released_at, article.release_number = now, 1
    session.commit()
    assert match_article(session, article.id, matcher=matcher, now=now + timedelta(hours=1)) == {"drones"}
    assert {slug: match.revision for slug, match in matches(session).items()} == {"drones": 1, "ports": 1}


def test_an_unknown_article_is_named(session: Session, now: datetime, matcher: StoredMatcher) -> None:
    with pytest.raises(NotFound, match="no article 7"):
        match_article(session, 7, matcher=matcher, now=now)
    with pytest.raises(NotFound, match="no article 7"):
        stored_article_text(session, 7)


def test_articles_that_nobody_judged_are_found(
    session: Session, now: datetime, matcher: StoredMatcher, article: Article
) -> None:
    assert unmatched_articles(session) == [article.id]
    match_article(session, article.id, matcher=matcher, now=now)
    assert unmatched_articles(session) == []


def test_what_is_judged_of_a_stored_article_is_its_text_and_categories(session: Session, article: Article) -> None:
    text = stored_article_text(session, article.id)
    assert (text.title, text.body, text.tags, text.language) == ("Drone strike", BODY, ("Robots",), "en")


def test_a_changed_definition_is_a_new_version_and_leaves_old_matches_alone(
    session: Session, now: datetime, matcher: StoredMatcher, article: Article
) -> None:
    match_article(session, article.id, matcher=matcher, now=now)
    changed = topic("drones", words=["drone", "UAV"])
    adopted = adopt_topics(session, {"drones": changed, "ports": PORTS}, now=now)
    assert (adopted.added, adopted.changed, adopted.retired) == ([], ["drones"], [])
    assert matches(session)["drones"].topic_version == 1
    match_article(session, article.id, matcher=load_matcher(session), now=now)
    assert matches(session)["drones"].topic_version == 2


def test_the_same_wording_changes_nothing(session: Session, now: datetime, matcher: StoredMatcher) -> None:
    assert not adopt_topics(session, {"drones": DRONES, "ports": PORTS}, now=now)
    assert load_matcher(session, matcher) is matcher


def test_a_topic_whose_file_is_gone_is_retired_and_can_return(
    session: Session, now: datetime, matcher: StoredMatcher
) -> None:
    assert adopt_topics(session, {"drones": DRONES}, now=now).retired == ["ports"]
    assert set(load_matcher(session, matcher).topics) == {"drones"}
    assert adopt_topics(session, {"drones": DRONES, "ports": PORTS}, now=now).changed == ["ports"]
    assert load_matcher(session).topics["ports"].version == 1


def test_a_topic_whose_file_is_faulty_stays_as_it_was(session: Session, now: datetime, matcher: StoredMatcher) -> None:
    assert not adopt_topics(session, {"drones": DRONES}, faulty={"ports"}, now=now)
    assert load_matcher(session, matcher) is matcher
