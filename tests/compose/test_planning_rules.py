"""The rules of planning, one by one. The ledger test beside this one has them all at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from tests.compose.scene import NEWSLETTERS, Scene
from worker.audience.pauses import PauseWish, change_pause
from worker.audience.subscriptions import change_subscriptions, lock_people, open_subscriptions
from worker.compose.release import release_again, release_ready
from worker.database import session_on, table
from worker.models import (
    Article,
    DeliveryState,
    DueTime,
    Edition,
    EditionState,
    Frequency,
    PauseMode,
    Story,
    Subscriber,
)

INSTANT, DAILY, WEEKLY = Frequency.INSTANT, Frequency.DAILY, Frequency.WEEKLY
MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session, MONDAY)


def move_to(scene: Scene, key: int, now: datetime, *, zone: str, hour: int) -> None:
    subscriber = scene.session.get_one(Subscriber, key)
    subscriber.zone, subscriber.hour = zone, hour
    scene.session.flush()
    held = open_subscriptions(scene.session, key)
    change_subscriptions(scene.session, subscriber, held, now=now, reason="changed")
    scene.session.commit()


def pause(scene: Scene, key: int, wish: PauseWish | None, now: datetime) -> None:
    lock_people(scene.session, [key])
    change_pause(scene.session, scene.session.get_one(Subscriber, key), wish, now=now)
    scene.session.commit()


class TestRelease:
    def test_numbers_have_no_gaps_and_each_article_gets_one(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        for _ in range(3):
            scene.article([drones], MONDAY)
        assert release_ready(scene.session, now=MONDAY, text_wait=HOUR).numbers == [1, 2, 3]
        assert release_ready(scene.session, now=MONDAY, text_wait=HOUR).numbers == []

    def test_an_article_waits_for_its_full_text_but_not_for_ever(self, scene: Scene) -> None:
        key = scene.article([scene.topic("drones", MONDAY)], MONDAY)
        article = scene.session.get_one(Article, key)
        article.text_state = "pending"
        scene.session.commit()
        assert release_ready(scene.session, now=MONDAY + HOUR / 2, text_wait=HOUR).numbers == []
        assert release_ready(scene.session, now=MONDAY + HOUR, text_wait=HOUR).numbers == [1]

    def test_what_is_about_nothing_is_withheld_with_that_reason(self, scene: Scene) -> None:
        key = scene.article([], MONDAY)
        assert release_ready(scene.session, now=MONDAY, text_wait=HOUR).withheld == {key: "no_topic"}

    def test_the_second_article_of_a_story_is_not_released_unless_marked_as_an_update(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        story = Story(created_at=MONDAY)
        scene.session.add(story)
        scene.session.commit()
        scene.article([drones], MONDAY, story_id=story.id)
        second = scene.article([drones], MONDAY, story_id=story.id)
        result = release_ready(scene.session, now=MONDAY, text_wait=HOUR)
        assert (result.numbers, result.withheld) == ([1], {second: "story"})
        third = scene.article([drones], MONDAY, story_id=story.id)
        scene.session.get_one(Article, third).is_update = True
        scene.session.commit()
        assert release_ready(scene.session, now=MONDAY, text_wait=HOUR).numbers == [2]

    def test_concurrent_releases_number_without_gap_or_repeat(self, engine: Engine) -> None:
        with session_on(engine) as session:
            scene = Scene(session, MONDAY)
            drones = scene.topic("drones", MONDAY)
            for _ in range(12):
                scene.article([drones], MONDAY)

        def work() -> None:
            for _ in range(4):
                with session_on(engine) as session:
                    release_ready(session, now=MONDAY, text_wait=HOUR, limit=2)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with session_on(engine) as session:
            numbers = session.execute(select(Article.release_number)).scalars().all()
            assert sorted(n for n in numbers if n is not None) == list(range(1, 13))


class TestLanes:
    def test_one_person_gets_an_article_by_the_fastest_lane_only(self, scene: Scene) -> None:
        drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
        key = scene.person({drones: INSTANT, arctic: DAILY}, MONDAY)
        scene.release([drones, arctic], MONDAY)
        scene.plan(INSTANT, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == [{1}]

    def test_a_change_of_frequency_loses_nothing_and_doubles_nothing(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY, weekday=1)
        scene.release([drones], MONDAY)
        scene.choose(key, {drones: WEEKLY}, MONDAY)
        scene.release([drones], MONDAY)
        for hours in (2, 26, 50):
            scene.plan(DAILY, MONDAY + hours * HOUR)
            scene.plan(WEEKLY, MONDAY + hours * HOUR)
        assert scene.given(key) == [{1}, {2}]

    def test_leaving_a_topic_forfeits_what_is_pending(self, scene: Scene) -> None:
        drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
        key = scene.person({drones: DAILY, arctic: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.choose(key, {arctic: DAILY}, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == []

    def test_an_undo_before_the_next_plan_gets_it_back(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.choose(key, {}, MONDAY)
        scene.choose(key, {drones: DAILY}, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == [{1}]

    def test_a_new_subscriber_gets_no_back_catalogue(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        scene.release([drones], MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == [{2}]

    def test_windows_span_blocks_of_bits(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        for _ in range(150):
            scene.article([drones], MONDAY)
        release_ready(scene.session, now=MONDAY, text_wait=HOUR)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == [frozenset(range(1, 151))]


class TestDraining:
    def test_a_frequency_nobody_holds_is_due_once_more_and_then_gone(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.choose(key, {drones: WEEKLY}, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        due = table(DueTime)
        left = scene.session.execute(select(due.c.frequency).where(due.c.subscriber_id == key)).scalars().all()
        assert (scene.given(key), left) == ([{1}], ["weekly"])

    def test_opening_it_again_clears_the_mark(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.choose(key, {drones: WEEKLY}, MONDAY)
        scene.choose(key, {drones: DAILY}, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        scene.release([drones], MONDAY + 3 * HOUR)
        scene.plan(DAILY, MONDAY + 26 * HOUR)
        assert scene.given(key) == [{1}]


class TestOwed:
    def test_what_failed_joins_the_next_plan_of_any_kind(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        scene.fail(scene.deliveries(key)[0])
        scene.choose(key, {drones: INSTANT}, MONDAY + 3 * HOUR)
        scene.release([drones], MONDAY + 3 * HOUR)
        scene.plan(INSTANT, MONDAY + 3 * HOUR)
        assert scene.given(key) == [{1}, {1, 2}]

    def test_it_is_taken_over_once(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        scene.fail(scene.deliveries(key)[0])
        scene.plan(DAILY, MONDAY + 26 * HOUR)
        scene.plan(DAILY, MONDAY + 50 * HOUR)
        assert scene.given(key) == [{1}, {1}]

    def test_it_is_not_given_when_its_topic_was_left_meanwhile(self, scene: Scene) -> None:
        drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
        key = scene.person({drones: DAILY, arctic: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        scene.fail(scene.deliveries(key)[0])
        scene.choose(key, {arctic: DAILY}, MONDAY + 3 * HOUR)
        scene.plan(DAILY, MONDAY + 26 * HOUR)
        assert len(scene.deliveries(key)) == 1

    def test_an_uncertain_delivery_is_not_owed(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        scene.deliveries(key)[0].state = DeliveryState.UNCERTAIN
        scene.session.commit()
        scene.plan(DAILY, MONDAY + 26 * HOUR)
        assert len(scene.deliveries(key)) == 1


class TestAlerts:
    def test_releases_of_one_tick_share_one_alert(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: INSTANT}, MONDAY)
        scene.release([drones], MONDAY)
        scene.release([drones], MONDAY)
        assert scene.plan(INSTANT, MONDAY).deliveries == 1
        assert scene.plan(INSTANT, MONDAY).deliveries == 0
        assert scene.given(key) == [{1, 2}]

    def test_what_is_beyond_the_daily_cap_is_owed_and_joins_the_digest(self, session: Session) -> None:
        capped = {**NEWSLETTERS, INSTANT: replace(NEWSLETTERS[INSTANT], max_per_day=1)}
        scene = Scene(session, MONDAY, capped)
        drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
        key = scene.person({drones: INSTANT, arctic: DAILY}, MONDAY)
        for minute in range(3):
            at = MONDAY + timedelta(minutes=minute)
            scene.release([drones], at)
            scene.plan(INSTANT, at)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        reasons = [(d.state, d.reason) for d in scene.deliveries(key)]
        assert reasons == [("planned", None), ("skipped", "capped"), ("skipped", "capped"), ("planned", None)]
        assert scene.given(key)[-1] == {2, 3}

    def test_the_night_is_quiet_by_the_subscribers_clock_and_the_morning_brings_it(self, session: Session) -> None:
        quiet = {**NEWSLETTERS, INSTANT: replace(NEWSLETTERS[INSTANT], quiet_hours="22:00-07:00")}
        scene = Scene(session, MONDAY, quiet)
        drones = scene.topic("drones", MONDAY)
        berlin = scene.person({drones: INSTANT}, MONDAY, zone="Europe/Berlin")
        tokyo = scene.person({drones: INSTANT}, MONDAY, zone="Asia/Tokyo")
        night = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # 23:30 in Berlin, 07:30 in Tokyo
        scene.release([drones], night)
        scene.plan(INSTANT, night)
        assert [d.reason for d in scene.deliveries(berlin)] == ["quiet_hours"]
        assert [d.state for d in scene.deliveries(tokyo)] == ["planned"]
        scene.plan(INSTANT, night + 6 * HOUR)
        assert len(scene.deliveries(berlin)) == 1
        scene.plan(INSTANT, night + 8 * HOUR)
        assert [d.state for d in scene.deliveries(berlin)] == ["skipped", "planned"]
        assert scene.plan(INSTANT, night + 9 * HOUR).deliveries == 0

    def test_what_is_found_hours_late_is_not_blasted_but_owed(self, scene: Scene) -> None:
        drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
        key = scene.person({drones: INSTANT, arctic: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(INSTANT, MONDAY + 5 * HOUR)
        scene.plan(DAILY, MONDAY + 5 * HOUR)
        assert [(d.state, d.reason) for d in scene.deliveries(key)] == [("expired", "late"), ("planned", None)]
        assert scene.given(key) == [{1}, {1}]


class TestPauses:
    def test_a_pause_that_skips_takes_its_releases_out_for_good(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        pause(scene, key, PauseWish(PauseMode.SKIP, (MONDAY + 2 * DAY).date()), MONDAY)
        scene.release([drones], MONDAY + HOUR)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        # released after the stored end, found by a tick long after it
        scene.release([drones], MONDAY + 2 * DAY)
        scene.plan(DAILY, MONDAY + 2 * DAY + 2 * HOUR)
        assert [d.reason for d in scene.deliveries(key)] == ["paused", None]
        assert scene.given(key)[-1] == {1, 3}

    def test_a_pause_with_catch_up_owes_them(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: INSTANT}, MONDAY)
        pause(scene, key, PauseWish(PauseMode.CATCH_UP, (MONDAY + DAY).date()), MONDAY)
        scene.release([drones], MONDAY + HOUR)
        scene.plan(INSTANT, MONDAY + HOUR)
        scene.release([drones], MONDAY + 2 * HOUR)
        scene.plan(INSTANT, MONDAY + 2 * HOUR)
        scene.plan(INSTANT, MONDAY + DAY)
        assert scene.given(key)[-1] == {1, 2}
        assert [d.reason for d in scene.deliveries(key)] == ["paused", "paused", None]


class TestDue:
    def test_a_digest_comes_at_the_subscribers_local_hour(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        berlin = scene.person({drones: DAILY}, MONDAY, zone="Europe/Berlin", hour=9)  # 08:00 UTC
        kathmandu = scene.person({drones: DAILY}, MONDAY, zone="Asia/Kathmandu", hour=14)  # 08:15 UTC
        scene.release([drones], MONDAY)
        scene.plan(DAILY, datetime(2026, 3, 2, 8, 5, tzinfo=UTC))
        assert (len(scene.deliveries(berlin)), len(scene.deliveries(kathmandu))) == (1, 0)
        scene.plan(DAILY, datetime(2026, 3, 2, 8, 20, tzinfo=UTC))
        assert len(scene.deliveries(kathmandu)) == 1

    def test_doubled_ticks_plan_once(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        for _ in range(3):
            scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == [{1}]

    def test_after_a_downtime_of_days_there_is_one_catch_up_edition(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        for day in range(3):
            scene.release([drones], MONDAY + day * DAY)
        result = scene.plan(DAILY, MONDAY + 2 * DAY + 3 * HOUR)
        assert len(result.missed) == 2
        assert scene.given(key) == [{1, 2, 3}]

    def test_found_past_not_after_nothing_is_blasted_and_the_next_edition_has_it(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR + 7 * HOUR)
        assert scene.given(key) == []
        editions = scene.session.execute(select(Edition)).scalars().all()
        assert [edition.state for edition in editions] == [EditionState.MISSED]
        scene.plan(DAILY, MONDAY + DAY + 2 * HOUR)
        assert scene.given(key) == [{1}]

    def test_a_move_to_another_zone_touches_no_watermark(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        move_to(scene, key, MONDAY, zone="America/New_York", hour=8)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == []
        scene.plan(DAILY, MONDAY + 7 * HOUR)
        assert scene.given(key) == [{1}]

    def test_two_clocks_of_one_instant_are_one_edition_and_a_move_between_them_doubles_nothing(
        self, scene: Scene
    ) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY, zone="Europe/Berlin", hour=9)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        scene.release([drones], MONDAY + 2 * HOUR)
        # a clock of the same instant that is planned later, as after a lost tick
        move_to(scene, key, MONDAY, zone="Europe/Paris", hour=9)
        other = scene.person({drones: DAILY}, MONDAY, zone="Europe/Paris", hour=9)
        scene.plan(DAILY, MONDAY + 2 * HOUR + timedelta(minutes=5))
        assert scene.given(key) == [{1}]
        assert scene.given(other) == []
        scene.plan(DAILY, MONDAY + DAY + 2 * HOUR)
        assert scene.given(key) == [{1}, {2}]

    def test_nobody_without_news_gets_a_mail(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.deliveries(key) == []


class TestGiving:
    def test_a_withdrawn_article_is_left_out(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.release([drones], MONDAY)
        first = scene.session.execute(select(Article.id).where(table(Article).c.release_number == 1)).scalar_one()
        scene.withdraw(first, MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == [{2}]

    def test_an_old_article_is_left_out(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        key = scene.person({drones: DAILY}, MONDAY)
        scene.article([drones], MONDAY, published_at=MONDAY - 40 * DAY)
        release_ready(scene.session, now=MONDAY, text_wait=HOUR)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        assert scene.given(key) == []

    def test_released_again_it_reaches_only_those_who_have_not_had_it(self, scene: Scene) -> None:
        drones = scene.topic("drones", MONDAY)
        early = scene.person({drones: DAILY}, MONDAY)
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        late = scene.person({drones: DAILY}, MONDAY + 3 * HOUR)
        waiting = scene.person({drones: WEEKLY}, MONDAY, weekday=1)
        article = scene.session.execute(select(Article.id)).scalars().first()
        assert article is not None
        release_again(scene.session, article, operator="olga", now=MONDAY + 4 * HOUR)
        for hours in (26, 50):
            scene.plan(DAILY, MONDAY + hours * HOUR)
            scene.plan(WEEKLY, MONDAY + hours * HOUR)
        assert scene.given(early) == [{1}]
        assert scene.given(late) == [{2}]
        assert [len(numbers) for numbers in scene.given(waiting)] == [1]

    def test_people_with_the_same_articles_share_a_cohort_and_another_language_is_another(self, scene: Scene) -> None:
        drones, arctic = scene.topic("drones", MONDAY), scene.topic("arctic", MONDAY)
        people = [scene.person({drones: DAILY}, MONDAY), scene.person({drones: DAILY, arctic: DAILY}, MONDAY)]
        german = scene.person({drones: DAILY}, MONDAY)
        scene.session.get_one(Subscriber, german).language = "de"
        scene.session.commit()
        scene.release([drones], MONDAY)
        scene.plan(DAILY, MONDAY + 2 * HOUR)
        first, second = (scene.deliveries(key)[0].cohort_id for key in people)
        assert first == second != scene.deliveries(german)[0].cohort_id
