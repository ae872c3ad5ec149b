"""Planning against the per-person ledger: whatever happens, in whatever order, both hand out the same.

SITREP_LEDGER_EXAMPLES asks for a longer run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text, update
from sqlmodel import Session, SQLModel

from tests.compose.ledger import Given, Ledger, Person
from tests.compose.scene import Scene
from worker.audience.pauses import PauseWish, change_pause
from worker.audience.subscriptions import change_subscriptions, lock_people, open_subscriptions
from worker.audience.topic_changes import settle_topic_changes
from worker.compose.release import release_again
from worker.database import table
from worker.models import Delivery, Edition, Frequency, PauseMode, Subscriber, Topic
from worker.schedules.hours import local_instant
from worker.schedules.newsletters import NewsletterDefinition

START = datetime(2026, 3, 27, 6, 0, tzinfo=UTC)  # two days before Europe's clocks change
TOPICS = 4
PEOPLE = 6
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Auckland"]
NEWSLETTERS = {
    Frequency.INSTANT: NewsletterDefinition(
        "alert", "Alert", "instant", max_age_days=5, not_after_minutes=120, max_per_day=4, quiet_hours="23:00-05:00"
    ),
    Frequency.DAILY: NewsletterDefinition("daily", "Daily", "daily", max_age_days=9, not_after_minutes=360),
    Frequency.WEEKLY: NewsletterDefinition("weekly", "Weekly", "weekly", max_age_days=12, not_after_minutes=1440),
}

wishes = st.dictionaries(st.integers(1, TOPICS), st.sampled_from(list(Frequency)), max_size=TOPICS)
person = st.integers(1, PEOPLE)
step = st.one_of(
    st.tuples(st.just("release"), st.sets(st.integers(1, TOPICS), min_size=1)),
    st.tuples(st.just("release"), st.sets(st.integers(1, TOPICS), min_size=1, max_size=2)),
    st.tuples(st.just("choose"), person, wishes),
    st.tuples(st.just("undo"), person),
    st.tuples(st.just("move"), person, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 6)),
    st.tuples(st.just("pause"), person, st.sampled_from(list(PauseMode)), st.integers(1, 4)),
    st.tuples(st.just("resume"), person),
    st.tuples(st.just("fail"), st.integers(0, 30)),
    st.tuples(st.just("withdraw"), st.integers(0, 30)),
    st.tuples(st.just("again"), st.integers(0, 30)),
    st.tuples(st.just("wait"), st.sampled_from([5, 20, 55, 61, 180, 720])),
    st.tuples(st.just("wait"), st.sampled_from([5, 20, 55, 61, 180, 720])),
    st.tuples(st.just("down"), st.sampled_from([300, 1500, 3600, 9000])),
    st.tuples(st.just("tick"), st.sampled_from(list(Frequency))),
    st.tuples(st.just("merge"), st.integers(1, TOPICS), st.integers(1, TOPICS)),
    st.tuples(st.just("retire"), st.integers(1, TOPICS)),
    st.tuples(st.just("revive"), st.integers(1, TOPICS)),
)


class Twins:
    """The system and the ledger, told the same."""

    def __init__(self, session: Session, people: list[tuple[dict[int, Frequency], str, int, int]]) -> None:
        self.now = START
        self.scene = Scene(session, self.now, NEWSLETTERS)
        self.ledger = Ledger(NEWSLETTERS)
        self.articles: list[int] = []
        self.before: dict[int, dict[int, Frequency]] = {}
        self.topics_of: dict[int, set[int]] = {}
        self.over: dict[int, int] = {}
        """Topics that are over, with the one that they were merged into (0: retired)."""
        for number in range(TOPICS):
            self.scene.topic(f"topic-{number}", self.now)
        for topics, zone, hour, weekday in people:
            key = self.scene.person(topics, self.now, zone=zone, hour=hour, weekday=weekday)
            self.ledger.people[key] = Person(zone, hour, weekday)
            self.ledger.choose(key, topics, self.now)

    def release(self, topics: set[int]) -> None:
        number = self.scene.release(topics, self.now)
        article = len(self.articles) + 1
        self.articles.append(article)
        self.ledger.published[article] = self.now
        self.ledger.release(number, article, self._by_now(topics), self.now)
        self.topics_of[article] = topics

    def _by_now(self, topics: set[int]) -> set[int]:
        """Some articles were judged before a merge: what they are about is the heir's by now."""
        return {self.over.get(topic) or topic for topic in topics}

    def choose(self, key: int, topics: dict[int, Frequency]) -> None:
        topics = {topic: how for topic, how in topics.items() if topic not in self.over}  # nobody can choose them
        self.before[key] = dict(self.ledger.people[key].topics)
        self.scene.choose(key, topics, self.now)
        self.ledger.choose(key, topics, self.now)

    def merge(self, old: int, heir: int) -> None:
        if old == heir or {old, heir} & set(self.over):
            return
        self._settle(old, merged_into_id=heir)
        self.over = {topic: heir if into == old else into for topic, into in self.over.items()} | {old: heir}
        self.ledger.merge(old, heir, self.now)

    def retire(self, topic: int) -> None:
        if topic in self.over:
            return
        self._settle(topic, retired_by="olga", retired_at=self.now)
        self.over[topic] = 0
        self.ledger.retire(topic, self.now)

    def revive(self, topic: int) -> None:
        """Its file is back: it can be chosen again, and is about its own articles."""
        if self.over.pop(topic, None) is not None:
            self._change(topic, merged_into_id=None, retired_by=None, retired_at=None)

    def _settle(self, topic: int, **values: object) -> None:
        self._change(topic, **values)
        settle_topic_changes(self.scene.session, now=self.now)
        assert settle_topic_changes(self.scene.session, now=self.now) == []

    def _change(self, topic: int, **values: object) -> None:
        session, topics = self.scene.session, table(Topic)
        session.execute(update(topics).where(topics.c.id == topic).values(**values))
        if heir := values.get("merged_into_id"):
            session.execute(update(topics).where(topics.c.merged_into_id == topic).values(merged_into_id=heir))
        session.commit()
        session.expire_all()

    def undo(self, key: int) -> None:
        if key in self.before:
            self.choose(key, self.before[key])

    def move(self, key: int, zone: str, hour: int, weekday: int) -> None:
        session = self.scene.session
        subscriber = session.get_one(Subscriber, key)
        subscriber.zone, subscriber.hour, subscriber.weekday = zone, hour, weekday
        session.flush()
        change_subscriptions(session, subscriber, open_subscriptions(session, key), now=self.now, reason="changed")
        session.commit()
        self.ledger.move(key, zone, hour, weekday, self.now)

    def pause(self, key: int, mode: PauseMode, days: int) -> None:
        person = self.ledger.people[key]
        if any(end > self.now for _, _, end in person.pauses):
            return
        until = self.now.astimezone(ZoneInfo(person.zone)).date() + timedelta(days=days)
        self._change_pause(key, PauseWish(mode, until))
        person.pauses.append((mode, self.now, local_instant(person.zone, until, 0)))

    def resume(self, key: int) -> None:
        person = self.ledger.people[key]
        self._change_pause(key, None)
        person.pauses = [(mode, start, min(end, self.now)) for mode, start, end in person.pauses]

    def _change_pause(self, key: int, wish: PauseWish | None) -> None:
        session = self.scene.session
        lock_people(session, [key])
        change_pause(session, session.get_one(Subscriber, key), wish, now=self.now)
        session.commit()

    def fail(self, index: int) -> None:
        planned = [d for d in self.scene.deliveries() if d.state == "planned" and not d.owed]
        if not planned:
            return
        chosen = planned[index % len(planned)]
        key = self._given_key(chosen)
        self.scene.fail(chosen)
        for mail in self.ledger.given:
            if not mail.owed and self._ledger_key(mail) == key:
                mail.owed, mail.held = True, "refused"
                return
        raise AssertionError("the ledger has no such mail")

    def withdraw(self, index: int) -> None:
        if self.articles:
            article = self.articles[index % len(self.articles)]
            self.scene.withdraw(article, self.now)
            self.ledger.withdrawn.add(article)

    def again(self, index: int) -> None:
        if not self.articles:
            return
        article = self.articles[index % len(self.articles)]
        if article in self.ledger.withdrawn:
            return
        number = release_again(self.scene.session, article, operator="olga", now=self.now)
        self.ledger.release(number, article, self._by_now(self.topics_of[article]), self.now)

    def wait(self, minutes: int, every: int = 20) -> None:
        """Time passes, and the ticks come regularly."""
        end = self.now + timedelta(minutes=minutes)
        while self.now < end:
            self.now = min(end, self.now + timedelta(minutes=every))
            for frequency in Frequency:
                self.tick(frequency)

    def down(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def tick(self, frequency: Frequency) -> None:
        self.scene.plan(frequency, self.now)
        if frequency == Frequency.INSTANT:
            self.ledger.plan_alerts(self.now)
        else:
            self.ledger.plan_digests(frequency, self.now)

    def _given_key(self, delivery: Delivery) -> tuple[object, ...]:
        newsletter = self.newsletters_of[delivery.edition_id]
        return (newsletter, delivery.subscriber_id, self.scene.numbers(delivery), delivery.reason, delivery.owed)

    @property
    def newsletters_of(self) -> dict[int, str]:
        return {e.id: e.newsletter for e in self.scene.session.execute(select(Edition)).scalars()}

    def _ledger_key(self, given: Given) -> tuple[object, ...]:
        return (NEWSLETTERS[Frequency(given.frequency)].slug, given.person, given.numbers, given.held, given.owed)

    def assert_alike(self) -> None:
        slugs = self.newsletters_of
        ours = Counter(
            (slugs[d.edition_id], d.subscriber_id, self.scene.numbers(d), d.reason, d.owed, d.taken_by is not None)
            for d in self.scene.deliveries()
        )
        theirs = Counter((*self._ledger_key(g), g.taken) for g in self.ledger.given)
        assert ours == theirs

    def assert_nothing_twice(self) -> None:
        for key in self.ledger.people:
            out = [d for d in self.scene.deliveries(key) if not d.owed]
            articles = [self.ledger.releases[n][0] for d in out for n in self.scene.numbers(d)]
            assert len(articles) == len(set(articles))


def run(
    session: Session, people: list[tuple[dict[int, Frequency], str, int, int]], steps: list[tuple[object, ...]]
) -> None:
    twins = Twins(session, people)
    for verb, *arguments in steps:
        getattr(twins, str(verb))(*arguments)
    twins.wait(8 * 24 * 60, every=180)
    twins.assert_alike()
    twins.assert_nothing_twice()


people_strategy = st.lists(
    st.tuples(wishes, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 6)), min_size=PEOPLE, max_size=PEOPLE
)


@pytest.fixture
def fresh_sessions(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Callable[[], Session]]:
    """Each call opens a session on emptied tables."""
    opened: list[Session] = []

    def fresh() -> Session:
        while opened:
            opened.pop().close()
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                names = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            else:
                connection.execute(text("PRAGMA defer_foreign_keys=ON"))
                for table in reversed(SQLModel.metadata.sorted_tables):
                    connection.execute(table.delete())
        session = Session(engine, expire_on_commit=False)
        opened.append(session)
        return session

    yield fresh
    while opened:
        opened.pop().close()


@pytest.mark.timeout(3600)  # a long run is asked for by name
@settings(max_examples=int(os.environ.get("SITREP_LEDGER_EXAMPLES", "20")))
@given(people=people_strategy, steps=st.lists(step, min_size=5, max_size=60))
def test_planning_agrees_with_the_ledger(fresh_sessions, people, steps) -> None:  # type: ignore[no-untyped-def]
    run(fresh_sessions(), people, steps)
