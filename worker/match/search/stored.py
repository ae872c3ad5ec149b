"""The searches in force, held by a process: loaded once, then caught up with, never rebuilt."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from worker.database import table
from worker.match.evidence import Evidence
from worker.match.search.article import Reading
from worker.match.search.evidence import Findings, sentence_for
from worker.match.search.parse import QueryError, parse
from worker.match.search.percolator import Percolator
from worker.match.search.shares import shares_in
from worker.match.text import ArticleText
from worker.models import Article, SavedSearch, Verdict

_ARTICLE, _SEARCH = table(Article), table(SavedSearch)
_LOG = logging.getLogger(__name__)
_AT_ONCE = 5_000
_MANY = 10_000
_SAMPLE = 500
"""Articles that tell which words are rare here; with fewer than a handful of them the common words of English serve."""
_ENOUGH = 50


@dataclass(frozen=True)
class FoundSearch:
    """A search that an article answers, and where it shows."""

    topic_id: int
    query: str
    evidence: tuple[Evidence, ...]
    sentence: str


class StoredSearches:
    """All open searches in a percolator, by their topics. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._percolator: Percolator | None = None
        self._seen = 0

    def __len__(self) -> int:
        return len(self._percolator or ())

    def catch_up(self, session: Session) -> int:
        """Take over what was saved or ended since the last time; returns how many changes there were."""
        newest: int = session.execute(select(func.max(_SEARCH.c.change_number))).scalar() or 0
        if newest == self._seen:
            return 0
        with self._guard:
            first = self._percolator is None
            percolator = self._percolator or Percolator(_shares(session))
            seen, changes = self._seen, 0
            while rows := self._changes(session, seen, only_open=first):
                for row in rows:
                    self._follow(percolator, row)
                changes += len(rows)
                seen = rows[-1].change_number
            # The first time only open ones are looked at: what ended meanwhile must be looked at again.
            self._percolator, self._seen = percolator, newest if first else max(seen, newest)
            if first and len(percolator) > _MANY:
                gc.freeze()  # they stay: the collector need not look at each of them again and again
            return changes

    def _changes(self, session: Session, seen: int, *, only_open: bool) -> list[Any]:
        columns = (_SEARCH.c.topic_id, _SEARCH.c.query, _SEARCH.c.ended_at, _SEARCH.c.change_number)
        found = select(*columns).where(_SEARCH.c.change_number > seen)
        if only_open:
            found = found.where(_SEARCH.c.ended_at.is_(None))
        return list(session.execute(found.order_by(_SEARCH.c.change_number).limit(_AT_ONCE)))

    def _follow(self, percolator: Percolator, row: Any) -> None:
        if row.ended_at is not None:
            percolator.remove(row.topic_id)
            return
        try:
            percolator.add(row.topic_id, parse(row.query))
        except QueryError:  # saved under other rules
            _LOG.warning("the saved search of topic %d cannot be read any more: it finds nothing", row.topic_id)

    def find(self, session: Session, article: ArticleText) -> list[FoundSearch]:
        """The searches that the article answers, each with its evidence."""
        percolator = self._percolator
        if percolator is None:
            return []
        with self._guard:
            topics = percolator.find(article)
        return found_searches(session, topics, article) if topics else []


def found_searches(session: Session, topics: Iterable[int], article: ArticleText) -> list[FoundSearch]:
    """What those searches found in the article. One that was ended meanwhile is left out."""
    findings = Findings(Reading(article))
    found: list[FoundSearch] = []
    ordered = sorted(topics)
    for start in range(0, len(ordered), _AT_ONCE):
        rows = session.execute(
            select(_SEARCH.c.topic_id, _SEARCH.c.query).where(
                _SEARCH.c.topic_id.in_(ordered[start : start + _AT_ONCE]), _SEARCH.c.ended_at.is_(None)
            )
        )
        for topic_id, query in rows:
            evidence = findings.of(parse(query))
            found.append(FoundSearch(topic_id, query, evidence, sentence_for(query, evidence)))
    return found


def match_rows(found: Iterable[FoundSearch], article_id: int, revision: int, now: datetime) -> list[dict[str, Any]]:
    """The matches of private topics, as they are stored beside those of topics."""
    return [
        {
            "article_id": article_id,
            "topic_id": one.topic_id,
            "topic_version": 0,
            "revision": revision,
            "verdict": Verdict.ABOUT,
            "score": 1.0,
            "threshold": 1.0,
            "evidence": [piece.to_json() for piece in one.evidence],
            "sentence": one.sentence,
            "matched_at": now,
        }
        for one in found
    ]


def _shares(session: Session) -> dict[str, float]:
    """In which share of the latest articles each word stands; nothing where there are too few to tell."""
    latest = select(Article).order_by(_ARTICLE.c.id.desc()).limit(_SAMPLE)
    texts = [ArticleText(one.title, one.summary, one.text) for one in session.execute(latest).scalars()]
    return shares_in(texts) if len(texts) >= _ENOUGH else {}
