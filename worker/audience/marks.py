"""`Not what I asked for`: what a subscriber says of an article that we mailed. A hint for whoever tunes the topic."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.database import dialect, table
from worker.models import (
    BLOCK,
    Article,
    CohortContent,
    Delivery,
    Label,
    Match,
    Release,
    Subscriber,
    SubscriberState,
    Subscription,
    Topic,
    TopicMark,
    TopicRelease,
)

MARK_WITHIN = timedelta(days=90)
"""How long after the mail was planned its links take marks."""

_ARTICLE, _CONTENT, _DELIVERY, _MARK = table(Article), table(CohortContent), table(Delivery), table(TopicMark)
_MATCH, _RELEASE, _TOPIC_RELEASE = table(Match), table(Release), table(TopicRelease)
_SUBSCRIBER, _SUBSCRIPTION, _TOPIC = table(Subscriber), table(Subscription), table(Topic)


@dataclass(frozen=True)
class MailedTopic:
    """A topic by which the article came to this person."""

    id: int
    slug: str
    title: str
    sentence: str
    marked: bool
    is_search: bool
    """It is the person's own saved search, which only they can put right."""


@dataclass(frozen=True)
class MailedArticle:
    """An article of the mail, with the topics that it came by."""

    id: int
    title: str
    url: str
    topics: tuple[MailedTopic, ...]


@dataclass(frozen=True)
class Feedback:
    """What a mail's link shows: that mail's articles, or that the time for it is over. Nothing about the person."""

    articles: tuple[MailedArticle, ...] = ()
    over: bool = False


def look_at_feedback(
    session: Session, delivery_id: uuid.UUID, article_id: int | None = None, *, now: datetime
) -> Feedback | None:
    """The articles of the mail (or the one), or None for nobody's link or an article that was not in it."""
    mail = session.execute(
        select(_DELIVERY.c.subscriber_id, _DELIVERY.c.cohort_id, _DELIVERY.c.planned_at)
        .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id)
        .where(_DELIVERY.c.id == delivery_id, _SUBSCRIBER.c.state != SubscriberState.FORGOTTEN)
    ).one_or_none()
    if mail is None:
        return None
    if mail.planned_at + MARK_WITHIN <= now:
        return Feedback(over=True)
    numbers = _numbers(session, mail.cohort_id)
    in_it = _RELEASE.c.number.in_(numbers)
    rows = session.execute(
        select(_ARTICLE.c.id, _ARTICLE.c.title, _ARTICLE.c.url, _RELEASE.c.number)
        .join(_RELEASE, _RELEASE.c.article_id == _ARTICLE.c.id)
        .where(in_it if article_id is None else and_(in_it, _ARTICLE.c.id == article_id))
        .order_by(_RELEASE.c.number.desc())
    ).all()
    articles = [
        MailedArticle(row.id, row.title, row.url, _topics(session, mail.subscriber_id, row.id, row.number))
        for row in rows
    ]
    return Feedback(tuple(articles)) if articles else None


def mark_mailed(session: Session, delivery_id: uuid.UUID, article_id: int, slug: str, *, now: datetime) -> bool:
    """Record that the article is not what this person asked for under that topic; pressed again it changes nothing.

    False where the link is over or does not hold that article and topic. Commits.
    """
    topic = _topic_of(session, delivery_id, article_id, slug, now=now)
    if topic is None:
        return False
    person = select(_DELIVERY.c.subscriber_id).where(_DELIVERY.c.id == delivery_id).scalar_subquery()
    revision = select(_ARTICLE.c.revision).where(_ARTICLE.c.id == article_id).scalar_subquery()
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    session.execute(
        make(_MARK)
        .values(
            article_id=article_id,
            topic_id=topic.id,
            subscriber_id=person,
            by="",
            label=Label.NONE,
            revision=revision,
            note="",
            marked_at=now,
        )
        .on_conflict_do_nothing()
    )
    session.commit()
    return True


def unmark_mailed(session: Session, delivery_id: uuid.UUID, article_id: int, slug: str, *, now: datetime) -> bool:
    """Take the mark back; False as above. Commits."""
    topic = _topic_of(session, delivery_id, article_id, slug, now=now)
    if topic is None:
        return False
    person = select(_DELIVERY.c.subscriber_id).where(_DELIVERY.c.id == delivery_id).scalar_subquery()
    session.execute(
        delete(_MARK).where(
            _MARK.c.article_id == article_id, _MARK.c.topic_id == topic.id, _MARK.c.subscriber_id == person
        )
    )
    session.commit()
    return True


def _topic_of(
    session: Session, delivery_id: uuid.UUID, article_id: int, slug: str, *, now: datetime
) -> MailedTopic | None:
    seen = look_at_feedback(session, delivery_id, article_id, now=now)
    articles = seen.articles if seen else ()
    topics = (topic for article in articles for topic in article.topics if not topic.is_search)
    return next((topic for topic in topics if topic.slug == slug), None)


def _numbers(session: Session, cohort_id: int) -> list[int]:
    """The releases in a mail."""
    rows = session.execute(select(_CONTENT.c.block, _CONTENT.c.bits).where(_CONTENT.c.cohort_id == cohort_id))
    return [block * BLOCK + bit for block, bits in rows for bit in range(BLOCK) if bits >> bit & 1]


def _topics(session: Session, subscriber_id: int, article_id: int, number: int) -> tuple[MailedTopic, ...]:
    """The topics of the release that the person's subscriptions covered."""
    covers = and_(
        _SUBSCRIPTION.c.topic_id == _TOPIC.c.id,
        _SUBSCRIPTION.c.subscriber_id == subscriber_id,
        _SUBSCRIPTION.c.from_release < number,
        (_SUBSCRIPTION.c.until_release.is_(None) | (_SUBSCRIPTION.c.until_release >= number)),
    )
    marked = and_(
        _MARK.c.topic_id == _TOPIC.c.id, _MARK.c.article_id == article_id, _MARK.c.subscriber_id == subscriber_id
    )
    rows = session.execute(
        select(
            *(_TOPIC.c.id, _TOPIC.c.slug, _TOPIC.c.title, _MATCH.c.sentence, _TOPIC_RELEASE.c.bits),
            *(_MARK.c.id.label("mark"), _TOPIC.c.subscriber_id.is_not(None).label("is_search")),
        )
        .join(_SUBSCRIPTION, covers)
        .join(_TOPIC_RELEASE, and_(_TOPIC_RELEASE.c.topic_id == _TOPIC.c.id, _TOPIC_RELEASE.c.block == number // BLOCK))
        .outerjoin(_MATCH, and_(_MATCH.c.topic_id == _TOPIC.c.id, _MATCH.c.article_id == article_id))
        .outerjoin(_MARK, marked)
        .order_by(_TOPIC.c.position, _TOPIC.c.title)
    )
    return tuple(
        MailedTopic(row.id, row.slug, row.title, row.sentence or "", row.mark is not None, bool(row.is_search))
        for row in rows
        if row.bits >> number % BLOCK & 1
    )
