"""Poll one source: claim it, read its listing, take in what is new. Two pollers never do anything twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from worker.collect.claims import Claim, claim_sources
from worker.collect.fetch.model import Fetched, Fetches
from worker.collect.gaps import notice_gap
from worker.collect.hosts import end_turn
from worker.collect.lease import LEASE, give_back
from worker.collect.listings import Harvest, read_listing
from worker.collect.listings.rest import is_rest, plain_address
from worker.collect.memory import remember
from worker.collect.pace import following, settle_pace
from worker.collect.push import SPACING
from worker.collect.rhythm import Outcome, rest_asked
from worker.collect.sandbox import SANDBOX, Reader
from worker.collect.taking import take_in
from worker.errors import NotFound
from worker.models import Source


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
    gap_id: int | None = None
    """A gap that was noticed: articles between this listing and what we know are still to be found."""
    next_poll_at: datetime | None = None


def poll_source(
    session: Session,
    source_id: int,
    *,
    fetcher: Fetches,
    now: datetime,
    reader: Reader = SANDBOX,
    lease: timedelta = LEASE,
    force: bool = False,
    claim: Claim | None = None,
) -> PollResult:
    """Poll a source that is due (or any, with `force`) and store what is new or edited. Commits.

    `claim`: it was claimed before; without one, or where that ran out meanwhile, it is claimed now.

    No transaction is open while the network is asked. What the source does wrong ends in the result and in the
    source's row, never in an exception.
    """
    if claim is None or claim.until <= now:
        claim = _claim(session, source_id, now=now, lease=lease, force=force)
    if claim is None:
        return PollResult(source_id)
    harvest = read_listing(claim.asked, fetcher, reader)
    if harvest.listing is not None:
        _ = harvest.listing.polled  # worked out here, where nobody waits for it
    _end_visit(session, claim, harvest, now=now)
    source = give_back(session, source_id, until=claim.until)
    if source is None:
        session.rollback()
        return PollResult(source_id)
    result = PollResult(source_id, harvest.outcome, harvest.fetched.status if harvest.fetched else None, harvest.error)
    if harvest.listing is not None:
        _store(session, source, harvest, result, now=now)
    remember(session, source, harvest.learned, now=now)
    interval = settle_pace(session, source, harvest, news=bool(result.new), hurry=result.gap_id is not None, now=now)
    hastened = source.next_poll_at if source.next_poll_at != claim.due_at else None
    _note(source, harvest, result, interval=interval, hastened=hastened, now=now)
    session.commit()
    return result


def _end_visit(session: Session, claim: Claim, harvest: Harvest, *, now: datetime) -> None:
    """Give the host's turn back, before the source's row is locked: in that order everybody takes them."""
    fetched = harvest.fetched
    rest = rest_asked(fetched.status, fetched.retry_after, now=now) if fetched else None
    polite = not claim.asked.may_be_private(claim.asked.address)
    end_turn(session, claim.host, now=now, until=claim.until, polite=polite, slow=harvest.slow, rest=rest)


def _claim(session: Session, source_id: int, *, now: datetime, lease: timedelta, force: bool) -> Claim | None:
    """Take the source for `lease`; None where there is nothing to do."""
    claims = claim_sources(session, [source_id], now=now, lease=lease, force=force)
    if claims:
        return claims[0]
    known = session.get(Source, source_id)
    session.rollback()
    if known is None:
        raise NotFound(f"There is no source {source_id}: `sitrep sources list` shows them")
    return None


def _store(session: Session, source: Source, harvest: Harvest, result: PollResult, *, now: datetime) -> None:
    assert harvest.listing is not None
    first = source.baseline_at is None
    result.baseline = first and not source.release_baseline
    taken = take_in(session, source, harvest.listing, now=now)
    result.new, result.revised, result.unchanged = taken.new, taken.revised, taken.unchanged
    result.missing, result.needing_text, result.to_match = taken.missing, taken.needing_text, taken.to_match
    if not first:
        result.gap_id = notice_gap(session, source, taken, harvest, now=now)


def _note(
    source: Source,
    harvest: Harvest,
    result: PollResult,
    *,
    interval: timedelta,
    hastened: datetime | None,
    now: datetime,
) -> None:
    """What the row has to know for the next poll. `hastened`: what came in between, a push, wants it at that time."""
    fetched = harvest.fetched
    retry_after = fetched.retry_after if fetched else None
    then = following(source, harvest.outcome, interval=interval, now=now, retry_after=retry_after)
    at = then.at
    if hastened is not None and then.failures == 0:  # what was told may be newer than what was read
        at = min(at, max(hastened, now + SPACING))
    source.next_poll_at = result.next_poll_at = at
    source.failures, source.gone_count = then.failures, then.gone_count
    source.last_polled_at = now
    source.last_status = fetched.status if fetched else None
    source.last_error = harvest.error
    if harvest.outcome not in (Outcome.FRESH, Outcome.UNCHANGED):
        return
    source.last_success_at = now
    if fetched is not None:
        _note_move(source, fetched, now=now)
        if harvest.body_hash is not None:
            source.etag, source.last_modified = fetched.etag, fetched.last_modified
            source.body_hash = harvest.body_hash


def _note_move(source: Source, fetched: Fetched, *, now: datetime) -> None:
    """Remember since when the source moved for good, and forget it where it no longer says so."""
    moved_to = _without_ours(fetched.moved_to) if fetched.moved_to else None
    if moved_to and moved_to != source.moved_to:
        source.moved_to, source.moved_seen_at = moved_to, now
    elif not moved_to and _without_ours(fetched.url) == source.url:
        source.moved_to = source.moved_seen_at = None


def _without_ours(url: str) -> str:
    """The address without what a poll adds to that of a REST API."""
    return plain_address(url) if is_rest(url) else url
