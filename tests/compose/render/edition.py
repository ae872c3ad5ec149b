"""An edition in the database, as planning leaves it: cohorts with bits, deliveries, released articles."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from worker.compose.bits import bits_by_block
from worker.compose.newsletters import sync_newsletters
from worker.models import (
    Article,
    Cohort,
    CohortContent,
    Delivery,
    Edition,
    Match,
    Release,
    Source,
    Story,
    Subscriber,
    SubscriberState,
    Topic,
    Verdict,
)
from worker.schedules.newsletters import NewsletterDefinition

NEWSLETTERS = {
    "daily": NewsletterDefinition("daily", "Daily Digest", "daily", max_articles=3, max_age_days=14),
    "alert": NewsletterDefinition("alert", "Instant Alert", "instant", sender_name="Alerts", max_age_days=3),
}


class Newsroom:
    """Verbs for tests; each leaves rows and flushes."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        sync_newsletters(session, NEWSLETTERS, now=now)
        self.sources = [Source(url=f"https://source{n}.example/feed", name=f"Source {n}") for n in range(3)]
        self.topics = {
            slug: Topic(slug=slug, title=slug.title(), position=position, created_at=now)
            for position, slug in enumerate(("drones", "belarus"))
        }
        session.add_all([*self.sources, *self.topics.values()])
        session.flush()
        self.number = 60  # so that the first few numbers lie in two blocks

    def article(self, title: str, *topics: str, source: int = 0, released: bool = True, **fields: Any) -> Article:
        self.number += 1
        article = Article(
            source_id=self.sources[source].id,
            external_id=f"id-{self.number}",
            content_hash=f"hash-{self.number}",
            title=title,
            **{
                "url": f"https://news.example/{self.number}",
                "published_at": self.now - timedelta(hours=self.number),
                "first_seen_at": self.now,
                "updated_at": self.now,
                "released_at": self.now - timedelta(minutes=30) if released else None,
                "release_number": self.number if released else None,
                **fields,
            },
        )
        self.session.add(article)
        self.session.flush()
        if released:
            self.release(article, self.number)
        for slug in topics:
            topic_id = self.topics[slug].id
            self.session.add(
                Match(
                    article_id=article.id,
                    topic_id=topic_id,
                    verdict=Verdict.ABOUT,
                    topic_version=1,
                    revision=1,
                    score=9.0,
                    threshold=3.0,
                    matched_at=self.now,
                )
            )
        self.session.flush()
        return article

    def release(self, article: Article, number: int) -> None:
        self.session.add(Release(number=number, article_id=article.id, released_at=self.now))
        self.session.flush()

    def story(self) -> int:
        story = Story(created_at=self.now)
        self.session.add(story)
        self.session.flush()
        return story.id

    def edition(self, newsletter: str = "daily", **fields: Any) -> Edition:
        edition = Edition(
            newsletter=newsletter,
            newsletter_version=1,
            cutoff=self.number,
            **{"slot_at": self.now, "planned_at": self.now, "not_after": self.now + timedelta(hours=6), **fields},
        )
        self.session.add(edition)
        self.session.flush()
        return edition

    def cohort(self, edition: Edition, articles: Iterable[Article], *, language: str = "en") -> Cohort:
        return self.cohort_of([article.release_number or 0 for article in articles], edition, language=language)

    def cohort_of(self, numbers: list[int], edition: Edition, *, language: str = "en") -> Cohort:
        cohort = Cohort(
            edition_id=edition.id, content_key=uuid.uuid4().hex, language=language, shown_on=self.now.date()
        )
        self.session.add(cohort)
        self.session.flush()
        for block, bits in bits_by_block(numbers).items():
            self.session.add(CohortContent(cohort_id=cohort.id, block=block, bits=bits))
        self.session.flush()
        return cohort

    def person(self, address: str, **fields: Any) -> Subscriber:
        subscriber = Subscriber(
            address=address,
            address_key=address,
            state=SubscriberState.ACTIVE,
            **{"created_at": self.now, "state_at": self.now, **fields},
        )
        self.session.add(subscriber)
        self.session.flush()
        return subscriber

    def delivery(self, cohort: Cohort, address: str) -> uuid.UUID:
        delivery = Delivery(
            edition_id=cohort.edition_id,
            subscriber_id=self.person(address).id,
            cohort_id=cohort.id,
            planned_at=self.now,
            state_at=self.now,
        )
        self.session.add(delivery)
        self.session.flush()
        return delivery.id
