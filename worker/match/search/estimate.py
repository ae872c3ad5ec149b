"""How much a search would have found lately: told before it is saved, and why one that finds too much is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from worker.database import table
from worker.errors import InvalidInput
from worker.match.judging import JUDGED, article_text
from worker.match.search.percolator import Percolator
from worker.match.search.query import Query
from worker.models import Article

LOOK_BACK = timedelta(days=30)
MOST_LOOKED_AT = 2_000
"""Articles, so that a preview takes a second at most; with more, the latest of them stand for the rest."""
MOST_A_DAY = 10.0
"""More than this is no search but the whole news."""
LARGEST_SHARE = 0.5
FEWEST_TO_JUDGE = 50
"""With fewer articles a share says nothing."""
_EXAMPLES = 5
_SHORTEST = timedelta(days=1)

_ARTICLE = table(Article)


@dataclass(frozen=True)
class Estimate:
    """What a search found among the articles of the last 30 days."""

    found: int
    looked_at: int
    of: int
    """Articles of that time; only the latest `looked_at` were asked."""
    days: float
    """How long the articles that were looked at took to come."""
    examples: tuple[tuple[int, str, datetime], ...] = ()
    """The latest that were found: id, title, when."""

    @property
    def a_day(self) -> float:
        return self.found / self.days if self.days else 0.0

    @property
    def a_week(self) -> float:
        return 7 * self.a_day

    @property
    def share(self) -> float:
        return self.found / self.looked_at if self.looked_at else 0.0


class TooBroad(InvalidInput):
    """A search that finds so much that nobody can have meant it."""

    def __init__(self, estimate: Estimate) -> None:
        super().__init__(
            f"This finds too much: {estimate.found} of the last {estimate.looked_at} articles, about "
            f"{estimate.a_day:.0f} a day. Add a word with AND, write a phrase in quotes, or use title: or about:",
            field="query",
        )
        self.estimate = estimate


def estimate(session: Session, query: Query, *, now: datetime) -> Estimate:
    """Ask the articles of the last 30 days, newest first. Articles of a source's first poll are not counted."""
    since = now - LOOK_BACK
    lately: list[ColumnElement[bool]] = [_ARTICLE.c.first_seen_at >= since, ~_ARTICLE.c.baseline]
    total = session.execute(select(func.count()).select_from(_ARTICLE).where(*lately)).scalar_one()
    rows = session.execute(
        select(_ARTICLE.c.id, _ARTICLE.c.first_seen_at, *JUDGED)
        .where(*lately)
        .order_by(_ARTICLE.c.first_seen_at.desc(), _ARTICLE.c.id.desc())
        .limit(MOST_LOOKED_AT)
        .execution_options(yield_per=200)
    )
    percolator = Percolator()
    percolator.add(0, query)
    found = looked_at = 0
    examples: list[tuple[int, str, datetime]] = []
    oldest = now
    for row in rows:
        looked_at += 1
        oldest = row.first_seen_at
        if percolator.find(article_text(row)):
            found += 1
            if len(examples) < _EXAMPLES:
                examples.append((row.id, row.title, row.first_seen_at))
    days = max(now - oldest, _SHORTEST) / timedelta(days=1)
    return Estimate(found, looked_at, total, days, tuple(examples))


def refuse_too_broad(found: Estimate) -> None:
    """TooBroad where it finds more a day, or a larger share of the news, than anybody can want in the mail."""
    large = found.looked_at >= FEWEST_TO_JUDGE and found.share > LARGEST_SHARE
    if found.a_day > MOST_A_DAY or large:
        raise TooBroad(found)
