"""Marks are labelled articles: operators decide, subscribers hint, a merged topic's are its heir's."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from tests.match.judging_by import topic
from tests.match.stored import Desk
from worker.errors import InvalidInput, NotFound
from worker.match.definitions import adopt_topics
from worker.match.evaluation import LabelledArticle, evaluate, read_labelled
from worker.match.marks import decided_marks, export_marks, mark_article, marks_as_labelled, unmark_article
from worker.match.matcher import Matcher
from worker.models import Frequency, TopicMark

PORTS, QUAYS = topic("ports", words=["port"]), topic("quays", words=["quay"])


@pytest.fixture
def desk(session: Session, now: datetime) -> Desk:
    return Desk(session, now, PORTS, QUAYS)


def hint(desk: Desk, article: int, slug: str = "ports", *, people: int = 1) -> None:
    for number in range(people):
        person = desk.person({slug: Frequency.DAILY}, f"hint{desk.count}-{number}@example.org")
        desk.session.add(
            TopicMark(
                article_id=article,
                topic_id=desk.topic(slug).id,
                subscriber_id=person.id,
                label="none",
                marked_at=desk.now,
            )
        )
    desk.session.commit()


def test_an_operator_decides_over_any_number_of_hints(desk: Desk) -> None:
    article = desk.article("A port")
    hint(desk, article, people=3)
    (before,) = decided_marks(desk.session, "ports")
    assert (before.label, before.weight, before.by, before.hints) == ("none", 0.578, (), 3)
    mark_article(desk.session, article, "ports", "about", by="olga", now=desk.now)
    (after,) = decided_marks(desk.session, "ports")
    assert (after.label, after.weight, after.by, after.hints) == ("about", 1.0, ("olga",), 3)


def test_an_operator_who_says_otherwise_later_replaces_what_they_said(desk: Desk) -> None:
    article = desk.article("A port")
    for label, hours in (("about", 0), ("mention", 1)):
        mark_article(desk.session, article, "ports", label, by="olga", now=desk.now + timedelta(hours=hours))
    assert desk.total(TopicMark) == 1
    mark_article(desk.session, article, "ports", "none", by="igor", now=desk.now + timedelta(hours=2))
    (decided,) = decided_marks(desk.session)
    assert (decided.label, decided.by, decided.disagreed) == ("none", ("igor",), True)
    assert unmark_article(desk.session, article, "ports", by="igor")
    assert not unmark_article(desk.session, article, "ports", by="igor")
    assert decided_marks(desk.session)[0].label == "mention"


@pytest.mark.parametrize(
    ("article", "slug", "label", "by", "error"),
    [
        (1, "ports", "maybe", "olga", InvalidInput),
        (1, "ports", "about", " ", InvalidInput),
        (77, "ports", "about", "olga", NotFound),
        (1, "none", "about", "olga", NotFound),
    ],
)
def test_a_mark_that_cannot_be_is_refused(
    desk: Desk, article: int, slug: str, label: str, by: str, error: type[Exception]
) -> None:
    desk.article("A port")
    with pytest.raises(error):
        mark_article(desk.session, article, slug, label, by=by, now=desk.now)
    assert decided_marks(desk.session) == []


def told(one: LabelledArticle) -> tuple[object, ...]:
    article = one.article
    return one.labels, one.weights, article.title, article.body, article.tags, article.language


def test_what_is_exported_is_read_again_as_labelled_articles(desk: Desk, tmp_path: Path) -> None:
    right, wrong = desk.article("A port"), desk.article("A port too", categories=["Sea"], language="en")
    mark_article(desk.session, right, "ports", "about", by="olga", now=desk.now)
    mark_article(desk.session, right, "quays", "none", by="olga", now=desk.now)
    hint(desk, wrong)
    marks = decided_marks(desk.session)
    path = tmp_path / "marks.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in export_marks(desk.session, marks)))
    read, direct = read_labelled(path), marks_as_labelled(desk.session, marks)
    assert list(map(told, read)) == list(map(told, direct))
    figures = evaluate(Matcher([PORTS]), read)["ports"].figures()
    assert (figures.tp, figures.fp, figures.fn) == (1.0, 0.25, 0.0)
    assert figures.precision == 0.8


def test_marks_of_a_merged_topic_are_its_heirs_and_a_renamed_topic_keeps_its_own(desk: Desk) -> None:
    article = desk.article("A port")
    mark_article(desk.session, article, "quays", "none", by="olga", now=desk.now)
    heir = topic("docks", words=["port"], formerly=("ports", "quays"))
    adopt_topics(desk.session, {"docks": heir}, now=desk.now)
    assert decided_marks(desk.session) == []  # no quay, but it may well be about docks
    for slug in ("docks", "ports", "quays"):
        mark_article(desk.session, article, slug, "about", by="igor", now=desk.now)
        assert {mark.topic for mark in decided_marks(desk.session, slug)} == {"docks"}


@pytest.mark.parametrize(
    "weights", [{"other": 0.5}, {"ports": 0}, {"ports": 1.5}, {"ports": "much"}, {"ports": True}, [0.5]]
)
def test_weights_that_mean_nothing_are_refused_with_their_place(tmp_path: Path, weights: object) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_text(json.dumps({"title": "A port", "labels": {"ports": "about"}, "weights": weights}))
    with pytest.raises(InvalidInput, match=r"marks\.jsonl:1: .*weight"):
        read_labelled(path)
