"""After a poll: what it tells about the source's rhythm, health and hub, and so how long the next one may wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from worker.collect.decide import plausible
from worker.collect.health import note_failure, note_success
from worker.collect.hubs import hub_and_topic, linked
from worker.collect.listings.model import Harvest
from worker.collect.push import last_push, note_hub, pushes_of
from worker.collect.rhythm import Next, Outcome, adapted, kept_for, next_poll, pushed
from worker.models import Source


def settle_pace(
    session: Session, source: Source, harvest: Harvest, *, news: bool, hurry: bool, now: datetime
) -> timedelta:
    """Note how the source is, and say how long to wait for its next poll; the caller commits.

    `news`: it brought new articles. `hurry`: it publishes faster than its listing is long.
    """
    every = timedelta(seconds=source.interval_seconds)
    if harvest.outcome not in (Outcome.FRESH, Outcome.UNCHANGED):
        note_failure(source, now=now)
        return every
    note_success(source, published=_times(source, harvest, now=now) if news else [], now=now)
    pushes = pushes_of(session, source.id)
    if harvest.listing is not None:
        source.pace_seconds = harvest.learned.pace_seconds
        in_header = linked(harvest.fetched.link, harvest.fetched.url) if harvest.fetched else []
        note_hub(session, source.id, pushes, hub_and_topic(in_header, harvest.learned.links), now=now)
    if hurry:
        return every
    kept = kept_for(harvest.fetched.cache_control if harvest.fetched else None)
    told = timedelta(seconds=source.pace_seconds) if source.pace_seconds else None
    interval = adapted(every, source.recent, now=now, kept=kept, told=told)
    return pushed(interval, last_push_at=last_push(pushes, now=now), last_new_at=source.last_new_at)


def _times(source: Source, harvest: Harvest, *, now: datetime) -> list[datetime]:
    """When what it lists was published; where it does not say, news came now, and a first listing tells nothing."""
    listed = harvest.listing.articles if harvest.listing is not None else ()
    dated = [found for article in listed if (found := plausible(article.published_at, now=now)) is not None]
    return dated or ([now] if source.last_new_at == now else [])


def following(
    source: Source, outcome: Outcome, *, interval: timedelta, now: datetime, retry_after: str | None = None
) -> Next:
    """When a source is polled next after a poll that ended so, and how often it has failed by then."""
    return next_poll(
        outcome,
        source=source.url,
        interval=interval,
        failures=source.failures,
        gone_count=source.gone_count,
        now=now,
        retry_after=retry_after,
    )
