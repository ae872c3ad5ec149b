"""Operators' marks, and all marks as labelled articles: an operator's mark decides, subscribers' are hints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.audience.choices import current_slugs
from worker.database import dialect, table
from worker.errors import InvalidInput, NotFound
from worker.match.evaluation import LabelledArticle
from worker.match.judging import JUDGED, article_text
from worker.models import Article, Label, Topic, TopicMark

_ARTICLE, _MARK, _TOPIC = table(Article), table(TopicMark), table(Topic)
_AT_ONCE = 500

HINT = 0.25
"""What one subscriber's mark weighs; each further one adds a quarter of what is missing to an operator's 1."""


@dataclass(frozen=True)
class Decided:
    """What is held of an article and a topic, all marks taken together."""

    article_id: int
    topic: str
    label: str
    weight: float
    by: tuple[str, ...]
    """Operators who said so, the latest first; empty where only subscribers did."""
    hints: int
    """Subscribers who did not ask for it."""
    marked_at: datetime
    disagreed: bool = False
    """Whether another operator said otherwise."""


@dataclass
class _Said:
    operators: list[Row[Any]] = field(default_factory=list)
    hints: int = 0
    latest: datetime | None = None


def find_topic(session: Session, slug: str) -> Topic:
    """The topic of that name, or of that former name; NotFound names those there are. Saved searches have no name."""
    wanted = current_slugs(session, [slug])[slug]
    query = public_topics(select(Topic)).where(_TOPIC.c.slug == wanted)
    found: Topic | None = session.execute(query).scalar_one_or_none()
    if found is None:
        there = session.execute(public_topics(select(_TOPIC.c.slug)).order_by(_TOPIC.c.slug)).scalars()
        known = ", ".join(there) or "none yet: `sitrep up` or a worker reads schedules/topics"
        raise NotFound(f"There is no topic {slug!r}; there are {known}")
    return found


def when_retired(topic: Topic) -> str:
    """The sentence for a topic that is over: since when, and who ended it."""
    by = f" by {topic.retired_by}" if topic.retired_by else ", because its file is missing"
    return f"{topic.slug} was retired{f' on {topic.retired_at:%Y-%m-%d}' if topic.retired_at else ''}{by}"


def public_topics(statement: Any) -> Any:
    """The statement without the private topics of saved searches."""
    owner = _TOPIC.c.get("subscriber_id")
    return statement if owner is None else statement.where(owner.is_(None))


def mark_article(
    session: Session, article_id: int, slug: str, label: str, *, by: str, now: datetime, note: str = ""
) -> None:
    """Record what an operator says; said again it replaces what they said before. Commits."""
    if label not in list(Label):
        raise InvalidInput(f"{label!r} is no label: write about, mention or none")
    topic, revision = _checked(session, article_id, slug, by)
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = make(_MARK).values(
        article_id=article_id,
        topic_id=topic.id,
        by=by.strip(),
        label=label,
        revision=revision,
        note=note,
        marked_at=now,
    )
    kept = {name: statement.excluded[name] for name in ("label", "revision", "note", "marked_at")}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["article_id", "topic_id", "by"], index_where=_MARK.c.subscriber_id.is_(None), set_=kept
        )
    )
    session.commit()


def unmark_article(session: Session, article_id: int, slug: str, *, by: str) -> bool:
    """Take back what an operator said; whether there was anything. Commits."""
    topic, _ = _checked(session, article_id, slug, by)
    gone = session.execute(
        delete(_MARK).where(
            _MARK.c.article_id == article_id,
            _MARK.c.topic_id == topic.id,
            _MARK.c.by == by.strip(),
            _MARK.c.subscriber_id.is_(None),
        )
    )
    session.commit()
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def _checked(session: Session, article_id: int, slug: str, by: str) -> tuple[Topic, int]:
    if not by.strip():
        raise InvalidInput("Say who marks it: --by NAME")
    revision = session.execute(select(_ARTICLE.c.revision).where(_ARTICLE.c.id == article_id)).scalar()
    if revision is None:
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    return find_topic(session, slug), revision


def decided_marks(session: Session, slug: str | None = None) -> list[Decided]:
    """What is held of each marked article, the latest first. What was about a merged topic is about its heir; what was
    not may be, all the same."""
    topic_id = find_topic(session, slug).id if slug else None
    heir = _TOPIC.alias("heir")
    held_by = func.coalesce(heir.c.id, _TOPIC.c.id)
    query = (
        select(
            *(_MARK.c.article_id, _MARK.c.label, _MARK.c.by, _MARK.c.subscriber_id, _MARK.c.marked_at),
            func.coalesce(heir.c.slug, _TOPIC.c.slug).label("slug"),
        )
        .join(_TOPIC, _TOPIC.c.id == _MARK.c.topic_id)
        .outerjoin(heir, heir.c.id == _TOPIC.c.merged_into_id)
        .where(or_(heir.c.id.is_(None), _MARK.c.label == Label.ABOUT))
        .order_by(_MARK.c.marked_at, _MARK.c.id)
    )
    query = public_topics(query)
    rows = session.execute(query if topic_id is None else query.where(held_by == topic_id))
    said: dict[tuple[int, str], _Said] = {}
    for row in rows:
        one = said.setdefault((row.article_id, row.slug), _Said())
        one.latest = row.marked_at
        if row.subscriber_id is None:
            one.operators.insert(0, row)
        else:
            one.hints += 1
    decided = [_decide(article_id, topic, one) for (article_id, topic), one in said.items()]
    return sorted(decided, key=lambda each: (each.marked_at, each.article_id), reverse=True)


def _decide(article_id: int, topic: str, said: _Said) -> Decided:
    assert said.latest is not None
    if not said.operators:
        weight = round(1 - (1 - HINT) ** said.hints, 3)
        return Decided(article_id, topic, Label.NONE, min(weight, 0.99), (), said.hints, said.latest)
    label = said.operators[0].label
    by = tuple(row.by for row in said.operators if row.label == label)
    disagreed = any(row.label != label for row in said.operators)
    return Decided(article_id, topic, label, 1.0, by, said.hints, said.latest, disagreed)


def marks_as_labelled(session: Session, marks: Sequence[Decided]) -> list[LabelledArticle]:
    """The marked articles as `sitrep topics evaluate` reads them."""
    by_article = _by_article(marks)
    return [
        LabelledArticle(
            f"article {row.id}",
            article_text(row),
            {mark.topic: mark.label for mark in by_article[row.id]},
            {mark.topic: mark.weight for mark in by_article[row.id] if mark.weight < 1},
        )
        for row in _articles(session, by_article)
    ]


def export_marks(session: Session, marks: Sequence[Decided]) -> Iterator[dict[str, Any]]:
    """One JSON object for each marked article: the format of labelled articles (docs/improve-a-topic.md)."""
    by_article = _by_article(marks)
    for row in _articles(session, by_article):
        own = by_article[row.id]
        yield {
            "id": f"article {row.id}",
            "url": row.url,
            "title": row.title,
            "summary": row.summary,
            "body": row.text,
            "categories": list(row.categories),
            "language": row.language,
            "source": row.source_name,
            "labels": {mark.topic: mark.label for mark in own},
            "weights": {mark.topic: mark.weight for mark in own if mark.weight < 1},
            "marks": [
                {"topic": mark.topic, "by": list(mark.by), "subscribers": mark.hints, "at": mark.marked_at.isoformat()}
                for mark in own
            ],
        }


def _by_article(marks: Iterable[Decided]) -> dict[int, list[Decided]]:
    found: dict[int, list[Decided]] = {}
    for mark in marks:
        found.setdefault(mark.article_id, []).append(mark)
    return found


def _articles(session: Session, ids: Iterable[int]) -> Iterator[Row[Any]]:
    a = _ARTICLE.c
    ordered = sorted(ids, reverse=True)
    for start in range(0, len(ordered), _AT_ONCE):
        yield from session.execute(
            select(a.id, a.url, *JUDGED).where(a.id.in_(ordered[start : start + _AT_ONCE])).order_by(a.id.desc())
        )
