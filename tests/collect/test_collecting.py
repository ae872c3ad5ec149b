"""A round over real sources: polls, pages, gaps and hubs, until nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from tests.collect.conftest import Site, feed, item
from tests.collect.hub import Hub
from worker.collect.fetch.model import Fetched
from worker.collect.health_report import report
from worker.collect.sandbox import SANDBOX
from worker.collect.sources import sync_sources
from worker.database import session_on
from worker.models import Article, Gap, Host, Push, PushState, Source, TextState
from worker.schedules.sources import SourceDefinition
from worker.services.collecting import Collecting
from worker.services.made import Services
from worker.services.rounds import Job
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


def test_what_was_pulled_and_not_begun_is_free_for_others(made: Services, now: datetime) -> None:
    definitions = [SourceDefinition(url=f"https://{name}.example/", name=name) for name in ("a", "b")]
    with session_on(made.engine) as session:
        sync_sources(session, definitions, now=now)
    work, other = (Collecting(made, judge=lambda articles: None) for _ in range(2))
    pulled = list(work.pull(10, False))
    assert len(pulled) == 2
    assert list(other.pull(10, False)) == []
    work.close()
    assert list(other.pull(10, False)) == pulled


class Mistaken:
    """A fetcher with a mistake of our own in it."""

    def get(self, url: str, **given: object) -> Fetched:
        raise ValueError("a mistake\nof our own")

    def post(self, url: str, form: object, **given: object) -> Fetched:
        raise ValueError("a mistake\nof our own")


class Wrong(Services):
    fetcher = Mistaken()  # type: ignore[assignment]


def test_work_that_ends_in_a_mistake_of_ours_is_put_off_and_says_so(made: Services, now: datetime) -> None:
    wrong = Wrong(made.settings)
    with session_on(made.engine) as session:
        sync_sources(session, [SourceDefinition(url="https://news.example/feed", name="News")], now=now)
        source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
        session.add(Gap(source_id=source_id, from_at=now, noticed_at=now, next_at=now, methods="paged"))
        session.add(
            Push(source_id=source_id, hub="https://hub.example/", topic="t", token="t", secret="s", next_at=now)
        )
        session.add(
            Article(
                source_id=source_id,
                external_id="1",
                url="https://news.example/1",
                content_hash="",
                title="One",
                first_seen_at=now,
                updated_at=now,
                text_state=TextState.PENDING,
            )
        )
        session.commit()
    work = Collecting(wrong, judge=lambda articles: None)
    for kind in ("poll", "gap", "text", "hub"):
        with pytest.raises(ValueError, match="a mistake"):
            list(work.work(Job(kind, 1)))
        with session_on(made.engine) as session:
            session.execute(update(Source).values(lease_until=None))
            session.execute(update(Host).values(free_at=now))
            session.commit()
    assert list(work.pull(10, False)) == []
    with session_on(made.engine, read_only=True) as session:
        source, gap = session.execute(select(Source)).scalar_one(), session.execute(select(Gap)).scalar_one()
        push, article = session.execute(select(Push)).scalar_one(), session.execute(select(Article)).scalar_one()
    said = "an error of Sitrep's own, please report it: ValueError: a mistake of our own"
    assert (source.last_error, gap.reason, push.reason, article.text_reason) == (said, said, said, said)
    assert (source.failures, gap.tries, push.tries, article.text_tries) == (1, 1, 1, 1)
    assert source.failing_since == now
    assert "the log says where" in report(source, now=now).sentence
    later = (source.next_poll_at, gap.next_at, push.next_at, article.text_next_at)
    assert all(at is not None and at > now for at in later)
    wrong.engine.dispose()
