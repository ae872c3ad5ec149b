"""A page of the site this system is for, from an excerpt in the feed to the right mailboxes and no other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from demo.newsroom import Newsroom
from demo.newsroom.manuscript import Manuscript
from demo.processes import write_schedules
from tests.flow.conftest import MakeFlow
from tests.flow.flow import Flow, reader
from tests.flow.outside import excerpt_feed, serving, write_sources
from worker.database import table
from worker.models import Article, Match, TextState, Topic, Verdict

TITLE = "US Sends Observers to Belarus-Russia War Games"
PUBLISHED = datetime(2025, 9, 17, 8, 12, 40, tzinfo=UTC)
FIRST = "On September 15, 2025, the Pentagon confirmed a significant development in international military relations."
LAST = "could influence the stability of entire regions."
FURNITURE = (
    "Close Menu",
    "Drone & UAV",
    "Subscribe to Updates",
    "What's Hot",
    "Norway: Russia",
    "Samel-90",
    "Vector Lands SOCOM",
    "Related Posts",
    "Pinterest",
    "Leave A Reply",
    "Catching Up in Combat",
    "Sign In",
)
"""What the theme puts around an article: none of it is the article's text."""


@pytest.fixture
def seed(shared_data: Path) -> str:
    (page,) = (shared_data / "seed").glob("*.txt")
    return page.read_text(encoding="utf-8")


def article_of(page: str) -> list[str]:
    """The article's paragraphs and headings, between the two rows of share buttons."""
    _, _, rest = page.partition("Share\nFacebook Twitter LinkedIn Pinterest Email\n")
    text, _, _ = rest.partition("\nShare. Facebook")
    return [line.strip() for line in text.splitlines() if line.strip()]


def headlines_beside(page: str) -> list[str]:
    """The titles that stand beside and below the article: each is followed by its date."""
    _, _, after = page.partition("Related Posts")
    pattern = r"\n([^\n]{20,90})\n\n[A-Z][a-z]+ \d\d?, 20\d\d"
    return sorted(set(re.findall(pattern, page.partition(TITLE)[0])) | set(re.findall(pattern, after)))


def in_the_theme(page: str) -> list[Manuscript]:
    """The seed as a manuscript of the sample newsroom, with its neighbours, so that the theme builds its page."""
    lines = article_of(page)
    text = "\n\n".join(line if line.endswith((".", "?", "”")) else f"## {line}" for line in lines)
    seed = Manuscript(
        "us-sends-observers", TITLE, timedelta(hours=8), "admin", ("Military & Defence",), text, excerpt_only=True
    )
    beside = [
        Manuscript(f"beside-{n}", title, timedelta(hours=1 + n / 10), "admin", ("Drone & UAV",), f"{title}. More soon.")
        for n, title in enumerate(headlines_beside(page))
    ]
    return [seed, *beside]


def readers_of_each_topic(flow: Flow) -> None:
    flow.subscribe(reader(topic, topic, "instant") for topic in ("arctic", "belarus", "drones"))


def stored(flow: Flow) -> tuple[Article, dict[str, str]]:
    """The article, and the verdict of each topic that occurs in it."""
    match, topic = table(Match), table(Topic)
    with flow.session() as session:
        article = session.execute(select(Article).where(table(Article).c.title == TITLE)).scalar_one()
        rows = session.execute(
            select(topic.c.slug, match.c.verdict)
            .join(match, match.c.topic_id == topic.c.id)
            .where(match.c.article_id == article.id)
        )
        return article, dict(rows.all())


def assert_right(flow: Flow, page: str) -> None:
    article, verdicts = stored(flow)
    assert article.text_state == TextState.WHOLE
    assert FIRST in article.text
    assert article.text.rstrip().endswith(LAST)
    assert [each for each in FURNITURE if each in article.text] == []
    missing = [line for line in article_of(page) if line.rstrip(".") not in article.text]
    assert missing == []
    assert verdicts.pop("belarus") == Verdict.ABOUT
    assert Verdict.ABOUT not in verdicts.values()
    (mail,) = [mail for mail in flow.mails() if TITLE in mail.text]
    assert mail.to == "belarus@readers.example.org"
    assert mail.state == "delivered"
    assert [each for each in FURNITURE if each in mail.text] == []


def test_the_seed_in_the_theme_of_the_sample_newsroom(seed: str, tmp_path: Path, make_flow: MakeFlow) -> None:
    base = PUBLISHED.replace(hour=0, minute=0, second=0)
    with Newsroom.running(manuscripts=in_the_theme(seed), base=base) as site:
        site.now = base + timedelta(hours=7)
        write_schedules(tmp_path / "schedules", f"{site.url}/feed/excerpts/")
        flow = make_flow(tmp_path / "schedules")
        flow.at(site.now)
        flow.upkeep()
        flow.tick()
        readers_of_each_topic(flow)
        site.now = base + timedelta(hours=9)
        flow.tick(site.now)
        page = next(seen for seen in site.seen if seen.path.endswith("/us-sends-observers/"))

    assert page.status == 200
    assert_right(flow, seed)


def test_the_seed_as_its_own_theme_shows_it(seed: str, shared_data: Path, tmp_path: Path, make_flow: MakeFlow) -> None:
    page = shared_data / "collect" / "articles" / "recon_smartmag_seed.html"
    documents = {"/us-sends-observers/": (page.read_bytes(), "text/html; charset=UTF-8")}
    with serving(documents) as site:
        feed = excerpt_feed(
            site,
            path="/us-sends-observers/",
            title=TITLE,
            excerpt=" ".join(article_of(seed)[1].split()[:40]),
            published="Wed, 17 Sep 2025 08:12:40 +0000",
        )
        documents["/feed/"] = (feed, "application/rss+xml")
        write_schedules(tmp_path / "schedules", "unused")
        write_sources(tmp_path / "schedules", {"Defence Spot": f"{site}/feed/"})
        flow = make_flow(tmp_path / "schedules")
        flow.at(PUBLISHED)
        flow.upkeep()
        readers_of_each_topic(flow)
        flow.tick(PUBLISHED + timedelta(minutes=20))
        flow.tick(PUBLISHED + timedelta(minutes=60))

    assert_right(flow, seed)
    article, _ = stored(flow)
    assert (article.author, article.published_at) == ("admin", PUBLISHED)
