"""Whatever order polls, flips, edits and failures come in, an article is released exactly once, and never the archive.

A simulated newsroom over HTTP is polled, matched and released by the real functions. The model keeps what was there
before the first poll and what was published since, whatever the newsroom calls it and wherever it puts it.
SITREP_LONG_PROPERTIES sets how many histories are tried.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import func, select
from sqlmodel import Session, SQLModel

from tests.collect.conftest import Answer, InProcess, Request, Site
from tests.collect.newsroom import Newsroom, Piece, text_of, title_of
from tests.match.judging_by import topic
from worker.collect.fetch import Fetcher
from worker.collect.full_text import articles_needing_text, check_withdrawn, fetch_full_text
from worker.collect.gaps import close_gap, open_gaps
from worker.collect.poll import PollResult, poll_source
from worker.collect.rhythm import Outcome
from worker.collect.sources import sync_sources
from worker.compose.release import release_ready
from worker.database import make_engine
from worker.match.definitions import adopt_topics, load_matcher
from worker.match.judging import match_article, unmatched_articles
from worker.models import Article, Gap, Release, Source
from worker.schedules.sources import SourceDefinition

START = datetime(2026, 3, 2, 12, 0, 17, tzinfo=UTC)
WINDOW = 4
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "whole texts": ("/feed/", {"full_text": "feed"}),
    "excerpts": ("/feed/", {"full_text": "auto"}),
    "closed api": ("/feed/", {"full_text": "feed"}),
    "rest": (f"/wp-json/wp/v2/posts?per_page={WINDOW}", {"kind": "wordpress", "full_text": "feed"}),
}
ADDRESSES: dict[str, tuple[str, dict[str, Any]]] = {
    "sitemap": ("/sitemap.xml", {"kind": "sitemap", "full_text": "auto"}),
    "page": ("/", {"kind": "page", "full_text": "auto", "link_pattern": ("/20*/*",)}),
}
"""Listings that tell an article by its address alone: one that moves there is another one."""
FAULTS = ("none", "none", "none", "500", "503", "no answer", "cut connection", "cut document", "304")
_TEMPLATE: list[Path] = []


@dataclass
class Fate:
    """What the model knows of an article beside what the newsroom shows."""

    piece: Piece
    archive: bool | None
    """It stood at the first poll; None: it was taken down then, and whether it is news later is open."""
    slugs: set[str]
    budget: int = 2
    """How many of identifier, address, title and text may still change before a poll sees it again: two of the four
    have to stay, or nobody could tell."""
    taken_down: int = 0


def a_database(directory: Path) -> str:
    """An empty database with all tables, made once and copied."""
    if not _TEMPLATE:
        made = Path(tempfile.mkdtemp(prefix="sitrep-any-order-")) / "template.sqlite"
        engine = make_engine(f"sqlite:///{made}")
        SQLModel.metadata.create_all(engine)
        engine.dispose()
        _TEMPLATE.append(made)
    shutil.copy(_TEMPLATE[0], directory / "sitrep.sqlite")
    return f"sqlite:///{directory / 'sitrep.sqlite'}"


class AnyOrder(RuleBasedStateMachine):
    """One newsroom, one source, any history."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="sitrep-any-order-"))
        self.engine = make_engine(a_database(self.directory))
        self.session = Session(self.engine, expire_on_commit=False)
        self.site = Site()
        self.fetcher = Fetcher(contact="editor@example.org", version="test", pause=0)
        self.reader = InProcess()
        self.newsroom = Newsroom(self.site, START, window=WINDOW, forgets_to_change_its_etag=True)
        self.fates: dict[int, Fate] = {}
        self.fault = "none"
        self.meanwhile: list[PollResult] = []
        self.double = False
        self.newsroom.refuse = self._interfere

    kinds: ClassVar[dict[str, tuple[str, dict[str, Any]]]] = KINDS

    @initialize(kind=st.integers(0, 3), articles=st.integers(0, 9))
    def name_the_source(self, kind: int, articles: int) -> None:
        chosen = sorted(self.kinds)[kind % len(self.kinds)]
        self._name(chosen, *self.kinds[chosen], articles)

    def _name(self, kind: str, path: str, given: dict[str, Any], articles: int) -> None:
        self.newsroom.excerpts = kind == "excerpts"
        self.newsroom.api_is_open = kind != "closed api"
        self.listing = path.partition("?")[0]
        definition = SourceDefinition(url=self.site.url + path, name="News", allow_private=True, **given)
        sync_sources(self.session, [definition], now=START)
        self.source_id = self.session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
        adopt_topics(self.session, {"frigates": topic("frigates", words=["frigate"])}, now=START)
        self.matcher = load_matcher(self.session)
        self._publish(articles, timedelta(hours=5))
        self._wait(1)

    # what the newsroom does

    @rule(count=st.integers(1, 3))
    def publish(self, count: int) -> None:
        self._wait(1)
        self._publish(count, timedelta(minutes=2))

    @rule(count=st.integers(WINDOW, 12))
    def publish_a_burst(self, count: int) -> None:
        self._wait(1)
        self._publish(count, timedelta(minutes=1))

    @rule(which=st.integers(0, 99))
    def edit(self, which: int) -> None:
        if fate := self._spend(which):
            fate.piece.text = f"The frigate again. {text_of(1000 + fate.piece.key + len(self.site.requests))}"

    @rule(which=st.integers(0, 99))
    def retitle(self, which: int) -> None:
        if fate := self._spend(which):
            fate.piece.title = f"Frigate {title_of(3000 + fate.piece.key + len(self.site.requests))}"

    @rule(which=st.integers(0, 99))
    def move(self, which: int) -> None:
        if self.kinds is KINDS and (fate := self._spend(which)):
            fate.piece.slug = f"{fate.piece.slug}-{len(fate.slugs)}"
            fate.slugs.add(fate.piece.slug)

    @rule(form=st.sampled_from(["https", "http", "address", "number"]))
    def flip_all_guids(self, form: str) -> None:
        """To https and back costs nothing; another form of identifier does."""
        chosen = {
            "https": lambda piece: piece.guid.replace("http://", "https://"),
            "http": lambda piece: piece.guid.replace("https://", "http://"),
            "address": lambda piece: f"{self.site.url}/by-address/{piece.key}",
            "number": lambda piece: f"{self.site.url}/?p={piece.key}",
        }[form]
        dear = form in ("address", "number")
        changed = [fate for fate in self.fates.values() if chosen(fate.piece) != fate.piece.guid]
        if dear and any(fate.budget < 1 for fate in changed):
            return
        for fate in changed:
            fate.piece.guid = chosen(fate.piece)
            fate.budget -= 1 if dear else 0

    @rule(which=st.integers(0, 99))
    def reuse_a_guid(self, which: int) -> None:
        """A new article bears the identifier of an old one, which may still stand."""
        if fate := self._spend(which):
            self._wait(1)
            self._publish(1, timedelta())
            key = len(self.newsroom.pieces)
            self.fates[key].piece.guid = fate.piece.guid
            fate.budget = self.fates[key].budget = 0

    @rule(which=st.integers(0, 99))
    def take_down(self, which: int) -> None:
        if fate := self._fate(which):
            fate.taken_down += fate.piece.standing
            fate.piece.standing = False

    @rule(which=st.integers(0, 99))
    def put_back(self, which: int) -> None:
        if fate := self._fate(which):
            fate.piece.standing = True

    # what we do

    @rule(fault=st.sampled_from(FAULTS), hours=st.integers(0, 12))
    def poll(self, fault: str, hours: int) -> None:
        self._wait(hours)
        self.fault = fault
        self._poll()
        self.fault = "none"

    @rule(hours=st.integers(0, 12))
    def poll_twice_at_once(self, hours: int) -> None:
        self._wait(hours)
        self.double = True
        self._poll()
        self.double = False

    @rule(fault=st.sampled_from(FAULTS))
    def work(self, fault: str) -> None:
        """Whatever waits: gaps, pages, what may have been withdrawn; then match and release."""
        self.fault = fault
        self._work()
        self.fault = "none"

    @rule(fault=st.sampled_from(FAULTS))
    def one_page_back(self, fault: str) -> None:
        self.fault = fault
        for gap_id in open_gaps(self.session, now=self.newsroom.now)[:1]:
            close_gap(self.session, gap_id, fetcher=self.fetcher, reader=self.reader, now=self.newsroom.now)
        self.fault = "none"

    def teardown(self) -> None:
        try:
            if hasattr(self, "source_id"):
                self._settle()
                self._check()
        finally:
            self.session.close()
            self.engine.dispose()
            self.fetcher.close()
            self.site.close()
            shutil.rmtree(self.directory, ignore_errors=True)

    # how

    def _publish(self, count: int, every: timedelta) -> None:
        for piece in self.newsroom.publish(count, every=every):
            piece.title, piece.text = f"Frigate {piece.title}", f"The frigate sailed. {piece.text}"
            self.fates[piece.key] = Fate(piece, archive=False, slugs={piece.slug})

    def _baseline_at(self) -> datetime | None:
        query = select(Source.baseline_at)  # type: ignore[call-overload]
        found: datetime | None = self.session.execute(query).scalar()
        self.session.rollback()
        return found

    def _fate(self, which: int) -> Fate | None:
        return list(self.fates.values())[which % len(self.fates)] if self.fates else None

    def _spend(self, which: int) -> Fate | None:
        """An article that may still change beyond recognition by so much."""
        fate = self._fate(which)
        if fate is None or fate.budget < 1:
            return None
        fate.budget -= 1
        fate.piece.modified = self.newsroom.now
        return fate

    def _wait(self, hours: float) -> None:
        self.newsroom.now += timedelta(hours=hours, minutes=7)

    def _poll(self) -> None:
        seen = [self.fates[piece.key] for piece in self.newsroom.standing()[:WINDOW]]
        before = self._baseline_at()
        result = poll_source(
            self.session,
            self.source_id,
            fetcher=self.fetcher,
            reader=self.reader,
            now=self.newsroom.now,
            force=True,
        )
        if before is None and self._baseline_at() is not None:
            for fate in self.fates.values():
                fate.archive = True if fate.piece.standing else None
        if result.outcome is Outcome.FRESH and self.fault == "none":
            numbers = [fate.piece.guid for fate in self.fates.values()]
            for fate in seen:
                fate.budget = 2 if numbers.count(fate.piece.guid) == 1 else 0
        for article_id in result.missing:
            self._ask_whether_withdrawn(article_id)

    def _ask_whether_withdrawn(self, article_id: int) -> None:
        check_withdrawn(self.session, article_id, fetcher=self.fetcher, now=self.newsroom.now)

    def _work(self) -> None:
        now, given = self.newsroom.now, {"fetcher": self.fetcher, "reader": self.reader}
        for gap_id in open_gaps(self.session, now=now):
            while close_gap(self.session, gap_id, now=now, **given).again_now:  # type: ignore[arg-type]
                continue
        for article_id in articles_needing_text(self.session, now=now):
            fetch_full_text(self.session, article_id, now=now, **given)  # type: ignore[arg-type]
        for article_id in unmatched_articles(self.session):
            match_article(self.session, article_id, matcher=self.matcher, now=now)
        release_ready(self.session, now=now, text_wait=timedelta(minutes=30))

    def _settle(self) -> None:
        """No fault any more: everything comes to rest."""
        for _ in range(3):
            self._wait(25)
            self._poll()
            self._work()

    def _interfere(self, request: Request) -> Answer | None:
        if self.double and urlsplit(request.path).path == self.listing:
            self.double = False
            with Session(self.engine, expire_on_commit=False) as other:
                self.meanwhile.append(
                    poll_source(
                        other,
                        self.source_id,
                        fetcher=self.fetcher,
                        reader=self.reader,
                        now=self.newsroom.now,
                        force=True,
                    )
                )
            assert self.meanwhile[-1].outcome is None
        match self.fault:
            case "500":
                return Answer(500, b"broken")
            case "503":
                return Answer(503, b"busy", {"Retry-After": "600"})
            case "no answer":
                return Answer(hangs=0.02)
            case "304" if "if-none-match" in request.headers:
                return Answer(304)
            case "cut connection" | "cut document":
                return self._cut(request)
        return None

    def _cut(self, request: Request) -> Answer:
        self.newsroom.refuse = lambda _: None
        answer = self.newsroom.answer(request)
        self.newsroom.refuse = self._interfere
        place = len(answer.body) * 2 // 3
        if self.fault == "cut connection":
            answer.cut_at = place
        else:
            answer.body = answer.body[:place]
        return answer

    # what must be so

    def _key_of(self, url: str) -> int:
        slug = urlsplit(url).path.rstrip("/").rpartition("/")[2]
        return next(fate.piece.key for fate in self.fates.values() if slug in fate.slugs)

    def _check(self) -> None:
        self.session.expire_all()
        released: dict[int, list[int]] = {}
        rows = self.session.execute(
            select(Article.id, Article.url, func.count(Release.number))  # type: ignore[call-overload]
            .join(Release, Release.article_id == Article.id)
            .group_by(Article.id, Article.url)
        ).all()
        for article_id, url, count in rows:
            key = self._key_of(url)
            released.setdefault(key, []).append(article_id)
            assert count <= 1 + self.fates[key].taken_down, f"article {key} was released {count} times"
        twice = {key: ids for key, ids in released.items() if len(ids) > 1}
        assert not twice, f"released under several ids: {twice}"
        archive = [key for key in released if self.fates[key].archive]
        assert not archive, f"released from the archive: {archive}"
        if not self._gave_up():
            owed = {key for key, fate in self.fates.items() if fate.archive is False and fate.piece.standing}
            assert not owed - released.keys(), f"never released: {sorted(owed - released.keys())}"

    def _gave_up(self) -> bool:
        return any(gap.closed_at is None for gap in self.session.scalars(select(Gap)))


