"""What an edited definition would have sent, held against the one in force: stored articles judged by both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlmodel import Session

from worker.database import table
from worker.match.judging import JUDGED, article_text
from worker.match.matcher import Matcher, Verdict
from worker.models import Article, Frequency
from worker.schedules.topics import TopicDefinition

_ARTICLE = table(Article)
_AT_ONCE = 500

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Short:
    """A verdict in short; `none` with no score where there is no definition."""

    verdict: str = "none"
    score: float = 0.0
    sentence: str = "There was no such topic."


@dataclass(frozen=True)
class Difference:
    """An article that only one of the definitions sends."""

    article_id: int
    title: str
    url: str
    seen_at: datetime
    old: Short
    new: Short


@dataclass
class Volume:
    """How often each definition would have had something to say: articles, and occasions by frequency."""

    articles: int = 0
    occasions: dict[Frequency, set[object]] = field(default_factory=lambda: {each: set() for each in Frequency})
    weeks: Counter[date] = field(default_factory=Counter)

    def add(self, article_id: int, at: datetime) -> None:
        monday = at.date() - timedelta(days=at.weekday())
        self.articles += 1
        self.occasions[Frequency.INSTANT].add(article_id)
        self.occasions[Frequency.DAILY].add(at.date())
        self.occasions[Frequency.WEEKLY].add(monday)
        self.weeks[monday] += 1

    def mails(self, subscribers: dict[Frequency, int]) -> dict[Frequency, int]:
        """Mails to so many people: an alert for each article, a digest for each UTC day or week that has one.

        A digest that another topic would have caused anyway is counted too.
        """
        return {each: len(self.occasions[each]) * subscribers.get(each, 0) for each in Frequency}


@dataclass
class Backtest:
    """Both volumes, and where they differ. `subscribers` are today's."""

    since: datetime
    judged: int = 0
    kept: int = 0
    old: Volume = field(default_factory=Volume)
    new: Volume = field(default_factory=Volume)
    gained: list[Difference] = field(default_factory=list)
    lost: list[Difference] = field(default_factory=list)
    subscribers: dict[Frequency, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        weeks = sorted({*self.old.weeks, *self.new.weeks})
        return {
            "since": self.since.isoformat(),
            "articles": self.judged,
            "sent_now": self.old.articles,
            "sent_edited": self.new.articles,
            "kept": self.kept,
            "subscribers": {each.value: self.subscribers.get(each, 0) for each in Frequency},
            "mails_now": {each.value: count for each, count in self.old.mails(self.subscribers).items()},
            "mails_edited": {each.value: count for each, count in self.new.mails(self.subscribers).items()},
            "weeks": [
                {"week_of": week.isoformat(), "now": self.old.weeks[week], "edited": self.new.weeks[week]}
                for week in weeks
            ],
            "gained": self.gained,
            "lost": self.lost,
        }


def backtest(
    session: Session,
    slug: str,
    in_force: TopicDefinition | None,
    edited: TopicDefinition,
    *,
    since: datetime,
    progress: Progress = lambda judged: None,
) -> Backtest:
    """Judge the articles since then by both definitions. Reads in portions and writes nothing."""
    found = Backtest(since)
    matchers = [Matcher([definition]) if definition else None for definition in (in_force, edited)]
    for row in _articles(session, since):
        text = article_text(row)
        old, new = (matcher.judge(text)[slug] if matcher else None for matcher in matchers)
        _note(found, row, old, new)
        found.judged += 1
        progress(found.judged)
    return found


def count_articles(session: Session, since: datetime) -> int:
    """How many articles a backtest will judge."""
    return int(session.execute(select(func.count()).where(_sendable(since))).scalar_one())


def _sendable(since: datetime) -> Any:
    """What was released, or was not only because it was about no topic; not what its source or story held back."""
    a = _ARTICLE.c
    only_off_topic = or_(a.withheld_reason.is_(None), a.withheld_reason == "no_topic")
    released = a.released_at.is_not(None)
    return and_(a.first_seen_at >= since, a.withdrawn_at.is_(None), or_(released, and_(~a.baseline, only_off_topic)))


def _articles(session: Session, since: datetime) -> Iterator[Row[Any]]:
    a = _ARTICLE.c
    columns = (a.id, a.url, a.first_seen_at, a.released_at, *JUDGED)
    last = 0
    while True:
        rows = session.execute(
            select(*columns).where(_sendable(since), a.id > last).order_by(a.id).limit(_AT_ONCE)
        ).all()
        session.rollback()  # nobody waits for a reader that thinks
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].id


def _note(found: Backtest, row: Row[Any], old: Verdict | None, new: Verdict | None) -> None:
    was, would = old is not None and old.verdict == "about", new is not None and new.verdict == "about"
    at = row.released_at or row.first_seen_at
    if was:
        found.old.add(row.id, at)
    if would:
        found.new.add(row.id, at)
    found.kept += was and would
    if was != would:
        difference = Difference(row.id, row.title, row.url, at, _short(old), _short(new))
        (found.gained if would else found.lost).append(difference)


def _short(verdict: Verdict | None) -> Short:
    return Short() if verdict is None else Short(verdict.verdict, verdict.score, verdict.sentence)
