from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, select, text
from sqlmodel import Session, SQLModel

from tests.audience.scene import DAILY, INSTANT, WEEKLY, furnish, open_now, person, release
from tests.conftest import NOON
from worker.audience.subscriptions import change_subscriptions, end_subscriptions, open_subscriptions
from worker.database import make_engine, session_on, table
from worker.models import DueTime, Frequency, Subscriber, Subscription

SUBSCRIPTION, DUE = table(Subscription), table(DueTime)


def intervals(session: Session) -> list[tuple[int, str, int, int | None, str | None]]:
    """Topic, frequency, from, until, end reason: in the order they were opened."""
    columns = SUBSCRIPTION.c
    rows = session.execute(
        select(
            columns.topic_id, columns.frequency, columns.from_release, columns.until_release, columns.end_reason
        ).order_by(columns.id)
    )
    return [tuple(row) for row in rows]


def due_times(session: Session, subscriber: Subscriber) -> dict[str, tuple[int, bool]]:
    """Frequency to watermark and whether it drains."""
    rows = session.execute(
        select(DUE.c.frequency, DUE.c.watermark, DUE.c.draining).where(DUE.c.subscriber_id == subscriber.id)
    )
    return {frequency: (watermark, draining) for frequency, watermark, draining in rows}


def test_a_subscription_begins_after_the_current_release(
    session: Session, topics: dict[str, int], now: datetime
) -> None:
    someone = person(session, now)
    release(session, 7)
    assert change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="unsubscribed")
    session.commit()
    assert intervals(session) == [(topics["drones"], "daily", 7, None, None)]
    assert due_times(session, someone) == {"daily": (7, False)}


def test_another_frequency_closes_the_interval_and_opens_a_new_one(
    session: Session, topics: dict[str, int], now: datetime
) -> None:
    someone = person(session, now)
    change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    session.commit()
    release(session, 3)
    change_subscriptions(session, someone, {topics["drones"]: WEEKLY}, now=now, reason="x")
    session.commit()
    assert intervals(session) == [
        (topics["drones"], "daily", 0, 3, "changed"),
        (topics["drones"], "weekly", 3, None, None),
    ]
    assert due_times(session, someone) == {"daily": (0, True), "weekly": (3, False)}


def test_what_is_unchanged_is_left_alone(session: Session, topics: dict[str, int], now: datetime) -> None:
    someone = person(session, now)
    change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    session.commit()
    before = intervals(session)
    release(session)
    later = now + timedelta(days=1)
    assert not change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=later, reason="x")
    wanted = {topics["drones"]: DAILY, topics["arctic"]: INSTANT}
    assert change_subscriptions(session, someone, wanted, now=later, reason="x")
    session.commit()
    assert intervals(session) == [*before, (topics["arctic"], "instant", 1, None, None)]
    assert due_times(session, someone) == {"daily": (0, False)}


def test_the_instant_frequency_has_no_due_time(session: Session, topics: dict[str, int], now: datetime) -> None:
    someone = person(session, now)
    change_subscriptions(session, someone, {topics["drones"]: INSTANT}, now=now, reason="x")
    session.commit()
    assert due_times(session, someone) == {}


def test_opening_a_draining_frequency_again_clears_the_mark_and_keeps_the_watermark(
    session: Session, topics: dict[str, int], now: datetime
) -> None:
    someone = person(session, now)
    change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    release(session, 4)
    change_subscriptions(session, someone, {}, now=now, reason="unsubscribed")
    session.commit()
    assert due_times(session, someone) == {"daily": (0, True)}
    change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    session.commit()
    assert due_times(session, someone) == {"daily": (0, False)}
    assert intervals(session) == [
        (topics["drones"], "daily", 0, 4, "unsubscribed"),
        (topics["drones"], "daily", 4, None, None),
    ]