class AnyOrderOfAddresses(AnyOrder):
    """The same for sitemaps and for pages that list articles."""

    kinds = ADDRESSES


TestAnyOrder = AnyOrder.TestCase
_LONG = os.environ.get("SITREP_LONG_PROPERTIES")
"""So many histories, other ones each time; the suite's are few and always the same."""
TestAnyOrder.settings = settings(
    max_examples=int(_LONG or "15"), derandomize=not _LONG, stateful_step_count=25, print_blob=True
)
TestAnyOrderOfAddresses = AnyOrderOfAddresses.TestCase
TestAnyOrderOfAddresses.settings = TestAnyOrder.settings


def test_an_old_article_that_an_edit_brought_up_does_not_open_the_archive_above_it() -> None:
    """Found by the machine above: the older page held all of the archive, the edited article last."""
    site = AnyOrder()
    site.name_the_source(kind=sorted(KINDS).index("rest"), articles=9)
    site.poll(fault="none", hours=12)
    site.move(which=0)
    site.poll(fault="none", hours=0)
    site.publish_a_burst(count=4)
    site.teardown()


@pytest.mark.parametrize("kind", [0, 1])
def test_a_first_listing_that_is_cut_in_the_middle_is_asked_for_again(kind: int) -> None:
    site = AnyOrderOfAddresses()
    site.name_the_source(kind=kind, articles=2)
    site.poll(fault="cut document", hours=0)
    site.teardown()


def test_an_article_of_which_only_the_address_was_known_is_judged_by_the_text_that_comes_late() -> None:
    """Found by the machine above: its page failed for longer than a release waits for it."""
    site = AnyOrderOfAddresses()
    site.name_the_source(kind=sorted(ADDRESSES).index("sitemap"), articles=0)
    site.poll(fault="none", hours=0)
    site.publish(count=1)
    site.poll(fault="none", hours=0)
    site.newsroom.now += timedelta(hours=11)
    site.work(fault="500")
    site.teardown()
