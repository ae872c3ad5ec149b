"""Poll one source: claim it, fetch it, decide, store. Two pollers of one source never do anything twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session

from worker.collect.decide import decide, incoming
from worker.collect.documents import ParsedFeed
from worker.collect.fetch.model import Fetched, FetchError, Fetches, ForbiddenAddress
from worker.collect.rhythm import Next, Outcome, next_poll, outcome_of
from worker.collect.sandbox import SANDBOX, Reader
from worker.collect.sources import is_due, is_free, poll_address
from worker.collect.store import follow, known_articles, new_article, revise
from worker.collect.stories import join_stories
from worker.database import table
from worker.errors import NotFound
from worker.models import Article, Source, TextState

_SOURCE = table(Source)
LEASE = timedelta(minutes=2)


@dataclass
class PollResult:
    """What a poll did. Lists hold article ids."""

    source_id: int
    outcome: Outcome | None = None
    """None: it was not due, is no longer named, or another poller has it; nothing was done."""
    status: int | None = None
    error: str | None = None
    new: list[int] = field(default_factory=list)
    revised: list[int] = field(default_factory=list)
    unchanged: int = 0
    baseline: bool = False
    """This was the first poll: its articles are known from now on, and sent to nobody."""
    needing_text: list[int] = field(default_factory=list)
    to_match: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    """Articles that the feed should still list and does not: perhaps withdrawn."""
    next_poll_at: datetime | None = None


@dataclass(frozen=True)
class _Claim:
    """What is needed of a claimed source while no transaction is open."""

    source_id: int
    address: str
    until: datetime
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    allow_private: bool


@dataclass(frozen=True)
class _Harvest:
    """What came back from outside."""

    outcome: Outcome
    fetched: Fetched | None = None
    feed: ParsedFeed | None = None
    error: str | None = None

    @property
    def body_hash(self) -> str | None:
        return hashlib.sha256(self.fetched.body).hexdigest() if self.fetched and self.feed else None


def poll_source(
    session: Session,
    source_id: int,
    *,
    fetcher: Fetches,
    now: datetime,
    reader: Reader = SANDBOX,
    lease: timedelta = LEASE,
    force: bool = False,
) -> PollResult:
    """Poll a source that is due (or any, with `force`) and store what is new or edited. Commits.

    No transaction is open while the network is asked. What the source does wrong ends in the result and in the
    source's row, never in an exception.
    """
    claim = _claim(session, source_id, now=now, lease=lease, force=force)
    if claim is None:
        return PollResult(source_id)
    harvest = _harvest(claim, fetcher, reader)
    source = _still_ours(session, claim)
    if source is None:
        session.rollback()
        return PollResult(source_id)
    result = PollResult(source_id, harvest.outcome, harvest.fetched.status if harvest.fetched else None, harvest.error)
    if harvest.feed is not None:
        _store(session, source, harvest.feed, result, now=now)
    _remember(source, harvest, result, now=now)
    session.commit()
    return result


def _claim(session: Session, source_id: int, *, now: datetime, lease: timedelta, force: bool) -> _Claim | None:
    """Take the source for `lease`; None where there is nothing to do."""
    due = [] if force else [_SOURCE.c.active, is_due(now)]
    taken = session.execute(
        update(_SOURCE).where(_SOURCE.c.id == source_id, is_free(now), *due).values(lease_until=now + lease)
    )
    source = session.get(Source, source_id, populate_existing=True)
    if source is None:
        session.rollback()
        raise NotFound(f"There is no source {source_id}: `sitrep sources list` shows them")
    claimed = taken.rowcount == 1  # type: ignore[attr-defined]
    whole = source.last_polled_at is None or source.last_polled_at.date() != now.date()
    claim = _Claim(
        source_id=source_id,
        address=poll_address(source, now=now),
        until=now + lease,
        # Some servers say 304 for ever: once a day the whole document is asked for.
        etag=None if whole else source.etag,
        last_modified=None if whole else source.last_modified,
        body_hash=source.body_hash,
        allow_private=source.allow_private,
    )
    session.commit()
    return claim if claimed else None


def _harvest(claim: _Claim, fetcher: Fetches, reader: Reader) -> _Harvest:
    """Ask the network, and read what it says."""
    try:
        fetched = fetcher.get(
            claim.address, etag=claim.etag, last_modified=claim.last_modified, allow_private=claim.allow_private
        )
    except ForbiddenAddress as error:
        return _Harvest(Outcome.REFUSED, error=str(error))
    except FetchError as error:
        return _Harvest(Outcome.BROKEN, error=str(error))
    outcome = outcome_of(fetched.status)
    if outcome is not Outcome.FRESH:
        said = None if outcome is Outcome.UNCHANGED else f"{fetched.url} answers with status {fetched.status}"
        return _Harvest(outcome, fetched, error=said)
    if claim.body_hash == hashlib.sha256(fetched.body).hexdigest():
        return _Harvest(Outcome.UNCHANGED, fetched)
    feed = reader.parse_feed(fetched.body, content_type=fetched.content_type, url=fetched.url)
    if feed.error:
        return _Harvest(Outcome.UNUSABLE, fetched, error=f"{fetched.url}: {feed.error}")
    return _Harvest(Outcome.FRESH, fetched, feed)


def _still_ours(session: Session, claim: _Claim) -> Source | None:
    """The source, locked, unless its lease ran out and another poller took it."""
    held = session.execute(
        update(_SOURCE)
        .where(_SOURCE.c.id == claim.source_id, _SOURCE.c.lease_until == claim.until)
        .values(lease_until=None)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.get(Source, claim.source_id, populate_existing=True)


def _store(session: Session, source: Source, feed: ParsedFeed, result: PollResult, *, now: datetime) -> None:
    """New rows and revisions; nothing for what we knew."""
    polled = incoming(feed.complete_articles)
    decisions = decide(polled, known_articles(session, source.id, polled), whole=feed.whole)
    first = source.baseline_at is None
    result.baseline = first and not source.release_baseline
    rows = [new_article(source, item, baseline=result.baseline, now=now) for item in decisions.new]
    session.add_all(rows)
    session.flush()
    join_stories(session, rows, now=now)
    revised: list[Article] = []
    for revision in decisions.revised:
        article = session.get(Article, revision.article_id)
        if article is not None:
            revise(session, source, article, revision, now=now)
            revised.append(article)
    for article_id, item in decisions.unchanged:
        follow(session, article_id, item)
    for revision in decisions.revised:
        follow(session, revision.article_id, revision.incoming)
    _report(result, rows, revised)
    result.unchanged = len(decisions.unchanged)
    result.missing = decisions.missing
    if first:
        source.baseline_at = now
    if rows and not result.baseline:
        source.last_new_at = now


def _report(result: PollResult, rows: list[Article], revised: list[Article]) -> None:
    result.new = [article.id for article in rows]
    result.revised = [article.id for article in revised]
    open_ones = [article for article in (*rows, *revised) if not article.baseline and article.withdrawn_at is None]
    result.needing_text = [article.id for article in open_ones if article.text_state == TextState.PENDING]
    result.to_match = [
        article.id for article in open_ones if article.released_at is None and article.text_state != TextState.PENDING
    ]


def _remember(source: Source, harvest: _Harvest, result: PollResult, *, now: datetime) -> None:
    """What the row has to know for the next poll."""
    fetched = harvest.fetched
    following = _following(source, harvest, now=now)
    source.next_poll_at = result.next_poll_at = following.at
    source.failures, source.gone_count = following.failures, following.gone_count
    source.last_polled_at = now
    source.last_status = fetched.status if fetched else None
    source.last_error = harvest.error
    if harvest.outcome not in (Outcome.FRESH, Outcome.UNCHANGED):
        return
    source.last_success_at = now
    if fetched is not None:
        _note_move(source, fetched, now=now)
    if harvest.feed is not None and fetched is not None and harvest.feed.whole:
        source.etag, source.last_modified = fetched.etag, fetched.last_modified
        source.body_hash = harvest.body_hash


def _following(source: Source, harvest: _Harvest, *, now: datetime) -> Next:
    return next_poll(
        harvest.outcome,
        source=source.url,
        interval=timedelta(seconds=source.interval_seconds),
        failures=source.failures,
        gone_count=source.gone_count,
        now=now,
        retry_after=harvest.fetched.retry_after if harvest.fetched else None,
    )


def _note_move(source: Source, fetched: Fetched, *, now: datetime) -> None:
    """Remember since when the source moved for good, and forget it where it no longer says so."""
    if fetched.moved_to and fetched.moved_to != source.moved_to:
        source.moved_to, source.moved_seen_at = fetched.moved_to, now
    elif not fetched.moved_to and fetched.url == source.url:
        source.moved_to = source.moved_seen_at = None
