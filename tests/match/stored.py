"""Stored articles for the tests of the workbench: each verb commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from worker.audience.subscriptions import change_subscriptions
from worker.compose.release import release_ready
from worker.database import table
from worker.match.definitions import StoredMatcher, adopt_topics, load_matcher
from worker.match.judging import match_article
from worker.models import Article, Frequency, Match, Source, Subscriber, SubscriberState, Topic
from worker.schedules.topics import TopicDefinition

FILLER = "The committee met again in the afternoon and heard from several witnesses about the budget. "


class Desk:
    """A source, topics in force, people."""

    def __init__(self, session: Session, now: datetime, *definitions: TopicDefinition) -> None:
        self.session, self.now = session, now
        self.source = Source(url="https://news.example/feed", name="News")
        session.add(self.source)
        session.commit()
        self.adopt(*definitions)
        self.count = 0

    def adopt(self, *definitions: TopicDefinition) -> StoredMatcher:
        adopt_topics(self.session, {each.slug: each for each in definitions}, now=self.now)
        return load_matcher(self.session)

    def topic(self, slug: str) -> Topic:
        return self.session.execute(select(Topic).where(table(Topic).c.slug == slug)).scalar_one()

    def article(self, title: str, body: str = "", **fields: Any) -> int:
        self.count += 1
        article = Article(
            source_id=self.source.id,
            external_id=str(self.count),
            url=f"https://news.example/{self.count}",
            content_hash=str(self.count),
            title=title,
            text=body or f"{title}. {title}. {FILLER}",
            **{"first_seen_at": self.now, "updated_at": self.now, "published_at": self.now, **fields},
        )
        self.session.add(article)
        self.session.commit()
        return article.id

    def publish(self, title: str, body: str = "", **fields: Any) -> int:
        """Judged by the definitions in force, and released where it is about one of them."""
        article_id = self.article(title, body, **fields)
        match_article(self.session, article_id, matcher=load_matcher(self.session), now=self.now)
        release_ready(self.session, now=self.now, text_wait=timedelta(0))
        return article_id

    def person(self, topics: Mapping[str, Frequency], address: str = "jo@example.org") -> Subscriber:
        person = Subscriber(
            address=address, address_key=address, state=SubscriberState.ACTIVE, created_at=self.now, state_at=self.now
        )
        self.session.add(person)
        self.session.flush()
        wanted = {self.topic(slug).id: frequency for slug, frequency in topics.items()}
        change_subscriptions(self.session, person, wanted, now=self.now, reason="changed")
        self.session.commit()
        return person

    def matches(self, slug: str) -> dict[int, tuple[str, int]]:
        """Article to (verdict, version that judged it)."""
        rows = table(Match)
        found = self.session.execute(
            select(rows.c.article_id, rows.c.verdict, rows.c.topic_version).where(
                rows.c.topic_id == self.topic(slug).id
            )
        )
        return {row.article_id: (row.verdict, row.topic_version) for row in found}

    def total(self, model: Any) -> int:
        return self.session.execute(select(func.count()).select_from(table(model))).scalar_one()

    def change(self, article_id: int, **fields: Any) -> None:
        rows = table(Article)
        self.session.execute(update(rows).where(rows.c.id == article_id).values(**fields))
        self.session.commit()
