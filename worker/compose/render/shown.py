"""Reads articles as cards show them: in their latest form, with their topics and who else has the story."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlmodel import Session

from worker.compose.render.articles import CardArticle
from worker.compose.render.inputs import Site
from worker.database import table
from worker.models import Article, ArticleRevision, Match, Release, Source, Topic, Verdict

_ARTICLE, _SOURCE, _RELEASE, _REVISION = table(Article), table(Source), table(Release), table(ArticleRevision)
_MATCH, _TOPIC = table(Match), table(Topic)

_BEGINNING = 1_000
"""Characters of the text that serve where a source gives no summary."""
_MATTERS = frozenset({"title", "summary"})


@dataclass(frozen=True)
class ShownArticle:
    """An article and what decides whether it may still be shown."""

    card: CardArticle
    dated: datetime
    withdrawn: bool


def correction_matters(changed: Collection[str]) -> bool:
    """Whether an edit changed what a card shows; a reader who has seen the article elsewhere should be told."""
    return not _MATTERS.isdisjoint(changed)


def articles_by_number(session: Session, numbers: Collection[int], *, site: Site) -> dict[int, ShownArticle]:
    """The article of each release number."""
    rows = session.execute(select(_RELEASE.c.number, _RELEASE.c.article_id).where(_RELEASE.c.number.in_(numbers)))
    by_number: dict[int, int] = {row.number: row.article_id for row in rows}
    shown = _articles(session, set(by_number.values()), site)
    return {number: shown[article_id] for number, article_id in by_number.items()}


def _articles(session: Session, ids: Collection[int], site: Site) -> dict[int, ShownArticle]:
    topics = _topics(session, ids)
    corrected = _corrected(session, ids)
    a = _ARTICLE.c
    lead = case((a.summary != "", a.summary), else_=func.substr(a.text, 1, _BEGINNING)).label("lead")
    rows = session.execute(
        select(
            *(a.id, a.revision, a.url, a.title, lead, a.author, a.published_at, a.first_seen_at, a.image_url),
            *(a.image_alt, a.language, a.story_id, a.source_id, a.withdrawn_at, _SOURCE.c.name.label("source")),
        )
        .join(_SOURCE, _SOURCE.c.id == a.source_id)
        .where(a.id.in_(ids))
    ).all()
    others = _also_reported(session, {row.story_id for row in rows if row.story_id is not None})
    return {
        row.id: ShownArticle(
            card=CardArticle(
                id=row.id,
                revision=row.revision,
                url=row.url,
                title=row.title,
                lead=row.lead,
                author=row.author,
                source="" if row.source == site.name else row.source,
                published_at=row.published_at,
                image_url=row.image_url,
                image_alt=row.image_alt,
                topics=tuple(topics.get(row.id, ())),
                also_reported_by=_by_others(others.get(row.story_id, ()), row.source_id),
                corrected=row.id in corrected,
                language=row.language,
            ),
            dated=row.published_at or row.first_seen_at,
            withdrawn=row.withdrawn_at is not None,
        )
        for row in rows
    }


def _topics(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(_MATCH.c.article_id, _TOPIC.c.title)
        .join(_TOPIC, _TOPIC.c.id == _MATCH.c.topic_id)
        .where(_MATCH.c.article_id.in_(ids), _MATCH.c.verdict == Verdict.ABOUT, _TOPIC.c.subscriber_id.is_(None))
        .order_by(_TOPIC.c.position, _TOPIC.c.slug)
    )
    found: dict[int, list[str]] = {}
    for article_id, title in rows:
        found.setdefault(article_id, []).append(title)
    return found


def _corrected(session: Session, ids: Collection[int]) -> set[int]:
    """Articles of which a form that readers may have seen was corrected after the release."""
    rows = session.execute(
        select(_REVISION.c.article_id, _REVISION.c.changed)
        .join(_ARTICLE, _ARTICLE.c.id == _REVISION.c.article_id)
        .where(_REVISION.c.article_id.in_(ids), _REVISION.c.seen_at > _ARTICLE.c.released_at)
    )
    return {article_id for article_id, changed in rows if correction_matters(changed)}


@dataclass(frozen=True)
class _Telling:
    source_id: int
    source: str
    url: str


def _also_reported(session: Session, stories: Collection[int]) -> dict[int, list[_Telling]]:
    if not stories:
        return {}
    rows = session.execute(
        select(_ARTICLE.c.story_id, _ARTICLE.c.source_id, _SOURCE.c.name, _ARTICLE.c.url)
        .join(_SOURCE, _SOURCE.c.id == _ARTICLE.c.source_id)
        .where(_ARTICLE.c.story_id.in_(stories), _ARTICLE.c.withdrawn_at.is_(None))
        .order_by(_ARTICLE.c.id)
    )
    found: dict[int, list[_Telling]] = {}
    for story_id, source_id, name, url in rows:
        found.setdefault(story_id, []).append(_Telling(source_id, name, url))
    return found


def _by_others(tellings: Iterable[_Telling], own_source: int) -> tuple[tuple[str, str], ...]:
    """One article of each other source."""
    first: dict[int, tuple[str, str]] = {}
    for telling in tellings:
        if telling.source_id != own_source:
            first.setdefault(telling.source_id, (telling.source, telling.url))
    return tuple(first.values())
