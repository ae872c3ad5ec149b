"""A newsroom that is polled, and time that passes for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.collect.conftest import InProcess, Site
from tests.collect.newsroom import Newsroom
from worker.collect.fetch import Fetcher
from worker.collect.full_text import articles_needing_text, fetch_full_text
from worker.collect.gaps import GapResult, close_gap, open_gaps
from worker.collect.poll import PollResult, poll_source
from worker.collect.sources import sync_sources
from worker.models import Article, Gap, Source
from worker.schedules.sources import SourceDefinition

HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """A newsroom that is polled, and time that passes for both."""

    session: Session
    site: Site
    newsroom: Newsroom
    fetcher: Fetcher
    reader: InProcess

    @property
    def now(self) -> datetime:
        return self.newsroom.now

    def add(self, path: str = "/feed/", **given: Any) -> PollResult:
        """Name the source, and poll it for the first time."""
        definition = SourceDefinition(
            url=self.site.url + path, name="News", allow_private=True, **{"full_text": "feed", **given}
        )
        sync_sources(self.session, [definition], now=self.now)
        return self.poll()

    def later(self, hours: float = 1) -> None:
        self.newsroom.now += hours * HOUR

    def poll(self) -> PollResult:
        source_id = self.session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
        return poll_source(self.session, source_id, fetcher=self.fetcher, reader=self.reader, now=self.now, force=True)

    def step(self) -> GapResult:
        (gap_id,) = open_gaps(self.session, now=self.now)
        return close_gap(self.session, gap_id, fetcher=self.fetcher, reader=self.reader, now=self.now)

    def close(self) -> GapResult:
        result = self.step()
        while result.again_now:
            result = self.step()
        return result

    def fetch_texts(self) -> None:
        for article_id in articles_needing_text(self.session, now=self.now):
            fetch_full_text(self.session, article_id, fetcher=self.fetcher, reader=self.reader, now=self.now)

    def source(self) -> Source:
        self.session.expire_all()
        return self.session.execute(select(Source)).scalar_one()

    def article(self, title: str) -> Article:
        self.session.expire_all()
        return self.session.execute(select(Article).where(Article.title == title)).scalar_one()  # type: ignore[arg-type]

    def gap(self) -> Gap:
        self.session.expire_all()
        return self.session.execute(select(Gap)).scalar_one()

    def collected(self) -> list[str]:
        """The titles of what is to be sent, in the order of publication."""
        self.session.expire_all()
        query = select(Article).where(~Article.baseline)  # type: ignore[operator]
        rows = sorted(self.session.scalars(query), key=lambda row: str(row.published_at))
        return [row.title for row in rows]


@pytest.fixture
def scene(session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime) -> Scene:
    newsroom = Newsroom(site, now)
    newsroom.publish(12, every=HOUR)
    return Scene(session, site, newsroom, fetcher, reader)
