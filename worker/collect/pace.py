"""After a poll: what it tells about the source's rhythm, health and hub, and so how long the next one may wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlmodel import Session

from worker.collect.health import note_failure, note_success
from worker.collect.hubs import hub_and_topic, linked
from worker.collect.listings.model import Harvest
from worker.collect.push import note_hub, pushes_of
from worker.collect.rhythm import RECENT, Outcome, adapted, kept_for, pushed
from worker.database import table
from worker.models import Article, Source

_ARTICLE = table(Article)
_AT_ONCE = 300


def settle_pace(
    session: Session, source: Source, harvest: Harvest, *, new: Sequence[int], hurry: bool, now: datetime
) -> timedelta:
    """Note how the source is, and say how long to wait for its next poll; the caller commits.

    `new` are the ids of the articles that it brought. `hurry`: it publishes faster than its listing is long.
    """
    every = timedelta(seconds=source.interval_seconds)
    if harvest.outcome not in (Outcome.FRESH, Outcome.UNCHANGED):
        note_failure(source, now=now)
        return every
    note_success(source, published=_times(session, new), now=now)
    if harvest.listing is not None:
        source.pace_seconds = harvest.learned.pace_seconds
        in_header = linked(harvest.fetched.link, harvest.fetched.url) if harvest.fetched else []
        note_hub(session, source.id, hub_and_topic(in_header, harvest.learned.links), now=now)
    if hurry:
        return every
    kept = kept_for(harvest.fetched.cache_control if harvest.fetched else None)
    told = timedelta(seconds=source.pace_seconds) if source.pace_seconds else None
    interval = adapted(every, source.recent, now=now, kept=kept, told=told)
    return pushed(interval, last_push_at=pushes_of(session, source.id, now=now), last_new_at=source.last_new_at)


def _times(session: Session, new: Sequence[int]) -> list[datetime]:
    """When the newest of these articles were published; those of a first poll that do not say it tell nothing."""
    if not new:
        return []
    at = func.coalesce(_ARTICLE.c.published_at, _ARTICLE.c.first_seen_at, type_=_ARTICLE.c.first_seen_at.type)
    found: list[datetime] = []
    for start in range(0, len(new), _AT_ONCE):
        found += session.execute(
            select(at)
            .where(
                _ARTICLE.c.id.in_(new[start : start + _AT_ONCE]),
                or_(_ARTICLE.c.published_at.is_not(None), ~_ARTICLE.c.baseline),
            )
            .order_by(at.desc())
            .limit(RECENT)
        ).scalars()
    return found
