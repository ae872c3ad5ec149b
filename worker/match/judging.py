"""Applies the matcher to stored articles and keeps what it found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Label, delete, insert, select, update
from sqlmodel import Session

from worker.database import RELEASE_LOCK, lock_shared, table
from worker.errors import NotFound
from worker.match.definitions import StoredMatcher
from worker.match.matcher import Verdict
from worker.match.search.stored import match_rows
from worker.match.text import ArticleText
from worker.models import Article, Match, Source

_ARTICLE, _MATCH, _SOURCE = table(Article), table(Match), table(Source)


def _of_source(column: str) -> Label[str]:
    """A column of the article's source, for any statement about articles."""
    named = select(_SOURCE.c[column]).where(_SOURCE.c.id == _ARTICLE.c.source_id).correlate(_ARTICLE)
    return named.scalar_subquery().label(f"source_{column}")


JUDGED: tuple[ColumnElement[Any], ...] = (
    *(_ARTICLE.c.title, _ARTICLE.c.summary, _ARTICLE.c.text, _ARTICLE.c.categories, _ARTICLE.c.language),
    *(_of_source("name"), _of_source("url")),
)
"""The columns that `article_text` reads."""


def match_article(session: Session, article_id: int, *, matcher: StoredMatcher, now: datetime) -> set[str]:
    """Judge an article for all topics, store each match, and return the slugs it is about. Commits.

    Asked again it stores the same again; for a revised article the matches are replaced. Once an article is
    released its matches are frozen, and only what they say is returned.
    """
    lock_shared(session, RELEASE_LOCK)  # no release happens between what we read and what we write
    row = session.execute(
        select(*JUDGED, _ARTICLE.c.revision, _ARTICLE.c.released_at)
        .where(_ARTICLE.c.id == article_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        session.rollback()
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    if row.released_at is not None:
        about = _about_by_slug(session, article_id, matcher)
        session.rollback()
        return about
    text = article_text(row)
    verdicts = matcher.matcher.judge(text)
    matches = [
        match_row(article_id, row.revision, matcher, slug, verdict, now)
        for slug, verdict in verdicts.items()
        if verdict.verdict != "none"
    ]
    found = matcher.searches.find(session, text)
    matches += match_rows(found, article_id, row.revision, now)
    session.execute(delete(_MATCH).where(_MATCH.c.article_id == article_id))
    if matches:
        session.execute(insert(_MATCH), matches)
    session.execute(update(_ARTICLE).where(_ARTICLE.c.id == article_id).values(matched_at=now))
    session.commit()
    return {slug for slug, verdict in verdicts.items() if verdict.verdict == "about"}


def unmatched_articles(session: Session, *, limit: int = 500) -> list[int]:
    """Ids of unreleased articles that nobody has judged in their present form, oldest first."""
    rows = session.execute(
        select(_ARTICLE.c.id)
        .where(_ARTICLE.c.matched_at.is_(None), _ARTICLE.c.released_at.is_(None), _ARTICLE.c.withheld_reason.is_(None))
        .order_by(_ARTICLE.c.id)
        .limit(limit)
    )
    return list(rows.scalars())


def article_text(row: Any) -> ArticleText:
    """What is judged of an article, of a row with the columns JUDGED."""
    return ArticleText(
        title=row.title,
        summary=row.summary,
        body=row.text,
        tags=tuple(str(category) for category in row.categories),
        language=row.language[:2].lower() if row.language else None,
        source=(row.source_name or "", urlsplit(row.source_url or "").hostname or ""),
    )


def stored_article_text(session: Session, article_id: int) -> ArticleText:
    """What is judged of a stored article; NotFound where there is none."""
    row = session.execute(select(*JUDGED).where(_ARTICLE.c.id == article_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    return article_text(row)


def match_row(
    article_id: int, revision: int, matcher: StoredMatcher, slug: str, verdict: Verdict, now: datetime
) -> dict[str, Any]:
    """A match as it is stored."""
    topic = matcher.topics[slug]
    return {
        "article_id": article_id,
        "topic_id": topic.topic_id,
        "topic_version": topic.version,
        "revision": revision,
        "verdict": verdict.verdict,
        "score": verdict.score,
        "threshold": verdict.threshold,
        "evidence": [
            *(piece.to_json() for piece in verdict.evidence),
            *({**piece.to_json(), "excluded": True} for piece in verdict.excluded),
        ],
        "sentence": verdict.sentence,
        "matched_at": now,
    }


def _about_by_slug(session: Session, article_id: int, matcher: StoredMatcher) -> set[str]:
    rows: Iterable[int] = session.execute(
        select(_MATCH.c.topic_id).where(_MATCH.c.article_id == article_id, _MATCH.c.verdict == "about")
    ).scalars()
    stored = set(rows)
    return {slug for slug, topic in matcher.topics.items() if topic.topic_id in stored}
