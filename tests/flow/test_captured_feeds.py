"""Feeds as they were captured from real sites go through the whole flow to accepted mail."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from demo.counterpart.letter import Mail
from tests.compose.render.reading import faults, hrefs
from tests.flow.conftest import MakeFlow
from tests.flow.flow import Flow, reader
from tests.flow.outside import Document, serving, write_sources
from worker.collect.parse import parse_feed
from worker.collect.plain import one_line
from worker.database import table
from worker.deliver.closing import edition_sums
from worker.models import Article, Edition, Source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OLDEST = timedelta(days=3650)
GMAIL_CLIPS_AT = 102_000
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
COMMON = ("a", "and", "the", "of", "to", "in", "is", "der", "die", "und", "das", "de", "het", "een")


def feeds_of(shared_data: Path, *, wordpress: bool) -> dict[str, dict[str, Any]]:
    """What the index says of each feed, by a short name."""
    lines = (shared_data / "collect" / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["file"].startswith("feeds/")]
    return {Path(row["file"]).stem.lower(): row for row in rows if (row["kind"] == "feed_wordpress") == wordpress}


def title_words(data: bytes) -> Iterator[str]:
    """The longest word of each title, as a topic's term."""
    for article in parse_feed(data).articles:
        words = re.findall(r"[^\W_]{2,60}", article.title)
        if words:
            yield max(words, key=len)


def write_topic(schedules: Path, slug: str, words: Iterable[str]) -> None:
    """A topic that everything with one of these words is about."""
    listed = ", ".join(json.dumps(word, ensure_ascii=False) for word in sorted(set(words)))
    directory = schedules / "topics"
    directory.mkdir(parents=True, exist_ok=True)
    directory.joinpath(f"{slug}.toml").write_text(
        f'title = "Topic {slug}"\nthreshold = 0.001\nwords = [{listed}]\n', encoding="utf-8"
    )


def write_newsletter(schedules: Path) -> None:
    """A daily digest that holds everything, however old."""
    directory = schedules / "newsletters"
    directory.mkdir(parents=True, exist_ok=True)
    directory.joinpath("daily.toml").write_text(
        f'title = "All of it"\nfrequency = "daily"\nmax_articles = 100\nmax_age_days = {OLDEST.days}\n'
    )


def everything(shared_data: Path, feeds: dict[str, dict[str, Any]]) -> dict[str, Document]:
    """The captured bytes as a site's documents."""
    return {
        f"/{name}": ((shared_data / "collect" / row["file"]).read_bytes(), "application/xml")
        for name, row in feeds.items()
    }


def counted(flow: Flow) -> dict[str, int]:
    """Articles stored of each source."""
    article, source = table(Article), table(Source)
    with flow.session() as session:
        rows = session.execute(
            select(source.c.name, func.count(article.c.id))
            .outerjoin(article, article.c.source_id == source.c.id)
            .group_by(source.c.id)
        )
        return dict(rows.all())


def assert_sound(mail: Mail) -> None:
    """One heading, nothing that runs, no link but to the web, within what Gmail shows, the same in the text."""
    assert faults(mail.html) == []
    assert len(mail.html.encode()) < GMAIL_CLIPS_AT
    assert "javascript:" not in mail.html.lower()
    assert "javascript:" not in mail.text.lower()
    assert hrefs(mail.html) <= set(re.findall(r"https?://\S+", mail.text)) | {
        link.rstrip(").,") for link in re.findall(r"https?://\S+", mail.text)
    }


def assert_balanced(flow: Flow) -> None:
    with flow.session() as session:
        for edition in session.execute(select(Edition)).scalars():
            assert edition_sums(session, edition.id).balanced


