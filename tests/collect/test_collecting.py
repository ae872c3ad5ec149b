"""A round over real sources: polls, pages, gaps and hubs, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from tests.collect.conftest import Site, feed, item
from tests.collect.hub import Hub
from worker.collect.sandbox import SANDBOX
from worker.collect.sources import sync_sources
from worker.database import session_on
from worker.models import Article, Push, PushState, Source, TextState
from worker.schedules.sources import SourceDefinition
from worker.services.collecting import Collecting
from worker.services.made import Services
from worker.settings import Settings

PAGE = "<html><body><article><p>" + "The patrol went north and met nobody. " * 40 + "</p></article></body></html>"


@pytest.fixture
def made(engine: Engine, now: datetime, tmp_path: Path) -> Iterator[Services]:
    clock = tmp_path / "clock"
    clock.write_text(now.isoformat())
    made = Services(
        Settings(
            state_dir=tmp_path,
            database_url=engine.url.render_as_string(hide_password=False),
            secret="a secret of thirty-two characters",  # type: ignore[arg-type]
            clock=f"file:{clock}",
            fetch_threads=8,
            push="on",
        )
    )
    yield made
    made.fetcher.close()
    made.engine.dispose()
    SANDBOX.close()


def test_a_round_polls_every_source_and_fetches_every_text_though_they_share_a_host(
    made: Services, site: Site, now: datetime
) -> None:
    urls = []
    for number in range(12):
        page = site.serve(f"/{number}/", PAGE)
        urls.append(site.serve(f"/feed/{number}/", feed(item(number, text="Excerpt […]", link=page))))
    definitions = [SourceDefinition(url=url, name=url, allow_private=True, release_baseline=True) for url in urls]
    judged: list[int] = []
    with session_on(made.engine) as session:
        sync_sources(session, definitions, now=now)
    made.rounds.lead(Collecting(made, judge=judged.extend))
    with session_on(made.engine, read_only=True) as session:
        states = session.execute(select(Article.text_state)).scalars().all()  # type: ignore[call-overload]
        polled = session.execute(select(func.count(Source.last_success_at))).scalar()  # type: ignore[arg-type]
        numbers = session.execute(select(Article.id)).scalars().all()  # type: ignore[call-overload]
    assert polled == 12
    assert states == [TextState.WHOLE] * 12
    assert sorted(judged) == sorted(numbers)
    assert site.asked_for("/robots.txt") == 1


def test_a_round_asks_the_hubs_that_feeds_name(made: Services, site: Site, now: datetime) -> None:
    hub = Hub(mode="silent")
    try:
        url = site.serve("/feed/", feed(item(1)), Link=f'<{hub.url}>; rel="hub", </feed/>; rel="self"')
        with session_on(made.engine) as session:
            sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True)], now=now)
        made.rounds.lead(Collecting(made, judge=lambda articles: None))
        with session_on(made.engine, read_only=True) as session:
            assert session.execute(select(Push.state)).scalars().all() == [PushState.PENDING]  # type: ignore[call-overload]
        assert [one["hub.topic"] for one in hub.requests] == [url]
    finally:
        hub.close()
