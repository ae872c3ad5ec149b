"""What can be chosen: topics, frequencies, the hour and zone of delivery."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from worker.database import table
from worker.errors import InvalidInput
from worker.models import Frequency, Newsletter, Topic, TopicAlias
from worker.schedules.hours import known_zones

_NEWSLETTER, _TOPIC = table(Newsletter), table(Topic)


@dataclass(frozen=True)
class TopicOffer:
    """A topic that can be subscribed to."""

    id: int
    slug: str
    title: str
    description: str


@dataclass(frozen=True)
class DeliveryTime:
    """When somebody's digests come: the local hour, and the weekday (0 is Monday) of the weekly one."""

    zone: str
    hour: int
    weekday: int

    def __post_init__(self) -> None:
        if self.zone not in known_zones():
            raise InvalidInput("Please choose your time zone from the list.", field="zone")
        if not 0 <= self.hour <= 23:
            raise InvalidInput("Please choose an hour from the list.", field="hour")
        if not 0 <= self.weekday <= 6:
            raise InvalidInput("Please choose a day from the list.", field="weekday")


def offered_topics(session: Session) -> list[TopicOffer]:
    """The topics in the operator's order, without the retired ones and without saved searches."""
    rows = session.execute(
        select(_TOPIC.c.id, _TOPIC.c.slug, _TOPIC.c.title, _TOPIC.c.description)
        .where(_TOPIC.c.retired_at.is_(None), _TOPIC.c.merged_into_id.is_(None), _TOPIC.c.subscriber_id.is_(None))
        .order_by(_TOPIC.c.position, _TOPIC.c.title)
    )
    return [TopicOffer(*row) for row in rows]


def offered_frequencies(session: Session) -> list[Frequency]:
    """The frequencies that some newsletter serves, fastest first: a wish that nobody serves would be a silent loss."""
    served = set(session.execute(select(_NEWSLETTER.c.frequency).where(_NEWSLETTER.c.active)).scalars())
    return [frequency for frequency in Frequency if frequency in served]


def frequency_of(session: Session, newsletter: str) -> Frequency | None:
    """The frequency that a newsletter serves, also one that is no longer active."""
    found = session.execute(select(_NEWSLETTER.c.frequency).where(_NEWSLETTER.c.slug == newsletter)).scalar()
    return Frequency(found) if found else None


def current_slugs(session: Session, slugs: Iterable[str]) -> dict[str, str]:
    """What each of these topics is called now: one that was renamed or merged goes by its new name."""
    topic, heir, alias = _TOPIC.alias("topic_then"), _TOPIC.alias("heir"), table(TopicAlias)
    wanted = list(set(slugs))
    found = {slug: slug for slug in wanted}
    now_called = func.coalesce(heir.c.slug, topic.c.slug)
    merged = select(topic.c.slug, now_called).outerjoin(heir, heir.c.id == topic.c.merged_into_id)
    renamed = (
        select(alias.c.slug, now_called)
        .join(topic, topic.c.id == alias.c.topic_id)
        .outerjoin(heir, heir.c.id == topic.c.merged_into_id)
    )
    for statement in (renamed.where(alias.c.slug.in_(wanted)), merged.where(topic.c.slug.in_(wanted))):
        found.update((then, now) for then, now in session.execute(statement))
    return found


def topic_ids(session: Session, slugs: Iterable[str]) -> dict[str, int]:
    """The ids of those of the topics that can be chosen, by the slugs as they are given, which may be old ones."""
    offered = {offer.slug: offer.id for offer in offered_topics(session)}
    return {slug: offered[now] for slug, now in current_slugs(session, slugs).items() if now in offered}


def check_topics(chosen: Collection[str], offered: Iterable[TopicOffer]) -> None:
    """InvalidInput unless at least one is chosen and each is on offer."""
    if not chosen:
        raise InvalidInput("Please choose at least one topic.", field="topics")
    if not set(chosen) <= {offer.slug for offer in offered}:
        raise InvalidInput("A topic you chose is no longer on offer: please choose again.", field="topics")


def check_frequency(chosen: str, offered: Collection[Frequency]) -> Frequency:
    """The frequency; InvalidInput unless it is on offer."""
    if chosen not in offered:
        raise InvalidInput("Please choose how often you want mail.", field="frequency")
    return Frequency(chosen)
