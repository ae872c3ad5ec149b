"""The topics at a glance, for operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlmodel import Session

from worker.database import table
from worker.match.marks import public_topics
from worker.models import Label, Match, Subscription, Topic, TopicMark

_MATCH, _MARK, _SUBSCRIPTION, _TOPIC = table(Match), table(TopicMark), table(Subscription), table(Topic)
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class TopicAtAGlance:
    """One topic; `state` is in force, merged into X, retired (by whom), or its file is missing."""

    slug: str
    title: str
    version: int
    state: str
    subscribers: int
    about: int
    """Matches of the last 30 days."""
    marks: int
    """What of a merged topic was marked as about it counts for its heir; its other marks say nothing any more."""


def overview(session: Session, *, now: datetime) -> list[TopicAtAGlance]:
    """Every topic but the private ones, those in force first."""
    subscribers = _counts(session, _SUBSCRIPTION.c.topic_id, _SUBSCRIPTION.c.ended_at.is_(None))
    about = _counts(session, _MATCH.c.topic_id, _MATCH.c.verdict == "about", _MATCH.c.matched_at >= now - LATELY)
    marks = _marks(session)
    order = (_TOPIC.c.retired_at.is_not(None), _TOPIC.c.position, _TOPIC.c.slug)
    rows = list(session.execute(public_topics(select(Topic)).order_by(*order)).scalars())
    names = {row.id: row.slug for row in rows}
    return [
        TopicAtAGlance(
            row.slug,
            row.title,
            row.version,
            _state(row, names),
            *(counts.get(row.id, 0) for counts in (subscribers, about, marks)),
        )
        for row in rows
    ]


def _state(topic: Topic, names: dict[int, str]) -> str:
    if topic.merged_into_id is not None:
        return f"merged into {names.get(topic.merged_into_id, '?')}"
    if topic.retired_by is not None:
        return f"retired by {topic.retired_by}"
    return "its file is missing" if topic.retired_at is not None else "in force"


def _marks(session: Session) -> dict[int, int]:
    held_by = func.coalesce(_TOPIC.c.merged_into_id, _TOPIC.c.id)
    counts = or_(_TOPIC.c.merged_into_id.is_(None), _MARK.c.label == Label.ABOUT)
    query = select(held_by, func.count()).join(_TOPIC, _TOPIC.c.id == _MARK.c.topic_id).where(counts).group_by(held_by)
    return {row[0]: row[1] for row in session.execute(query)}


def _counts(session: Session, topic_id: object, *where: object) -> dict[int, int]:
    query = select(topic_id, func.count()).where(*where).group_by(topic_id)  # type: ignore[call-overload]
    return dict(session.execute(query).all())
