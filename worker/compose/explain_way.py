"""An article's way from its release to one person: by which subscription, into which mail, or why into none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlmodel import Session

from worker.compose.bits import numbers_of
from worker.compose.stations import REASONS, Step
from worker.database import table
from worker.models import (
    BLOCK,
    AlertCursor,
    Article,
    Clock,
    CohortContent,
    Delivery,
    DueTime,
    Edition,
    Event,
    Frequency,
    Pause,
    PauseMode,
    Release,
    Subscriber,
    Subscription,
    Topic,
    TopicRelease,
)

_LANES = list(Frequency)
_TOPIC_OVER = ("merged", "retired")


def way_to(session: Session, subscriber: Subscriber, article: Article, release: Release) -> list[Step]:
    """The stations from this release on, as far as they are known; the last one says where it stands or stopped."""
    topics = _released_to(session, release.number)
    intervals = _covering(session, subscriber.id, topics, release.number)
    if not intervals:
        return [Step("not theirs", _why_not_covered(session, subscriber, topics, release))]
    lane = min((Frequency(interval.frequency) for interval, _ in intervals), key=_LANES.index)
    names = ", ".join(sorted({title for _, title in intervals}))
    steps = [Step("scheduled", f"by their {lane} subscription to {names}", release.released_at)]
    deliveries = _deliveries(session, subscriber.id, release.number)
    for delivery, edition in deliveries:
        steps.extend(_delivered(session, article, delivery, edition))
    if deliveries:
        return steps
    if taken_out := _pause_over(session, subscriber.id, release.number):
        return [*steps, taken_out]
    return [*steps, _waiting(session, subscriber, article, lane, release, intervals)]


def _released_to(session: Session, number: int) -> list[int]:
    """The topics that the release is about: as it was given out, whatever their definitions say by now."""
    marked = table(TopicRelease)
    rows = session.execute(select(marked.c.topic_id, marked.c.bits).where(marked.c.block == number // BLOCK))
    return [topic_id for topic_id, bits in rows if number in numbers_of(number // BLOCK, bits)]


def _covering(
    session: Session, subscriber_id: int, topic_ids: Sequence[int], number: int
) -> list[tuple[Subscription, str]]:
    subscription, topic = table(Subscription), table(Topic)
    rows = session.execute(
        select(Subscription, topic.c.title)
        .join(topic, topic.c.id == subscription.c.topic_id)
        .where(
            subscription.c.subscriber_id == subscriber_id,
            subscription.c.topic_id.in_(topic_ids),
            subscription.c.from_release < number,
            subscription.c.until_release.is_(None) | (subscription.c.until_release >= number),
        )
    )
    return [(interval, title) for interval, title in rows]


def _why_not_covered(session: Session, subscriber: Subscriber, topic_ids: Sequence[int], release: Release) -> str:
    subscription, topic = table(Subscription), table(Topic)
    rows = session.execute(
        select(
            *(topic.c.title, subscription.c.from_release, subscription.c.started_at),
            *(subscription.c.ended_at, subscription.c.end_reason),
        )
        .join(topic, topic.c.id == subscription.c.topic_id)
        .where(subscription.c.subscriber_id == subscriber.id, subscription.c.topic_id.in_(topic_ids))
        .order_by(subscription.c.started_at)
    ).all()
    if not rows:
        return "they have never subscribed to a topic that it is about"
    later = [row for row in rows if row.from_release >= release.number]
    if later:
        return f"they subscribed to {later[0].title} on {later[0].started_at:%Y-%m-%d %H:%M} UTC, after its release"
    last = rows[-1]
    when = f"on {last.ended_at:%Y-%m-%d %H:%M} UTC, before its release"
    if last.end_reason in _TOPIC_OVER:
        return f"{last.title} was {last.end_reason} {when}"
    return f"they had left {last.title} {when}"


def _deliveries(session: Session, subscriber_id: int, number: int) -> Sequence[tuple[Delivery, Edition]]:
    delivery, content, edition = table(Delivery), table(CohortContent), table(Edition)
    rows = session.execute(
        select(Delivery, Edition, content.c.bits)
        .join(content, and_(content.c.cohort_id == delivery.c.cohort_id, content.c.block == number // BLOCK))
        .join(edition, edition.c.id == delivery.c.edition_id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(edition.c.slot_at)
    )
    return [(row, run) for row, run, bits in rows if number in numbers_of(number // BLOCK, bits)]


def _delivered(session: Session, article: Article, delivery: Delivery, edition: Edition) -> list[Step]:
    reason = f": {REASONS.get(delivery.reason, delivery.reason)}" if delivery.reason else ""
    steps = [
        Step("composed", f"into edition {edition.id} ({edition.newsletter}, due {edition.slot_at:%Y-%m-%d %H:%M} UTC)",
             delivery.planned_at),
        Step(delivery.state, f"delivery {delivery.id}{reason}", delivery.state_at),
    ]  # fmt: skip
    event = table(Event)
    events = session.execute(
        select(event.c.kind, event.c.occurred_at)
        .where(event.c.delivery_id == delivery.id)
        .order_by(event.c.occurred_at)
    )
    steps.extend(Step("reported", f"{kind} by the provider", at) for kind, at in events)
    if delivery.owed and delivery.taken_by:
        steps.append(Step("owed", f"taken over by edition {delivery.taken_by}"))
    elif delivery.owed and article.withdrawn_at is not None:
        steps.append(Step("left out", "it was owed to them, and withdrawn before their next mail"))
    elif delivery.owed:
        steps.append(Step("owed", "joins their next mail"))
    return steps


def _pause_over(session: Session, subscriber_id: int, number: int) -> Step | None:
    pause = table(Pause)
    row = session.execute(
        select(Pause).where(
            pause.c.subscriber_id == subscriber_id,
            pause.c.mode == PauseMode.SKIP,
            pause.c.from_release < number,
            pause.c.until_release.is_(None) | (pause.c.until_release >= number),
        )
    ).scalar()
    return (
        Step("skipped", f"they paused and chose to skip until {row.ends_at:%Y-%m-%d}", row.starts_at) if row else None
    )


def _waiting(
    session: Session,
    subscriber: Subscriber,
    article: Article,
    lane: Frequency,
    release: Release,
    intervals: Sequence[tuple[Subscription, str]],
) -> Step:
    """There is no mail with it: not yet, or not at all."""
    subscription = table(Subscription)
    still = session.execute(
        select(subscription.c.id).where(
            subscription.c.subscriber_id == subscriber.id,
            subscription.c.ended_at.is_(None),
            subscription.c.topic_id.in_([interval.continued_by or interval.topic_id for interval, _ in intervals]),
        )
    ).first()
    if still is None:
        ended = max(interval.ended_at for interval, _ in intervals if interval.ended_at)
        reason = intervals[0][0].end_reason
        who = "their topic was retired" if reason == "retired" else f"they left ({reason})"
        return Step("forfeited", f"{who} before it was to be sent", ended)
    if article.withdrawn_at is not None:
        return Step("left out", "it was withdrawn before its turn came")
    if lane == Frequency.INSTANT:
        cursor = session.execute(select(table(AlertCursor).c.number)).scalar() or 0
        if cursor < release.number:
            return Step("waiting", "goes out as an alert with the next tick")
        return _left_out(article)
    due, clock = table(DueTime), table(Clock)
    row = session.execute(
        select(due.c.watermark, clock.c.next_due_at)
        .join(clock, clock.c.id == due.c.clock_id)
        .where(due.c.subscriber_id == subscriber.id, due.c.frequency == lane)
    ).first()
    if row is not None and row.watermark < release.number:
        return Step("waiting", f"for their {lane} digest, due {row.next_due_at:%Y-%m-%d %H:%M} UTC")
    return _left_out(article)


def _left_out(article: Article) -> Step:
    published = article.published_at or article.first_seen_at
    fact = f"published {published:%Y-%m-%d}, it was too old when its turn came, or they have it under another number"
    return Step("left out", fact)
