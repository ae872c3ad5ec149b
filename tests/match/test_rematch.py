"""Stored articles are judged anew: silently, in portions, without a gap; sent only where that was asked for."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from tests.match.judging_by import topic
from tests.match.stored import Desk
from worker.compose.newsletters import sync_newsletters
from worker.compose.plan_alerts import plan_alerts
from worker.compose.release import last_release, release_to_topics
from worker.database import session_on
from worker.errors import InvalidInput, NotFound
from worker.match.definitions import StoredMatcher, load_matcher
from worker.match.rematch import (
    RematchProgress,
    cancel_rematch,
    rejudge_late_texts,
    rematch_portion,
    rematch_progress,
    rematches,
    running_rematches,
    start_rematch,
)
from worker.models import Article, Delivery, Frequency, Release, Story
from worker.schedules.newsletters import NewsletterDefinition

PORTS = topic("ports", words=["harbour"])
WIDER = topic("ports", words=["harbour", "quay"])
DRONES = topic("drones", words=["drone"])
ALERT = NewsletterDefinition("alert", "Alert", "instant", max_age_days=30, not_after_minutes=120)


@pytest.fixture
def desk(session: Session, now: datetime) -> Desk:
    desk = Desk(session, now, PORTS, DRONES)
    for number in range(5):
        desk.publish(f"Harbour {number} reopens")
        desk.publish(f"Quay {number} collapses")
    return desk


def start(desk: Desk, slug: str | None = "ports", *, send: bool = False) -> RematchProgress:
    since = desk.now - timedelta(days=30)
    return start_rematch(desk.session, slug, since=since, send=send, by="olga", now=desk.now)


def finish(desk: Desk, job: RematchProgress, matcher: StoredMatcher, *, size: int = 3) -> RematchProgress:
    while job.state == "running":
        after = rematch_portion(
            desk.session, job.id, matcher=matcher, now=desk.now, release_to=release_to_topics, size=size
        )
        assert after is not None
        job = after
    return job


def test_matches_are_replaced_as_evidence_and_nobody_is_sent_anything(desk: Desk) -> None:
    matcher = desk.adopt(WIDER, DRONES)
    released, number = desk.total(Release), last_release(desk.session)
    job = finish(desk, start(desk), matcher)
    assert (job.state, job.judged, job.total, job.gained, job.lost, job.released) == ("done", 10, 10, 5, 0, 0)
    assert set(desk.matches("ports").values()) == {("about", 2)}
    assert (desk.total(Release), last_release(desk.session)) == (released, number)


def test_what_is_no_longer_about_it_is_counted_and_stays_sent(desk: Desk) -> None:
    matcher = desk.adopt(topic("ports", words=["quay"]), DRONES)
    released = desk.total(Release)
    job = finish(desk, start(desk), matcher)
    assert (job.gained, job.lost) == (5, 5)
    assert len(desk.matches("ports")) == 5
    assert desk.total(Release) == released


def test_only_the_named_topic_is_judged(desk: Desk) -> None:
    desk.publish("Drone over the harbour", "A drone. A drone. The harbour.")
    before = desk.matches("drones")
    matcher = desk.adopt(WIDER, topic("drones", words=["nothing"]))
    finish(desk, start(desk), matcher)
    assert desk.matches("drones") == before
    finish(desk, start(desk, None), matcher)
    assert desk.matches("drones") == {}


def test_a_worker_that_dies_between_or_within_portions_leaves_no_gap(desk: Desk) -> None:
    matcher = desk.adopt(WIDER, DRONES)
    job = start(desk, send=True)

    def dies(session: Session, gained: object, now: datetime, by: str) -> list[int]:
        raise ConnectionError("the machine is gone")

    rematch_portion(desk.session, job.id, matcher=matcher, now=desk.now, release_to=release_to_topics, size=3)
    halfway = rematch_progress(desk.session, job.id)
    with pytest.raises(ConnectionError):
        rematch_portion(desk.session, job.id, matcher=matcher, now=desk.now, release_to=dies, size=3)
    desk.session.rollback()
    assert rematch_progress(desk.session, job.id) == halfway
    done = finish(desk, halfway, load_matcher(desk.session))
    assert (done.judged, done.gained, done.released) == (10, 5, 5)
    assert set(desk.matches("ports").values()) == {("about", 2)}
    releases = [row.article_id for row in desk.session.exec(select(Release)).all()]
    assert sorted(releases) == list(range(1, 11)), "each article once"


def test_a_finished_job_asked_for_again_does_nothing(desk: Desk) -> None:
    matcher = desk.adopt(WIDER, DRONES)
    done = finish(desk, start(desk), matcher)
    assert rematch_portion(desk.session, done.id, matcher=matcher, now=desk.now) == done


def test_sending_reaches_those_who_subscribe_now_and_have_not_had_it(desk: Desk) -> None:
    sync_newsletters(desk.session, {"alert": ALERT}, now=desk.now)
    plan_alerts(desk.session, ALERT, version=1, now=desk.now)
    both = desk.publish("Drone hits the quay", "A drone. A drone. The quay. The quay.")
    had = desk.person({"drones": Frequency.INSTANT}, "had@example.org")
    desk.publish("Drone hits the quay again", "A drone. A drone. The quay. The quay.")
    plan_alerts(desk.session, ALERT, version=1, now=desk.now)
    assert len(deliveries(desk)) == 1
    desk.person({"ports": Frequency.INSTANT}, "new@example.org")
    matcher = desk.adopt(WIDER, DRONES)
    job = finish(desk, start(desk, send=True), matcher)
    assert job.released == job.gained == 7
    plan_alerts(desk.session, ALERT, version=1, now=desk.now)
    assert [each for each in deliveries(desk) if each == had.id] == [had.id], "no second mail for who has no ports"
    assert len(deliveries(desk)) == 2
    assert desk.session.get_one(Article, both).release_number is not None


def deliveries(desk: Desk) -> list[int]:
    desk.session.expire_all()
    return [each.subscriber_id for each in desk.session.exec(select(Delivery)).all()]


def test_what_was_withdrawn_or_known_from_the_start_is_not_sent(desk: Desk) -> None:
    gone = desk.publish("Quay is gone", withdrawn_at=desk.now)
    desk.article("Quay of old", baseline=True, withheld_reason="baseline", matched_at=desk.now)
    job = finish(desk, start(desk, send=True), desk.adopt(WIDER, DRONES))
    assert (job.gained, job.released) == (7, 5)
    assert desk.session.get_one(Article, gone).released_at is None


def test_of_several_articles_of_one_story_one_is_sent(desk: Desk) -> None:
    stories = [Story(created_at=desk.now) for _ in range(2)]
    desk.session.add_all(stories)
    desk.session.commit()
    fresh, told = [story.id for story in stories]
    desk.publish("Harbour and quay are told of", story_id=told)
    again = desk.publish("Quay is told of again", story_id=told)
    first, second = (desk.publish("Quay told of", story_id=fresh) for _ in range(2))
    more = desk.publish("Quay told of, and more", story_id=fresh, is_update=True)
    job = finish(desk, start(desk, send=True), desk.adopt(WIDER, DRONES), size=4)
    assert job.released == 5 + 2
    held = {each: desk.session.get_one(Article, each).withheld_reason for each in (again, first, second, more)}
    assert held == {again: "story", first: None, second: "story", more: None}


def test_two_jobs_for_one_topic_are_refused(desk: Desk) -> None:
    first = start(desk)
    for slug in ("ports", None):
        with pytest.raises(InvalidInput, match=f"--cancel {first.id}"):
            start(desk, slug)
    assert start(desk, "drones").state == "running"
    assert cancel_rematch(desk.session, first.id, now=desk.now).state == "cancelled"
    assert start(desk).id > first.id
    assert [job.topic for job in rematches(desk.session)] == ["ports", "drones", "ports"]


def test_of_two_who_ask_at_once_one_is_refused(engine: Engine, desk: Desk) -> None:
    together = threading.Barrier(4)
    refused: list[str] = []

    def ask() -> None:
        with session_on(engine) as own:
            together.wait()
            try:
                start_rematch(own, "ports", since=desk.now - timedelta(days=30), send=True, by="olga", now=desk.now)
            except InvalidInput as error:
                refused.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert len(running_rematches(desk.session)) == 1


def test_a_job_whose_topic_is_gone_is_cancelled(desk: Desk) -> None:
    job = start(desk)
    done = finish(desk, job, desk.adopt(DRONES))
    assert (done.state, done.judged) == ("cancelled", 0)
    with pytest.raises(InvalidInput, match="was retired on"):
        start(desk)


@pytest.mark.parametrize(("slug", "by", "error"), [("nothing", "olga", NotFound), ("ports", " ", InvalidInput)])
def test_a_job_needs_a_topic_and_a_name(desk: Desk, slug: str, by: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        start_rematch(desk.session, slug, since=desk.now, send=False, by=by, now=desk.now)
    with pytest.raises(NotFound, match="no rematch 77"):
        rematch_progress(desk.session, 77)


def test_a_full_text_that_comes_after_the_release_is_judged_silently(session: Session, now: datetime) -> None:
    desk = Desk(session, now, PORTS, DRONES)
    late = desk.publish("Harbour reopens", "The harbour. The harbour.", text_tries=1, text_state="pending")
    numbers = desk.total(Release)
    matcher = load_matcher(session)
    assert rejudge_late_texts(session, matcher=matcher, now=now) == 0
    soon = now + timedelta(minutes=5)
    text = "A drone. " * 20
    desk.change(late, text=text, text_state="whole", updated_at=soon)
    assert rejudge_late_texts(session, matcher=matcher, now=soon) == 1
    assert rejudge_late_texts(session, matcher=matcher, now=soon) == 0
    assert desk.matches("drones")[late][0] == "about"
    assert desk.total(Release) == numbers
