"""Planning where things happen at the same time, or meet at a bad moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from tests.compose.scene import NEWSLETTERS, Scene
from worker.audience.subscriptions import change_subscriptions
from worker.compose.plan_alerts import plan_alerts
from worker.compose.plan_digests import plan_digests
from worker.compose.release import last_release, release_again, release_ready
from worker.database import PLAN_LOCK, RELEASE_LOCK, lock_exclusive, session_on
from worker.models import Article, Clock, Cohort, Frequency, Story, Subscriber

INSTANT, DAILY, WEEKLY = Frequency.INSTANT, Frequency.DAILY, Frequency.WEEKLY
MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session, MONDAY)


def impatient(engine: Engine) -> Session:
    """A session that gives up at once where it would have to wait for a lock."""
    session = Session(engine, expire_on_commit=False)
    session.execute(text("SET lock_timeout = '150ms'"))
    return session


@pytest.mark.postgresql
def test_a_change_of_subscriptions_waits_for_a_release_under_way(postgresql_engine: Engine) -> None:
    with session_on(postgresql_engine) as session:
        scene = Scene(session, MONDAY)
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
    with session_on(postgresql_engine) as releasing, impatient(postgresql_engine) as changing:
        lock_exclusive(releasing, RELEASE_LOCK)
        person = changing.get_one(Subscriber, key)
        with pytest.raises(OperationalError, match="lock timeout"):
            change_subscriptions(changing, person, {drones: WEEKLY}, now=MONDAY, reason="changed")


@pytest.mark.postgresql
@pytest.mark.parametrize("frequency", [INSTANT, DAILY])
def test_one_plan_waits_for_another(postgresql_engine: Engine, frequency: Frequency) -> None:
    with session_on(postgresql_engine) as session:
        Scene(session, MONDAY)
    planner = plan_alerts if frequency == INSTANT else plan_digests
    with session_on(postgresql_engine) as planning, impatient(postgresql_engine) as second:
        lock_exclusive(planning, PLAN_LOCK)
        with pytest.raises(OperationalError, match="lock timeout"):
            planner(second, NEWSLETTERS[frequency], version=1, now=MONDAY)


def test_what_is_owed_of_a_slower_newsletter_keeps_its_age_in_an_alert(scene: Scene) -> None:
    patient = {**NEWSLETTERS, INSTANT: type(NEWSLETTERS[INSTANT])("alert", "Alert", "instant", max_age_days=3)}
    scene.newsletters = patient
    drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
    key = scene.person({drones: WEEKLY, arctic: INSTANT}, MONDAY, weekday=1)
    scene.release([drones], MONDAY)
    scene.plan(WEEKLY, MONDAY + DAY + 2 * HOUR)
    scene.fail(scene.deliveries(key)[0])
    later = MONDAY + 5 * DAY
    scene.release([arctic], later)
    scene.plan(INSTANT, later)
    assert scene.given(key) == [{1}, {1, 2}]


def test_who_took_a_frequency_up_again_at_its_very_slot_breaks_nobodys_plan(scene: Scene) -> None:
    drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
    key = scene.person({drones: DAILY}, MONDAY)
    other = scene.person({drones: DAILY}, MONDAY, zone="Europe/London")
    scene.release([drones], MONDAY)
    scene.choose(key, {arctic: WEEKLY}, MONDAY)
    scene.choose(key, {drones: WEEKLY, arctic: WEEKLY}, MONDAY)
    slot = MONDAY + 2 * HOUR
    scene.plan(DAILY, slot)
    # the request carries an instant before the slot, and its clock is new (as if in another zone of the same hour)
    person = scene.session.get_one(Subscriber, key)
    person.zone = "Africa/Abidjan"
    scene.session.commit()
    scene.choose(key, {drones: DAILY}, slot - timedelta(seconds=1))
    scene.plan(DAILY, slot + HOUR)
    scene.release([drones], slot + HOUR)
    scene.plan(DAILY, slot + DAY)
    assert scene.given(key) == [{1}, {2}]
    assert scene.given(other) == [{1}, {2}]


def test_a_story_nobody_could_get_silences_nothing(scene: Scene) -> None:
    drones = scene.topic("drones", MONDAY)
    key = scene.person({drones: INSTANT}, MONDAY)
    story = Story(created_at=MONDAY)
    scene.session.add(story)
    scene.session.commit()
    first = scene.article([drones], MONDAY, story_id=story.id)
    scene.session.get_one(Article, first).baseline = True
    second = scene.article([drones], MONDAY, story_id=story.id)
    scene.session.commit()
    release_ready(scene.session, now=MONDAY, text_wait=HOUR)
    scene.withdraw(second, MONDAY)
    scene.article([drones], MONDAY, story_id=story.id)
    release_ready(scene.session, now=MONDAY, text_wait=HOUR)
    scene.plan(INSTANT, MONDAY)
    assert scene.given(key) == [{2}]


def test_the_date_shown_parts_cohorts(scene: Scene) -> None:
    drones = scene.topic("drones", MONDAY)
    # one instant: Monday evening in Honolulu, Tuesday evening in Kiritimati
    west = scene.person({drones: DAILY}, MONDAY, zone="Pacific/Honolulu", hour=20)
    east = scene.person({drones: DAILY}, MONDAY, zone="Pacific/Kiritimati", hour=20)
    scene.release([drones], MONDAY)
    scene.plan(DAILY, datetime(2026, 3, 3, 6, tzinfo=UTC))
    cohorts = [scene.session.get_one(Cohort, scene.deliveries(key)[0].cohort_id) for key in (west, east)]
    assert [cohort.shown_on.day for cohort in cohorts] == [2, 3]


def test_a_clock_that_everybody_has_left_makes_no_editions(scene: Scene) -> None:
    drones = scene.topic("drones", MONDAY)
    key = scene.person({drones: DAILY}, MONDAY)
    scene.choose(key, {}, MONDAY)
    scene.plan(DAILY, MONDAY + 2 * HOUR)
    assert len(scene.plan(DAILY, MONDAY + DAY + 2 * HOUR).edition_ids) == 0
    assert scene.session.execute(select(Clock.next_due_at)).scalar_one() == MONDAY + 2 * DAY + 2 * HOUR


def test_an_article_that_returns_reaches_those_whose_turn_it_missed_and_nobody_else(scene: Scene) -> None:
    drones = scene.topic("drones", MONDAY)
    early = scene.person({drones: INSTANT}, MONDAY)
    daily = scene.person({drones: DAILY}, MONDAY)
    number = scene.release([drones], MONDAY)
    scene.plan(INSTANT, MONDAY)
    article = scene.session.execute(select(Article)).scalar_one()
    scene.withdraw(article.id, MONDAY)
    scene.plan(DAILY, MONDAY + 2 * HOUR)
    scene.session.refresh(article)
    article.withdrawn_at = None
    scene.session.commit()
    again = release_again(scene.session, article.id, operator="olga", now=MONDAY + 3 * HOUR)
    scene.plan(INSTANT, MONDAY + 3 * HOUR)
    scene.plan(DAILY, MONDAY + DAY + 2 * HOUR)
    assert scene.given(early) == [{number}]
    assert scene.given(daily) == [{again}]


def test_finding_what_is_owed_uses_the_index_made_for_it(sqlite_engine: Engine) -> None:
    with session_on(sqlite_engine) as session:
        plan = session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT delivery.id FROM delivery WHERE delivery.owed AND delivery.taken_by IS NULL "
                "AND delivery.reason IN ('capped')"
            )
        ).all()
    assert "ix_delivery_owed" in str(plan)


def test_concurrent_planners_release_and_changes_give_each_article_once(engine: Engine) -> None:
    """Two planners, a releaser and a person who keeps changing their mind, at the same time."""
    with session_on(engine) as session:
        scene = Scene(session, MONDAY)
        drones = scene.topic("drones", MONDAY)
        steady = scene.person({drones: INSTANT}, MONDAY)
        fickle = scene.person({drones: INSTANT}, MONDAY)
    failures: list[BaseException] = []

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - carried over to the test's own thread
            failures.append(error)

    def release() -> None:
        with session_on(engine) as session:
            writer = Scene.__new__(Scene)
            writer.session, writer.newsletters, writer.source, writer.count = session, NEWSLETTERS, scene.source, 100
            for _ in range(20):
                writer.release([drones], MONDAY)

    def plan() -> None:
        for _ in range(20):
            with session_on(engine) as session:
                plan_alerts(session, NEWSLETTERS[INSTANT], version=1, now=MONDAY)
            with session_on(engine) as session:
                plan_digests(session, NEWSLETTERS[DAILY], version=1, now=MONDAY + 2 * HOUR)

    def waver() -> None:
        for index in range(20):
            with session_on(engine) as session:
                person = session.get_one(Subscriber, fickle)
                wish = {drones: DAILY if index % 2 else INSTANT}
                change_subscriptions(session, person, wish, now=MONDAY, reason="changed")
                session.commit()

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (release, plan, plan, waver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with session_on(engine) as session:
        scene.session = session
        scene.plan(INSTANT, MONDAY)
        for day in (1, 2):
            scene.plan(DAILY, MONDAY + day * DAY + 2 * HOUR)
        assert last_release(session) == 20
        for key in (steady, fickle):
            everything = [number for numbers in scene.given(key) for number in numbers]
            assert sorted(everything) == list(range(1, 21))