@ON_SQLITE
def test_every_wordpress_feed_reaches_accepted_mail(shared_data: Path, tmp_path: Path, make_flow: MakeFlow) -> None:
    feeds = feeds_of(shared_data, wordpress=True)
    documents = everything(shared_data, feeds)
    schedules = tmp_path / "schedules"
    with serving(documents) as site:
        write_sources(schedules, {name: f"{site}/{name}" for name in feeds}, full_text="feed")
        write_newsletter(schedules)
        for place, (body, _) in enumerate(documents.values()):
            write_topic(schedules, f"feed-{place}", title_words(body))
        write_topic(
            schedules, "all", [*COMMON, *(word for body, _ in documents.values() for word in title_words(body))]
        )
        flow = make_flow(schedules)
        flow.at(NOW)
        assert flow.upkeep() == []
        flow.subscribe(reader(f"r{place}", f"feed-{place}", "daily") for place in range(len(feeds)))
        flow.subscribe([reader("ann", "all", "daily")])
        flow.tick()
        first = counted(flow)
        flow.tick(NOW + DAY)

    assert first == {name: row["expected"]["entries"] for name, row in feeds.items()}
    assert counted(flow) == first, "a second poll adds nothing"
    assert_first_entries(flow, feeds)
    assert_balanced(flow)
    told_by_others = withheld(flow)
    mails = {mail.to.split("@")[0]: mail for mail in flow.mails()}
    assert set(mails) == {"ann", *(f"r{place}" for place in range(len(feeds)))}
    for mail in mails.values():
        assert mail.state == "delivered"
        assert_sound(mail)
    for place, (body, _) in enumerate(documents.values()):
        assert_tells(mails[f"r{place}"], body, told_by_others)


def withheld(flow: Flow) -> set[str]:
    """The titles that got no number; the only reason is that another article tells the same story."""
    article = table(Article)
    with flow.session() as session:
        rows = session.execute(
            select(article.c.title, article.c.withheld_reason).where(article.c.release_number.is_(None))
        ).all()
    assert [(title, reason) for title, reason in rows if reason != "story"] == []
    return {title for title, _ in rows}


def assert_tells(mail: Mail, body: bytes, told_by_others: set[str]) -> None:
    """The digest has the title of each entry, but those that are too old, or says how many more there are."""
    young = [
        article.title
        for article in parse_feed(body).articles
        if article.published_at is None or article.published_at > NOW + DAY - OLDEST
    ]
    text = " ".join(mail.text.split())
    missing = [title for title in young if title not in text and title not in told_by_others]
    assert not missing or re.search(r"\d+ more", text), (mail.subject, missing)


def assert_first_entries(flow: Flow, feeds: dict[str, dict[str, Any]]) -> None:
    """Title, address, author and date of each feed's first entry are what two parsers agree on."""
    article, source = table(Article), table(Source)
    with flow.session() as session:
        for name, row in feeds.items():
            expected = row["expected"]
            found = session.execute(
                select(Article)
                .join(source, source.c.id == article.c.source_id)
                .where(source.c.name == name, article.c.title == one_line(expected["first_title"], limit=500))
            ).scalar_one()
            assert found.url == expected["first_link"].partition("?traffic_source=")[0]  # it only tracks
            if expected.get("first_author_feedparser"):
                assert found.author == expected["first_author_feedparser"]
            if expected.get("first_date_utc"):
                assert found.published_at == datetime.fromisoformat(expected["first_date_utc"])
            assert found.text


@ON_SQLITE
def test_the_other_captured_feeds_reach_accepted_mail_too(
    shared_data: Path, tmp_path: Path, make_flow: MakeFlow
) -> None:
    feeds = {
        name: row
        for name, row in feeds_of(shared_data, wordpress=False).items()
        if parse_feed((shared_data / "collect" / row["file"]).read_bytes()).articles
    }
    documents = everything(shared_data, feeds)
    schedules = tmp_path / "schedules"
    with serving(documents) as site:
        write_sources(schedules, {name: f"{site}/{name}" for name in feeds}, full_text="feed")
        write_newsletter(schedules)
        write_topic(
            schedules, "all", [*COMMON, *(word for body, _ in documents.values() for word in title_words(body))]
        )
        flow = make_flow(schedules)
        flow.at(NOW)
        assert flow.upkeep() == []
        flow.subscribe([reader("ann", "all", "daily")])
        flow.tick()
        first = counted(flow)
        flow.tick(NOW + DAY)

    assert Counter(first) >= Counter(dict.fromkeys(feeds, 1))
    assert counted(flow) == first
    (mail,) = flow.mails()
    assert_sound(mail)
    assert_balanced(flow)
