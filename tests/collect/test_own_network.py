"""`allow_private` lets one machine be asked, the source's own; whatever else it leads to must be public."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.collect.conftest import InProcess, Site, feed, item
from worker.collect.discover import discover
from worker.collect.fetch import Fetcher
from worker.collect.fetch.model import ForbiddenAddress, may_be_private
from worker.collect.full_text import TextOutcome, check_withdrawn, fetch_full_text
from worker.collect.poll import poll_source
from worker.collect.rhythm import Outcome
from worker.collect.sources import sync_sources
from worker.collect.subscribing import ask_hub
from worker.models import Article, Push, Source
from worker.schedules.sources import SourceDefinition


def elsewhere(site: Site) -> str:
    """The same server under another name, as another machine of our network would be."""
    return site.url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize(
    ("url", "named", "allowed", "may"),
    [
        ("http://10.0.0.5/a", "http://10.0.0.5/feed", True, True),
        ("https://10.0.0.5:8443/a", "http://10.0.0.5/feed", True, True),
        ("http://NEWS.lan./a", "http://news.lan/feed", True, True),
        ("http://10.0.0.5/a", "http://10.0.0.5/feed", False, False),
        ("http://10.0.0.6/a", "http://10.0.0.5/feed", True, False),
        ("http://news.lan.evil.example/a", "http://news.lan/feed", True, False),
        ("http://news.lan@10.0.0.6/a", "http://news.lan/feed", True, False),
        ("mailto:a@b", "mailto:a@b", True, False),
        ("http://[", "http://[", True, False),
        ("http://[::1]/", "http://[::1]:80/feed", True, True),
    ],
)
def test_only_the_machine_that_was_named(url: str, named: str, allowed: bool, may: bool) -> None:
    assert may_be_private(url, named=named, allowed=allowed) is may


def test_a_redirect_to_another_private_machine_is_refused(site: Site, fetcher: Fetcher) -> None:
    site.serve("/b", "secret")
    moved = site.serve("/a", "", status=302, Location=elsewhere(site) + "/b")
    with pytest.raises(ForbiddenAddress, match="localhost"):
        fetcher.get(moved, allow_private=True)
    assert site.asked_for("/b") == 0


def poll(session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime, listed: str) -> Outcome:
    url = site.serve("/feed/", listed)
    given = SourceDefinition(url=url, name="News", allow_private=True, release_baseline=True)
    sync_sources(session, [given], now=now)
    source_id = session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
    outcome = poll_source(session, source_id, fetcher=fetcher, reader=reader, now=now).outcome
    assert outcome is not None
    return outcome


def test_an_article_on_another_private_machine_is_not_fetched(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    link = elsewhere(site) + "/1/"
    assert poll(session, site, fetcher, reader, now, feed(item(1, text="Excerpt […]", link=link))) is Outcome.FRESH
    article_id = session.execute(select(Article.id)).scalar_one()  # type: ignore[call-overload]
    result = fetch_full_text(session, article_id, fetcher=fetcher, reader=reader, now=now)
    assert result.outcome is TextOutcome.LATER
    assert "localhost leads to" in str(result.error)
    assert not check_withdrawn(session, article_id, fetcher=fetcher, now=now + timedelta(minutes=1))
    assert (site.asked_for("/1/"), site.asked_for("/robots.txt")) == (0, 0)


def test_a_part_of_a_sitemap_on_another_private_machine_is_not_fetched(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{elsewhere(site)}/part.xml</loc></sitemap></sitemapindex>"
    )
    assert poll(session, site, fetcher, reader, now, index) is Outcome.BROKEN
    assert site.asked_for("/part.xml") == 0


def test_a_hub_on_another_private_machine_is_not_asked(
    session: Session, site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    links = "".join(
        f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{rel}" href="{elsewhere(site)}/{rel}"/>'
        for rel in ("hub", "self")
    )
    poll(session, site, fetcher, reader, now, feed(item(1)).replace("<channel>", f"<channel>{links}"))
    push_id = session.execute(select(Push.id)).scalar_one()  # type: ignore[call-overload]
    assert ask_hub(session, push_id, posts=fetcher, callback_root="https://us.example/push/", now=now) == "denied"
    assert site.asked_for("/hub") == 0


def test_discovery_leaves_other_private_machines_alone(
    site: Site, fetcher: Fetcher, reader: InProcess, now: datetime
) -> None:
    page = f'<link rel="alternate" type="application/rss+xml" href="{elsewhere(site)}/feed/">'
    site.serve("/feed/", feed(item(1)))
    url = site.serve("/", f"<html><head>{page}</head><body><p>News</p></body></html>")
    found = discover(url, fetcher=fetcher, reader=reader, now=now, allow_private=True)
    assert all("localhost" not in one.url for one in found.usable)
    assert any("localhost leads to" in str(one.error) for one in found.candidates)
