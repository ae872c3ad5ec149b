"""The oracle of planning: one person at a time, one article at a time, in plain Python.

It knows nothing of intervals, watermarks, bit sets or SQL. At each release it puts the article into the list that the
person's fastest subscription at that moment calls for; at each plan it hands the list over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from worker.compose.due import is_quiet
from worker.models import Frequency, PauseMode
from worker.schedules.hours import next_due
from worker.schedules.newsletters import NewsletterDefinition

HELD_REASONS = ("quiet_hours", "capped", "paused")
LANES = [Frequency.INSTANT, Frequency.DAILY, Frequency.WEEKLY]
ClockKey = tuple[str, str, int, int]


@dataclass
class Given:
    """A mail that was planned: which releases, and whether it leaves (else why not)."""

    frequency: str
    person: int
    numbers: frozenset[int]
    held: str | None
    planned_at: datetime
    owed: bool = False
    taken: bool = False


@dataclass
class Person:
    zone: str
    hour: int
    weekday: int
    topics: dict[int, Frequency] = field(default_factory=dict)
    pending: dict[Frequency, list[int]] = field(default_factory=lambda: {lane: [] for lane in LANES})
    covered: dict[int, set[int]] = field(default_factory=dict)
    """Release number -> the topics by which it was this person's when it was released."""
    clocks: dict[Frequency, ClockKey] = field(default_factory=dict)
    draining: set[Frequency] = field(default_factory=set)
    served: dict[Frequency, datetime] = field(default_factory=dict)
    pauses: list[tuple[PauseMode, datetime, datetime]] = field(default_factory=list)


