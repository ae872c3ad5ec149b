"""Articles that tell the same event share a story: a digest shows it once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session

from worker.collect.identity import is_telling, names_an_article, url_key
from worker.database import table
from worker.models import Article, Story

_ARTICLE = table(Article)
WITHIN = timedelta(days=7)
"""The same text a week later is an anniversary, not the same news."""


def join_stories(session: Session, articles: Iterable[Article], *, now: datetime) -> int:
    """Give each article the story of one of another source with the same words or the same address.

    Flushes, the caller commits. Returns how many articles joined another.
    """
    joined = 0
    for article in articles:
        twin = _twin(session, article, now)
        if twin is None:
            continue
        if twin.story_id is None:
            story = Story(created_at=now)
            session.add(story)
            session.flush()
            twin.story_id = story.id
        article.story_id = twin.story_id
        joined += 1
    return joined


def _twin(session: Session, article: Article, now: datetime) -> Article | None:
    """The first article of another source, seen within a week, that is the same."""
    same: list[ColumnElement[bool]] = []
    if is_telling(article.text):
        same.append(_ARTICLE.c.content_hash == article.content_hash)
    if names_an_article(url_key(article.url)):
        same.append(_ARTICLE.c.url == article.url)
    if not same:
        return None
    return session.scalars(
        select(Article)
        .where(
            or_(*same),
            _ARTICLE.c.source_id != article.source_id,
            _ARTICLE.c.first_seen_at >= now - WITHIN,
            _ARTICLE.c.withdrawn_at.is_(None),
        )
        .order_by(_ARTICLE.c.id)
        .limit(1)
    ).first()