def test_ending_reaches_only_the_people_topics_and_frequency_meant(
    session: Session, topics: dict[str, int], now: datetime
) -> None:
    one, other = person(session, now, "one@example.org"), person(session, now, "other@example.org")
    wanted = {topics["drones"]: DAILY, topics["arctic"]: DAILY, topics["belarus"]: WEEKLY}
    for someone in (one, other):
        change_subscriptions(session, someone, wanted, now=now, reason="x")
    session.commit()
    assert end_subscriptions(session, [one.id], reason="bounced", now=now, topic_ids=[topics["drones"]]) == 1
    session.commit()
    assert open_now(session, one) == {"arctic": "daily", "belarus": "weekly"}
    assert due_times(session, one)["daily"] == (0, False)
    assert end_subscriptions(session, [one.id, other.id], reason="bounced", now=now, frequency=DAILY) == 3
    session.commit()
    assert open_now(session, one) == open_now(session, other) == {"belarus": "weekly"}
    assert due_times(session, other) == {"daily": (0, True), "weekly": (0, False)}
    assert end_subscriptions(session, [one.id, other.id], reason="bounced", now=now) == 2
    session.commit()
    assert {reason for *_, reason in intervals(session)} == {"bounced"}


def test_ending_nothing_ends_nothing(session: Session, topics: dict[str, int], now: datetime) -> None:
    someone = person(session, now)
    change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    assert end_subscriptions(session, [], reason="x", now=now) == 0
    assert end_subscriptions(session, [someone.id], reason="x", now=now, topic_ids=[]) == 0
    assert open_now(session, someone) == {"drones": "daily"}


def test_thousands_end_in_one_go(session: Session, topics: dict[str, int], now: datetime) -> None:
    ids = [person(session, now, f"p{n}@example.org").id for n in range(30)]
    people = [session.get(Subscriber, one) for one in ids]
    for someone in people:
        assert someone is not None
        change_subscriptions(session, someone, {topics["drones"]: DAILY}, now=now, reason="x")
    session.commit()
    assert end_subscriptions(session, ids, reason="complained", now=now) == len(ids)


