"""Why somebody got an article, or did not: the rows read back, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlmodel import Session

from worker.compose.bits import numbers_of
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
    Match,
    Pause,
    PauseMode,
    Release,
    Source,
    Subscriber,
    Subscription,
    Topic,
    Verdict,
)

_LANES = list(Frequency)
_REASONS = {
    "no_topic": "it is about none of the topics",
    "story": "another article of the same story was released before; this one is listed there as `also reported by`",
    "baseline": "it was there when its source was first read: such articles are known, and sent to nobody",
    "capped": "the daily number of alerts was reached",
    "quiet_hours": "it was night by their clock",
    "paused": "their mail was paused",
    "late": "it was found too late to send then",
    "withdrawn": "the article was withdrawn",
    "unsubscribed": "they had unsubscribed by the time it was to leave",
    "not_sent": "the provider never accepted it",
    "refused": "the provider refused it",
}


@dataclass(frozen=True)
class Step:
    """One station on an article's way to a person: what is known, and when it came to be."""

    stage: str
    fact: str
    at: datetime | None = None


def explain_article(session: Session, subscriber: Subscriber, article: Article) -> list[Step]:
    """The way of one article to one person, as far as it came, with the reason where it stopped."""
    steps = [_seen(session, article), *_matched(session, article)]
    numbers = session.execute(
        select(Release).where(table(Release).c.article_id == article.id).order_by(table(Release).c.number)
    ).scalars()
    releases = list(numbers)
    if not releases:
        return [*steps, _not_released(article)]
    for release in releases:
        steps.append(Step("released", f"under number {release.number} (by {release.released_by})", release.released_at))
        steps.extend(_scheduled(session, subscriber, article, release))
    if article.withdrawn_at:
        steps.append(Step("withdrawn", "it is in no mail from then on", article.withdrawn_at))
    return steps


def _seen(session: Session, article: Article) -> Step:
    source = session.get_one(Source, article.source_id)
    edits = "" if article.revision == 1 else f", edited {article.revision - 1} times since"
    return Step("collected", f"“{article.title}” from {source.name}{edits}", article.first_seen_at)


def _matched(session: Session, article: Article) -> list[Step]:
    match, topic = table(Match), table(Topic)
    rows = session.execute(
        select(topic.c.title, match.c.verdict, match.c.score, match.c.threshold, match.c.sentence, match.c.matched_at)
        .join(topic, topic.c.id == match.c.topic_id)
        .where(match.c.article_id == article.id)
        .order_by(match.c.score.desc())
    ).all()
    steps = []
    for title, verdict, score, threshold, sentence, at in rows:
        told = sentence or f"{'About' if verdict == Verdict.ABOUT else 'Only mentions'} {title}."
        steps.append(Step("matched", f"{told} (score {score:.1f}, needs {threshold:.1f})", at))
    if not rows:
        fact = "not judged yet" if article.matched_at is None else "no topic occurs in it"
        steps.append(Step("matched", fact, article.matched_at))
    return steps


def _not_released(article: Article) -> Step:
    if article.withheld_reason:
        reason = _REASONS.get(article.withheld_reason, article.withheld_reason)
        return Step("not released", reason)
    if article.withdrawn_at:
        return Step("not released", _REASONS["withdrawn"], article.withdrawn_at)
    waits = "waits for its full text" if article.text_state == "pending" else "waits for the next tick"
    return Step("not released", waits)


def _scheduled(session: Session, subscriber: Subscriber, article: Article, release: Release) -> list[Step]:
    intervals = _covering(session, subscriber.id, article.id, release.number)
    if not intervals:
        return [Step("not theirs", _why_not_covered(session, subscriber, article, release))]
    lane = min((Frequency(interval.frequency) for interval, _ in intervals), key=_LANES.index)
    names = ", ".join(sorted({title for _, title in intervals}))
    steps = [Step("scheduled", f"by their {lane} subscription to {names}", release.released_at)]
    deliveries = _deliveries(session, subscriber.id, release.number)
    for delivery, edition in deliveries:
        steps.extend(_delivered(session, delivery, edition))
    if deliveries:
        return steps
    if taken_out := _pause_over(session, subscriber.id, release.number):
        return [*steps, taken_out]
    return [*steps, _waiting(session, subscriber, article, lane, release, intervals)]


def _covering(session: Session, subscriber_id: int, article_id: int, number: int) -> list[tuple[Subscription, str]]:
    subscription, match, topic = table(Subscription), table(Match), table(Topic)
    rows = session.execute(
        select(Subscription, topic.c.title)
        .join(topic, topic.c.id == subscription.c.topic_id)
        .join(match, and_(match.c.topic_id == subscription.c.topic_id, match.c.article_id == article_id))
        .where(
            subscription.c.subscriber_id == subscriber_id,
            match.c.verdict == Verdict.ABOUT,
            subscription.c.from_release < number,
            subscription.c.until_release.is_(None) | (subscription.c.until_release >= number),
        )
    )
    return [(interval, title) for interval, title in rows]


def _why_not_covered(session: Session, subscriber: Subscriber, article: Article, release: Release) -> str:
    subscription, match, topic = table(Subscription), table(Match), table(Topic)
    rows = session.execute(
        select(topic.c.title, subscription.c.from_release, subscription.c.started_at, subscription.c.ended_at)
        .join(topic, topic.c.id == subscription.c.topic_id)
        .join(match, and_(match.c.topic_id == subscription.c.topic_id, match.c.article_id == article.id))
        .where(subscription.c.subscriber_id == subscriber.id, match.c.verdict == Verdict.ABOUT)
        .order_by(subscription.c.started_at)
    ).all()
    if not rows:
        return "they have never subscribed to a topic that it is about"
    later = [row for row in rows if row.from_release >= release.number]
    if later:
        return f"they subscribed to {later[0].title} on {later[0].started_at:%Y-%m-%d %H:%M} UTC, after its release"
    return f"they had left {rows[-1].title} on {rows[-1].ended_at:%Y-%m-%d %H:%M} UTC, before its release"


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


def _delivered(session: Session, delivery: Delivery, edition: Edition) -> list[Step]:
    reason = f": {_REASONS.get(delivery.reason, delivery.reason)}" if delivery.reason else ""
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
            subscription.c.topic_id.in_([interval.topic_id for interval, _ in intervals]),
        )
    ).first()
    if still is None:
        ended = max(interval.ended_at for interval, _ in intervals if interval.ended_at)
        return Step("forfeited", f"they left ({intervals[0][0].end_reason}) before it was to be sent", ended)
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
    if article.withdrawn_at is not None:
        return Step("left out", "it was withdrawn when its turn came", article.withdrawn_at)
    published = article.published_at or article.first_seen_at
    fact = f"published {published:%Y-%m-%d}, it was too old when its turn came, or they have it under another number"
    return Step("left out", fact)