@dataclass
class Ledger:
    newsletters: dict[Frequency, NewsletterDefinition]
    people: dict[int, Person] = field(default_factory=dict)
    clocks: dict[ClockKey, datetime] = field(default_factory=dict)
    releases: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    """Number -> (article, released at)."""
    withdrawn: set[int] = field(default_factory=set)
    given: list[Given] = field(default_factory=list)
    published: dict[int, datetime] = field(default_factory=dict)

    def release(self, number: int, article: int, topics: set[int], now: datetime) -> None:
        self.releases[number] = (article, now)
        for person in self.people.values():
            covering = {topic: person.topics[topic] for topic in topics if topic in person.topics}
            if not covering or any(mode == PauseMode.SKIP and start <= now < end for mode, start, end in person.pauses):
                continue
            person.covered[number] = set(covering)
            person.pending[min(covering.values(), key=LANES.index)].append(number)

    def choose(self, key: int, topics: dict[int, Frequency], now: datetime) -> None:
        person = self.people[key]
        person.topics = dict(topics)
        for frequency in (Frequency.DAILY, Frequency.WEEKLY):
            if frequency in topics.values():
                person.draining.discard(frequency)
                if frequency not in person.clocks:
                    self._follow(person, frequency, now)
            elif frequency in person.clocks:
                person.draining.add(frequency)

    def merge(self, old: int, heir: int, now: datetime) -> None:
        """Whoever holds the old topic holds the heir instead, at the faster frequency of both."""
        for key, person in self.people.items():
            if old not in person.topics:
                continue
            topics = dict(person.topics)
            frequencies = [topics.pop(old), *([topics[heir]] if heir in topics else [])]
            topics[heir] = min(frequencies, key=LANES.index)
            for covering in person.covered.values():
                if old in covering:
                    covering.add(heir)
            self.choose(key, topics, now)

    def retire(self, topic: int, now: datetime) -> None:
        for key, person in self.people.items():
            if topic in person.topics:
                self.choose(key, {each: how for each, how in person.topics.items() if each != topic}, now)

    def move(self, key: int, zone: str, hour: int, weekday: int, now: datetime) -> None:
        person = self.people[key]
        person.zone, person.hour, person.weekday = zone, hour, weekday
        for frequency in list(person.clocks):
            self._follow(person, frequency, now)

    def _follow(self, person: Person, frequency: Frequency, now: datetime) -> None:
        weekday = person.weekday if frequency == Frequency.WEEKLY else -1
        clock = (frequency.value, person.zone, person.hour, weekday)
        person.clocks[frequency] = clock
        if clock not in self.clocks:
            self.clocks[clock] = self._after(clock, now)

    @staticmethod
    def _after(clock: ClockKey, instant: datetime) -> datetime:
        _, zone, hour, weekday = clock
        return next_due(zone, hour, None if weekday < 0 else weekday, instant)

    def plan_digests(self, frequency: Frequency, now: datetime) -> None:
        turns: dict[datetime, list[ClockKey]] = {}
        for clock, due in list(self.clocks.items()):
            if clock[0] != frequency or due > now:
                continue
            slots = [due]
            while slots[-1] <= now:
                slots.append(self._after(clock, slots[-1]))
            self.clocks[clock] = slots[-1]
            last = slots[-2]
            if now - last <= self.newsletters[frequency].not_after:
                turns.setdefault(last, []).append(clock)
        for slot in sorted(turns):
            for key, person in self.people.items():
                if person.clocks.get(frequency) in turns[slot] and person.served.get(frequency) != slot:
                    self._serve(key, person, frequency, slot, now)

    def _serve(self, key: int, person: Person, frequency: Frequency, slot: datetime, now: datetime) -> None:
        person.served[frequency] = slot
        numbers, owed = person.pending[frequency], self._take_owed(key)
        person.pending[frequency] = []
        if frequency in person.draining:
            person.draining.discard(frequency)
            del person.clocks[frequency]
        self._give(key, numbers, frequency, "paused" if self._paused(person, now) else None, now, owed)

    def plan_alerts(self, now: datetime) -> None:
        newsletter = self.newsletters[Frequency.INSTANT]
        for key, person in self.people.items():
            numbers, person.pending[Frequency.INSTANT] = person.pending[Frequency.INSTANT], []
            late = [n for n in numbers if self.releases[n][1] < now - newsletter.not_after]
            fresh = [n for n in numbers if n not in late]
            self._give(key, late, Frequency.INSTANT, "late", now)
            held = self._held(key, person, now)
            waiting = any(g.held in HELD_REASONS for g in self._owed_to(key))
            owed: list[int] = []
            if held is None and (
                self._allowed(key, fresh, now) or (waiting and Frequency.INSTANT in person.topics.values())
            ):
                owed = self._take_owed(key)
            self._give(key, fresh, Frequency.INSTANT, held, now, owed)

    def _held(self, key: int, person: Person, now: datetime) -> str | None:
        newsletter = self.newsletters[Frequency.INSTANT]
        if self._paused(person, now):
            return "paused"
        if is_quiet(now.astimezone(ZoneInfo(person.zone)).time(), newsletter.quiet):
            return "quiet_hours"
        lately = [
            g
            for g in self.given
            if g.person == key
            and g.frequency == Frequency.INSTANT
            and not g.owed
            and g.planned_at > now - timedelta(hours=24)
        ]
        if newsletter.max_per_day is not None and len(lately) >= newsletter.max_per_day:
            return "capped"
        return None

    @staticmethod
    def _paused(person: Person, now: datetime) -> bool:
        return any(start <= now < end for _, start, end in person.pauses)

    def _owed_to(self, key: int) -> list[Given]:
        return [g for g in self.given if g.person == key and g.owed and not g.taken]

    def _take_owed(self, key: int) -> list[int]:
        numbers: list[int] = []
        for given in self._owed_to(key):
            given.taken = True
            numbers.extend(given.numbers)
        return numbers

    def _allowed(self, key: int, numbers: list[int], now: datetime, max_age: timedelta | None = None) -> set[int]:
        person = self.people[key]
        oldest = now - (max_age or self.newsletters[Frequency.INSTANT].max_age)
        return {
            n
            for n in numbers
            if person.covered[n] & set(person.topics)
            and self.releases[n][0] not in self.withdrawn
            and self.published[self.releases[n][0]] >= oldest
        }

    def _give(
        self,
        key: int,
        numbers: list[int],
        frequency: Frequency,
        held: str | None,
        now: datetime,
        owed: list[int] | None = None,
    ) -> None:
        """What is owed may come from a slower newsletter: it may be as old as the most patient of them allows."""
        longest = max(newsletter.max_age for newsletter in self.newsletters.values())
        chosen = self._allowed(key, numbers, now, self.newsletters[frequency].max_age)
        chosen |= self._allowed(key, owed or [], now, longest)
        had = {self.releases[n][0] for g in self.given if g.person == key and not g.owed for n in g.numbers}
        first: dict[int, int] = {}
        for number in sorted(chosen):
            first.setdefault(self.releases[number][0], number)
        final = frozenset(n for article, n in first.items() if article not in had)
        if final:
            self.given.append(Given(frequency, key, final, held, now, owed=held is not None))
