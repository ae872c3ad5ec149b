"""A small world of rows for planning tests: topics, people, articles that are about something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from worker.audience.subscriptions import change_subscriptions
from worker.compose.bits import numbers_of
from worker.compose.newsletters import sync_newsletters
from worker.compose.plan_alerts import plan_alerts
from worker.compose.plan_digests import PlanResult, plan_digests
from worker.compose.release import release_ready
from worker.database import table
from worker.models import (
    Article,
    CohortContent,
    Delivery,
    Frequency,
    Match,
    Source,
    Subscriber,
    SubscriberState,
    Topic,
    Verdict,
)
from worker.schedules.newsletters import NewsletterDefinition

NEWSLETTERS = {
    Frequency.INSTANT: NewsletterDefinition("alert", "Alert", "instant", max_age_days=30, not_after_minutes=120),
    Frequency.DAILY: NewsletterDefinition("daily", "Daily", "daily", max_age_days=30, not_after_minutes=360),
    Frequency.WEEKLY: NewsletterDefinition("weekly", "Weekly", "weekly", max_age_days=30, not_after_minutes=1440),
}


class Scene:
    """Verbs for tests; every verb commits."""

    def __init__(
        self, session: Session, now: datetime, newsletters: Mapping[Frequency, NewsletterDefinition] = NEWSLETTERS
    ) -> None:
        self.session, self.newsletters = session, newsletters
        self.source = Source(url="https://example.org/feed/", name="Example")
        session.add(self.source)
        session.commit()
        sync_newsletters(session, {each.slug: each for each in newsletters.values()}, now=now)
        self.count = 0

    def topic(self, slug: str, now: datetime) -> int:
        topic = Topic(slug=slug, title=slug.title(), created_at=now)
        self.session.add(topic)
        self.session.commit()
        return topic.id

    def person(
        self,
        topics: Mapping[int, Frequency],
        now: datetime,
        *,
        zone: str = "UTC",
        hour: int = 8,
        weekday: int = 0,
        address: str | None = None,
    ) -> int:
        self.count += 1
        address = address or f"person{self.count}@example.org"
        subscriber = Subscriber(
            address=address,
            address_key=address,
            zone=zone,
            hour=hour,
            weekday=weekday,
            state=SubscriberState.ACTIVE,
            created_at=now,
            confirmed_at=now,
            state_at=now,
        )
        self.session.add(subscriber)
        self.session.commit()
        self.choose(subscriber.id, topics, now)
        return subscriber.id

    def choose(self, subscriber_id: int, topics: Mapping[int, Frequency], now: datetime) -> None:
        subscriber = self.session.get_one(Subscriber, subscriber_id)
        change_subscriptions(self.session, subscriber, topics, now=now, reason="changed")
        self.session.commit()

    def article(
        self,
        topics: Iterable[int],
        now: datetime,
        *,
        title: str = "",
        published_at: datetime | None = None,
        story_id: int | None = None,
        verdict: Verdict = Verdict.ABOUT,
    ) -> int:
        """A matched article that waits for its release."""
        self.count += 1
        article = Article(
            source_id=self.source.id,
            external_id=f"example.org/?p={self.count}",
            url=f"https://example.org/{self.count}/",
            content_hash=str(self.count),
            title=title or f"Article {self.count}",
            text="Something happened.",
            published_at=published_at or now,
            first_seen_at=now,
            updated_at=now,
            matched_at=now,
            story_id=story_id,
        )
        self.session.add(article)
        self.session.flush()
        self.session.add_all(
            Match(
                article_id=article.id,
                topic_id=topic,
                topic_version=1,
                revision=1,
                verdict=verdict,
                score=5,
                threshold=3,
                matched_at=now,
            )
            for topic in topics
        )
        self.session.commit()
        return article.id

    def release(self, topics: Iterable[int], now: datetime) -> int:
        """Publish and release one article; its release number."""
        self.article(topics, now)
        (number,) = release_ready(self.session, now=now, text_wait=timedelta(hours=1)).numbers
        return number

    def plan(self, frequency: Frequency, now: datetime) -> PlanResult:
        plan = plan_alerts if frequency == Frequency.INSTANT else plan_digests
        return plan(self.session, self.newsletters[frequency], version=1, now=now)

    def deliveries(self, subscriber_id: int | None = None) -> list[Delivery]:
        query = select(Delivery).order_by(table(Delivery).c.edition_id, table(Delivery).c.subscriber_id)
        if subscriber_id is not None:
            query = query.where(table(Delivery).c.subscriber_id == subscriber_id)
        self.session.expire_all()
        return list(self.session.execute(query).scalars())

    def numbers(self, delivery: Delivery) -> frozenset[int]:
        """The releases in one delivery."""
        content = table(CohortContent)
        rows = self.session.execute(
            select(content.c.block, content.c.bits).where(content.c.cohort_id == delivery.cohort_id)
        )
        return frozenset(number for block, bits in rows for number in numbers_of(block, bits))

    def given(self, subscriber_id: int) -> list[frozenset[int]]:
        """The releases of each delivery of a person, in order."""
        return [self.numbers(delivery) for delivery in self.deliveries(subscriber_id)]

    def fail(self, delivery: Delivery, reason: str = "refused") -> None:
        """The delivery did not go out; its articles are owed."""
        rows = table(Delivery)
        self.session.execute(
            update(rows).where(rows.c.id == delivery.id).values(state="failed", reason=reason, owed=True)
        )
        self.session.commit()

    def withdraw(self, article_id: int, now: datetime) -> None:
        rows = table(Article)
        self.session.execute(update(rows).where(rows.c.id == article_id).values(withdrawn_at=now))
        self.session.commit()
