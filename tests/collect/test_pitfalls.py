"""What others stumbled over (docs/collecting-pitfalls.md): each has a test; here are those that have no other place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.collect.conftest import InProcess, Site, feed, item
from worker.collect.fetch import Fetcher, ForbiddenAddress
from worker.collect.hosts import host_of
from worker.collect.poll import PollResult, poll_source
from worker.collect.rhythm import Outcome
from worker.collect.sources import poll_address, sync_sources
from worker.models import Article, Host, Source
from worker.schedules.sources import SourceDefinition

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "collecting-pitfalls.md"
HOUR = timedelta(hours=1)


def named() -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text())


def rows() -> list[str]:
    return [
        line for line in PAGE.read_text().splitlines() if line.startswith("| ") and not line.startswith("| pitfall")
    ]


def test_every_pitfall_names_a_test() -> None:
    without = [row for row in rows() if "`tests/" not in row and not row.startswith("|---")]
    assert len(rows()) > 30
    assert without == []


@pytest.mark.parametrize(("file", "test"), named(), ids=[test for _, test in named()])
def test_the_named_test_exists(file: str, test: str) -> None:
    assert re.search(rf"^ *(?:def {test}\(|{test} =)", (ROOT / file).read_text(), re.MULTILINE), f"{file} has no {test}"


def polled(
    session: Session, url: str, *, fetcher: Fetcher, reader: InProcess, now: datetime, hours: float = 0
) -> PollResult:
    definition = SourceDefinition(url=url, name="News", allow_private=True, full_text="feed")
    sync_sources(session, [definition], now=now)
    source_id = session.execute(select(Source.id).where(Source.url == url)).scalar_one()  # type: ignore[call-overload, arg-type]
    return poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now + hours * HOUR, force=True)


def test_a_server_that_always_says_200_is_unchanged_while_its_bytes_are(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    url = site.serve("/feed/", feed(item(1)))
    assert polled(session, url, fetcher=fetcher, reader=reader, now=now).outcome is Outcome.FRESH
    again = polled(session, url, fetcher=fetcher, reader=reader, now=now, hours=1)
    assert (again.outcome, again.status) == (Outcome.UNCHANGED, 200)


def test_a_redirect_from_http_to_https_is_taken_at_once_and_no_other(now: datetime) -> None:
    def address(moved_to: str) -> str:
        source = Source(url="http://news.example/feed/", name="News", moved_to=moved_to, moved_seen_at=now)
        return poll_address(source, now=now)

    assert address("https://news.example/feed/") == "https://news.example/feed/"
    for elsewhere in ("https://news.example/login", "https://portal.example/feed/", "http://news.example/new/"):
        assert address(elsewhere) == "http://news.example/feed/"


def test_retry_after_holds_for_the_whole_host(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    busy = site.serve("/busy/", "", status=429, Retry_After="3600")
    other = site.serve("/feed/", feed(item(1)))
    sync_sources(
        session,
        [SourceDefinition(url=url, name=url, allow_private=True, full_text="feed") for url in (busy, other)],
        now=now,
    )
    first, second = session.execute(select(Source.id).order_by(Source.id)).scalars()  # type: ignore[call-overload]
    session.commit()
    poll_source(session, first, fetcher=fetcher, reader=reader, now=now)
    assert session.get_one(Host, host_of(site.url)).free_at == now + HOUR
    session.commit()
    assert poll_source(session, second, fetcher=fetcher, reader=reader, now=now + 0.9 * HOUR).outcome is None
    assert poll_source(session, second, fetcher=fetcher, reader=reader, now=now + HOUR).outcome is Outcome.FRESH


def test_links_that_run_programs_and_markup_in_titles_never_reach_the_table(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    bad = [
        item(1, title="Patrol\r\nBcc: everybody@example.org", link="javascript:alert(1)"),
        item(2, title="<script>alert(1)</script>Convoy", link="data:text/html,hello"),
        item(3, title="Radar", link="JaVaScRiPt:alert(1)", text="<a href='javascript:alert(1)'>Read</a> of the radar."),
    ]
    polled(session, site.serve("/feed/", feed(*bad)), fetcher=fetcher, reader=reader, now=now)
    articles = session.scalars(select(Article).order_by(Article.id)).all()  # type: ignore[arg-type]
    assert len(articles) == 3
    for article in articles:
        assert article.url == "" or article.url.startswith(("http://", "https://"))
        told = f"{article.title}{article.summary}{article.text}{article.url}"
        assert "script:" not in told.lower()
        assert "<script" not in told
        assert not re.search(r"[\r\n]", article.title)


@pytest.fixture
def worldly() -> Iterator[Fetcher]:
    """A fetcher for which 127.0.0.1 is on the public internet, and the rest of loopback is not."""
    with Fetcher(contact="c", pause=0, public=lambda address: address == "127.0.0.1") as opened:
        yield opened


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "169.254.169.254", "10.0.0.1"])
def test_a_public_host_cannot_send_us_to_a_private_one(site: Site, worldly: Fetcher, host: str) -> None:
    assert worldly.get(site.serve("/fine", "x")).body == b"x"
    url = site.serve("/feed/", "", status=302, Location=f"http://{host}:{site.url.rpartition(':')[2]}/secret")
    with pytest.raises(ForbiddenAddress):
        worldly.get(url)
    assert site.asked_for("/secret") == 0
