"""Why somebody got an article, or did not: the rows read back, stage by stage."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from worker.compose.explain_way import way_to
from worker.compose.stations import REASONS, Step
from worker.database import table
from worker.models import Article, Match, Release, Source, Subscriber, Topic, TopicMark, Verdict

_AFTER_WITHDRAWAL = ("left out",)
"""Stations without a time of their own that a withdrawal explains."""


def explain_article(session: Session, subscriber: Subscriber, article: Article) -> list[Step]:
    """The way of one article to one person, as far as it came, with the reason where it stopped."""
    steps = [_seen(session, article), *_matched(session, subscriber, article), *_marked(session, subscriber, article)]
    numbers = session.execute(
        select(Release).where(table(Release).c.article_id == article.id).order_by(table(Release).c.number)
    ).scalars()
    releases = list(numbers)
    if not releases:
        steps.append(_not_released(article))
    for release in releases:
        steps.append(Step("released", f"under number {release.number} (by {release.released_by})", release.released_at))
        steps.extend(way_to(session, subscriber, article, release))
    return _with_withdrawal(steps, article)


def _with_withdrawal(steps: list[Step], article: Article) -> list[Step]:
    """The withdrawal among the stations, where its time puts it; what came of it follows."""
    if article.withdrawn_at is None:
        return steps
    by = f" ({article.withdrawn_reason})" if article.withdrawn_reason else ""
    told = Step("withdrawn", f"it is in no mail from then on{by}", article.withdrawn_at)
    later = (index for index, step in enumerate(steps) if step.stage in _AFTER_WITHDRAWAL or _is_after(step, told))
    place = next(later, len(steps))
    return [*steps[:place], told, *steps[place:]]


def _is_after(step: Step, other: Step) -> bool:
    return step.at is not None and other.at is not None and step.at > other.at


def _seen(session: Session, article: Article) -> Step:
    source = session.get_one(Source, article.source_id)
    edits = {1: "", 2: ", edited once since"}.get(article.revision, f", edited {article.revision - 1} times since")
    return Step("collected", f"“{article.title}” from {source.name}{edits}", article.first_seen_at)


def _matched(session: Session, subscriber: Subscriber, article: Article) -> list[Step]:
    """Topics, and the person's own searches: those of others are nobody's business, and may be thousands."""
    match, topic = table(Match), table(Topic)
    rows = session.execute(
        select(topic.c.title, match.c.verdict, match.c.score, match.c.threshold, match.c.sentence, match.c.matched_at)
        .join(topic, topic.c.id == match.c.topic_id)
        .where(match.c.article_id == article.id)
        .where(topic.c.subscriber_id.is_(None) | (topic.c.subscriber_id == subscriber.id))
        .order_by(match.c.score.desc())
    ).all()
    steps = []
    for title, verdict, score, threshold, sentence, at in rows:
        told = sentence or f"{'About' if verdict == Verdict.ABOUT else 'Only mentions'} {title}."
        steps.append(Step("matched", f"{told} (score {score:.1f}, needs {threshold:.1f})", at))
    if not rows:
        unjudged = "part of its source's first poll, so nobody judged it" if article.baseline else "not judged yet"
        steps.append(Step("matched", "no topic occurs in it" if article.matched_at else unjudged, article.matched_at))
    return steps


def _marked(session: Session, subscriber: Subscriber, article: Article) -> list[Step]:
    """What operators said of it, and what this person did."""
    mark, topic = table(TopicMark), table(Topic)
    rows = session.execute(
        select(topic.c.title, mark.c.label, mark.c.by, mark.c.subscriber_id, mark.c.marked_at)
        .join(topic, topic.c.id == mark.c.topic_id)
        .where(mark.c.article_id == article.id)
        .where(mark.c.subscriber_id.is_(None) | (mark.c.subscriber_id == subscriber.id))
        .order_by(mark.c.marked_at, mark.c.id)
    )
    words = {"about": "about {}", "mention": "only a mention of {}", "none": "not about {}"}
    return [
        Step("marked", f"they said that it is not what they asked for under {title}", at)
        if person is not None
        else Step("marked", f"{words[label].format(title)}, says {by}", at)
        for title, label, by, person, at in rows
    ]


def _not_released(article: Article) -> Step:
    if article.withheld_reason:
        reason = REASONS.get(article.withheld_reason, article.withheld_reason)
        return Step("not released", reason)
    if article.withdrawn_at:
        return Step("left out", REASONS["withdrawn"] + " before its release")
    waits = "waits for its full text" if article.text_state == "pending" else "waits for the next tick"
    return Step("not released", waits)