def test_two_changes_of_one_person_at_once_leave_one_open_interval_for_a_topic(
    engine: Engine, session: Session, topics: dict[str, int], now: datetime
) -> None:
    someone = person(session, now)
    session.commit()
    faults: list[BaseException] = []

    def alternate(first: Frequency, second: Frequency) -> None:
        try:
            for step in range(12):
                with session_on(engine) as mine:
                    me = mine.get(Subscriber, someone.id)
                    assert me is not None
                    frequency = first if step % 2 else second
                    change_subscriptions(mine, me, {topics["drones"]: frequency}, now=now, reason="x")
                    mine.commit()
        except BaseException as fault:  # noqa: BLE001 - carried to the test's thread
            faults.append(fault)

    threads = [threading.Thread(target=alternate, args=pair) for pair in ((DAILY, WEEKLY), (WEEKLY, INSTANT))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(open_subscriptions(session, someone.id)) == 1


class Interval(RuleBasedStateMachine):
    """Whatever happens, intervals of one topic follow each other, and what is closed stays as it is."""

    template: Engine

    def __init__(self) -> None:
        super().__init__()
        self.engine = make_engine("sqlite://")
        SQLModel.metadata.create_all(self.engine)
        self.session = Session(self.engine, expire_on_commit=False)
        self.now = NOON
        self.number = 0
        self.watermarks: dict[str, int] = {}
        self.seen: dict[int, tuple[object, ...]] = {}

    @initialize()
    def begin(self) -> None:
        self.topics = list(furnish(self.session, self.now).values())
        self.someone = person(self.session, self.now)

    @rule(count=st.integers(1, 3))
    def articles_are_released(self, count: int) -> None:
        self.number = release(self.session, count)

    @rule(frequencies=st.lists(st.sampled_from([None, *Frequency]), min_size=3, max_size=3))
    def preferences_change(self, frequencies: list[Frequency | None]) -> None:
        wanted = {topic: chosen for topic, chosen in zip(self.topics, frequencies, strict=True) if chosen}
        change_subscriptions(self.session, self.someone, wanted, now=self._later(), reason="unsubscribed")
        self.session.commit()
        assert open_subscriptions(self.session, self.someone.id) == wanted

    @rule(topic=st.none() | st.integers(0, 2), frequency=st.none() | st.sampled_from(list(Frequency)))
    def subscriptions_end(self, topic: int | None, frequency: Frequency | None) -> None:
        ids = None if topic is None else [self.topics[topic]]
        end_subscriptions(
            self.session, [self.someone.id], reason="x", now=self._later(), topic_ids=ids, frequency=frequency
        )
        self.session.commit()

    @rule(zone=st.sampled_from(["Asia/Kathmandu", "America/New_York"]), hour=st.integers(0, 23))
    def somebody_moves(self, zone: str, hour: int) -> None:
        self.someone.zone, self.someone.hour = zone, hour
        self.session.flush()
        held = open_subscriptions(self.session, self.someone.id)
        change_subscriptions(self.session, self.someone, held, now=self._later(), reason="x")
        self.session.commit()

    @rule()
    def a_draining_due_time_has_its_last_turn(self) -> None:
        self.session.execute(text("DELETE FROM due_time WHERE draining"))
        self.session.commit()

    @invariant()
    def intervals_of_a_topic_follow_each_other(self) -> None:
        rows = self.session.execute(select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.id)).all()
        ends: dict[int, int | None] = {}
        for row in rows:
            before = ends.get(row.topic_id, 0)
            assert before is not None, "an interval was opened while another was open"
            assert row.from_release >= before
            assert row.until_release is None or self.number >= row.until_release >= row.from_release
            assert (row.until_release is None) == (row.ended_at is None) == (row.end_reason is None)
            ends[row.topic_id] = row.until_release

    @invariant()
    def nothing_is_edited(self) -> None:
        for row in self.session.execute(select(SUBSCRIPTION)).all():
            beginning = (row.subscriber_id, row.topic_id, row.frequency, row.from_release, row.started_at)
            ending = (row.until_release, row.ended_at, row.end_reason)
            kept = self.seen.get(row.id)
            assert kept is None or kept[0] == beginning
            assert kept is None or kept[1] == (None, None, None) or kept[1] == ending
            self.seen[row.id] = (beginning, ending)

    @invariant()
    def due_times_follow_what_is_held_and_keep_their_watermarks(self) -> None:
        held = set(open_subscriptions(self.session, self.someone.id).values()) - {INSTANT}
        rows = due_times(self.session, self.someone)
        assert {frequency for frequency, (_, draining) in rows.items() if not draining} == held
        for frequency, (watermark, _) in rows.items():
            assert self.watermarks.get(frequency, watermark) == watermark
        self.watermarks = {frequency: watermark for frequency, (watermark, _) in rows.items()}

    def _later(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()


TestInterval = Interval.TestCase
TestInterval.settings = settings(max_examples=60, stateful_step_count=25)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_move_of_hour_or_zone_changes_the_clock_only(
    session: Session, topics: dict[str, int], now: datetime, zone: str
) -> None:
    someone = person(session, now)
    wanted = {topics["drones"]: DAILY, topics["arctic"]: WEEKLY}
    change_subscriptions(session, someone, wanted, now=now, reason="x")
    session.commit()
    release(session, 5)
    before = [dict(row) for row in session.execute(select(DUE).order_by(DUE.c.frequency)).mappings()]
    someone.zone, someone.hour = zone, 19
    session.flush()
    change_subscriptions(session, someone, wanted, now=now, reason="x")
    session.commit()
    after = [dict(row) for row in session.execute(select(DUE).order_by(DUE.c.frequency)).mappings()]
    assert [row.pop("clock_id") for row in before] != [row.pop("clock_id") for row in after]
    assert before == after
