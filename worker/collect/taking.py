"""Take what a listing holds into the tables: new articles, revisions, and what was there all along."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from worker.collect.chrome import drop_site_lines
from worker.collect.decide import Decisions, Setting, decide
from worker.collect.documents import ParsedArticle
from worker.collect.recognise import Incoming, Known, incoming
from worker.collect.revising import follow, mark_stale, note_modified, revise, step_aside
from worker.collect.store import NewArticle, insert_new, known_articles, new_article
from worker.collect.stories import join_stories, lock_stories
from worker.models import Article, Source, TextState


@dataclass(frozen=True)
class Listing:
    """What a source lists, from however many documents it was put together."""

    articles: tuple[ParsedArticle, ...] = ()
    rendition: str = ""
    """The format that the texts come from."""
    whole: bool = True
    """It was read to its end, and holds whatever the source would list."""
    window: int | None = None
    """How many of the first articles stand newest first without a hole; None: all."""
    there_before: AbstractSet[str] = frozenset()
    """Address keys (identity.url_key) of what was listed before the source was added, though nobody looked."""

    @cached_property
    def polled(self) -> list[Incoming]:
        """The articles with their keys. Costs the most of all that needs no database: ask for it before there is a
        transaction."""
        return incoming(self.articles, rendition=self.rendition)


@dataclass
class Taken:
    """What became of a listing. Lists hold article ids."""

    new: list[int] = field(default_factory=list)
    revised: list[int] = field(default_factory=list)
    unchanged: int = 0
    missing: list[int] = field(default_factory=list)
    needing_text: list[int] = field(default_factory=list)
    to_match: list[int] = field(default_factory=list)
    anchors: list[Known] = field(default_factory=list)
    """Articles known before that the listing holds."""
    fresh: list[Incoming] = field(default_factory=list)
    """The new ones as they were listed."""


def take_in(session: Session, source: Source, listing: Listing, *, now: datetime) -> Taken:
    """Store what is new or edited; the caller commits. A source's first listing is its baseline."""
    first = source.baseline_at is None
    polled = listing.polled
    decisions = decide(polled, known_articles(session, source.id, polled), _setting(source, listing))
    if decisions.new:
        lock_stories(session)
    step_aside(session, decisions.reused)
    baseline = first and not source.release_baseline
    rows = [new_article(source, item, baseline=baseline, now=now) for item in decisions.new]
    _store(session, rows, joining=[row for row in rows if row.text or not baseline], now=now)
    # What was there all along is stored beside it, for nobody.
    insert_new(session, [new_article(source, item, baseline=True, now=now) for item in decisions.archived])
    revised = _revise(session, source, decisions, now=now)
    drop_site_lines(session, revised, new=False, now=now)
    for article_id, item in decisions.to_follow:
        follow(session, article_id, item)
    note_modified(session, decisions.unchanged, now=now)
    stale = mark_stale(session, decisions.stale, now=now) if decisions.stale else []
    if first:
        source.baseline_at = now
        source.horizon_at = _oldest(polled)
    if rows and not baseline:
        source.last_new_at = now
    taken = _told(rows, revised)
    taken.needing_text += [article_id for article_id in stale if article_id not in taken.needing_text]
    taken.unchanged, taken.missing = len(decisions.unchanged), decisions.missing
    taken.anchors, taken.fresh = decisions.anchors, decisions.new
    return taken


def take_new(session: Session, source: Source, chosen: Sequence[Incoming], *, now: datetime) -> Taken:
    """Store articles that are known to be new; the caller commits."""
    rows = [new_article(source, item, baseline=False, now=now) for item in chosen]
    lock_stories(session)
    _store(session, rows, joining=rows, now=now)
    if rows:
        source.last_new_at = now
    return _told(rows, [])


def _setting(source: Source, listing: Listing) -> Setting:
    return Setting(
        whole=listing.whole, window=listing.window, horizon=source.horizon_at, there_before=listing.there_before
    )


def _store(session: Session, rows: list[NewArticle], *, joining: list[NewArticle], now: datetime) -> None:
    """Store new articles without their site's lines, those that may join a story with theirs."""
    drop_site_lines(session, rows, new=True, now=now)
    join_stories(session, joining, now=now)
    insert_new(session, rows)


def _revise(session: Session, source: Source, decisions: Decisions, *, now: datetime) -> list[Article]:
    revised = []
    for revision in decisions.revised:
        article = session.get(Article, revision.article_id)
        if article is not None:
            revise(session, source, article, revision, now=now)
            revised.append(article)
    return revised


def _oldest(polled: Sequence[Incoming]) -> datetime | None:
    return min((item.article.published_at for item in polled if item.article.published_at), default=None)


def _told(rows: Sequence[NewArticle], revised: Sequence[Article]) -> Taken:
    both: list[Article | NewArticle] = [*rows, *revised]
    open_ones = [article for article in both if not article.baseline and article.withdrawn_at is None]
    waiting = (TextState.PENDING, TextState.STALE)
    return Taken(
        new=[article.id for article in rows],
        revised=[article.id for article in revised],
        needing_text=[article.id for article in open_ones if article.text_state in waiting],
        to_match=[
            article.id
            for article in open_ones
            if article.released_at is None and article.text_state != TextState.PENDING
        ],
    )
