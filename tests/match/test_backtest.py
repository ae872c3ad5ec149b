"""A backtest says what an edited definition would have sent, to how many, and writes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from tests.match.judging_by import topic
from tests.match.stored import Desk
from tests.web.scene import rows_of
from worker.audience.topic_changes import count_holders
from worker.match.backtest import backtest, count_articles
from worker.match.definitions import definition_in_force
from worker.match.history import changes_between, topic_history
from worker.match.overview import overview
from worker.models import Frequency

PORTS = topic("ports", words=["harbour"])
EDITED = topic("ports", words=["quay"])


@pytest.fixture
def desk(session: Session, now: datetime) -> Desk:
    desk = Desk(session, now, PORTS)
    for days in (0, 1, 1, 9):
        desk.now = now - timedelta(days=days)
        desk.publish(f"Harbour {days} reopens")
    desk.now = now - timedelta(days=2)
    desk.publish("Quay collapses")
    desk.publish("Harbour with a quay", "The harbour. The quay. The harbour. The quay.")
    desk.now = now
    desk.article("Quay of old", baseline=True, withheld_reason="baseline")
    desk.article("Quay told before", withheld_reason="story")
    desk.article("Quay that is gone", withdrawn_at=now)
    return desk


def test_what_is_gained_lost_and_kept_with_the_reasons_of_both(desk: Desk) -> None:
    found = backtest(desk.session, "ports", PORTS, EDITED, since=desk.now - timedelta(days=30))
    assert (found.judged, found.kept, found.old.articles, found.new.articles) == (6, 1, 5, 2)
    (gained,) = found.gained
    assert gained.title == "Quay collapses"
    assert (gained.old.verdict, gained.new.verdict) == ("none", "about")
    assert "the title says 'Quay'" in gained.new.sentence
    assert len(found.lost) == 4
    assert all("harbour" in each.old.sentence.lower() for each in found.lost)


def test_mails_are_counted_by_frequency_for_todays_subscribers(desk: Desk) -> None:
    for number, frequency in enumerate((Frequency.INSTANT, Frequency.DAILY, Frequency.DAILY, Frequency.WEEKLY)):
        desk.person({"ports": frequency}, f"p{number}@example.org")
    found = backtest(desk.session, "ports", PORTS, EDITED, since=desk.now - timedelta(days=30))
    found.subscribers = count_holders(desk.session, desk.topic("ports").id)
    told = found.to_json()
    assert told["subscribers"] == {"instant": 1, "daily": 2, "weekly": 1}
    assert told["mails_now"] == {"instant": 5, "daily": 8, "weekly": 3}
    assert told["mails_edited"] == {"instant": 2, "daily": 2, "weekly": 1}
    assert [(week["week_of"], week["now"], week["edited"]) for week in told["weeks"]] == [
        ("2026-02-16", 1, 0),
        ("2026-02-23", 3, 2),
        ("2026-03-02", 1, 0),
    ]


def test_only_articles_since_then_are_judged_and_the_count_is_told_before(desk: Desk) -> None:
    since = desk.now - timedelta(days=5)
    seen: list[int] = []
    found = backtest(desk.session, "ports", PORTS, EDITED, since=since, progress=seen.append)
    assert found.judged == count_articles(desk.session, since) == 5
    assert seen == [1, 2, 3, 4, 5]


def test_nothing_is_written(desk: Desk) -> None:
    before = rows_of(desk.session.get_bind())  # type: ignore[arg-type]
    backtest(desk.session, "ports", PORTS, EDITED, since=desk.now - timedelta(days=30))
    desk.session.commit()
    assert rows_of(desk.session.get_bind()) == before  # type: ignore[arg-type]


def test_a_topic_that_is_not_in_force_yet_gains_everything(desk: Desk) -> None:
    assert definition_in_force(desk.session, "quays") == (None, None)
    found = backtest(desk.session, "quays", None, topic("quays", words=["quay"]), since=desk.now - timedelta(days=30))
    assert (len(found.gained), found.old.articles) == (2, 0)
    assert found.gained[0].old.sentence == "There was no such topic."


def test_more_articles_than_fit_a_portion_are_all_judged(desk: Desk) -> None:
    for number in range(520):
        desk.article(f"Quay {number}", matched_at=desk.now)
    found = backtest(desk.session, "ports", PORTS, EDITED, since=desk.now - timedelta(days=30))
    assert (found.judged, found.new.articles) == (526, 522)


def test_the_history_tells_what_each_version_changed_and_made(desk: Desk) -> None:
    desk.adopt(topic("ports", words=["harbour", "quay"], threshold=2.5, title="Docks"))
    desk.publish("Quay rebuilt")
    latest, first = topic_history(desk.session, "ports")
    assert (latest.version, latest.in_force, latest.matches) == (2, True, 1)
    assert set(latest.changes) == {"title: 'Ports' -> 'Docks'", "words: + quay", "threshold: the usual -> 2.5"}
    assert (first.version, first.in_force, first.changes, first.matches) == (1, False, ("first version",), 5)


def test_changes_in_groups_and_names_are_told_by_their_place() -> None:
    before = topic(supporting=[{"words": ("ship",)}], names={"X": ("Y",)}, words=["a1"]).to_json()
    after = topic(supporting=[{"words": ("boat",), "weight": 0.7}], words=["a1"]).to_json()
    assert list(changes_between(before, after)) == [
        "supporting.1.words: + boat, - ship",
        "supporting.1.weight: the usual -> 0.7",
        "names.X: - Y",
    ]


def test_the_overview_tells_how_each_topic_stands(desk: Desk) -> None:
    desk.person({"ports": Frequency.DAILY})
    (row,) = overview(desk.session, now=desk.now)
    assert (row.slug, row.state, row.subscribers, row.about) == ("ports", "in force", 1, 5)
    desk.adopt()
    assert overview(desk.session, now=desk.now)[0].state == "its file is missing"
