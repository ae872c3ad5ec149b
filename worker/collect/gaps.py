"""Gaps: articles that were pushed out of a source's listing between two polls are fetched from its older pages."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, true
from sqlmodel import Session

from worker.collect.fetch.model import Fetches
from worker.collect.gap_pages import Page, Verdict, judge_page, read_page_back
from worker.collect.hosts import end_turn, host_of, take_turn
from worker.collect.lease import LEASE, give_back, take_lease
from worker.collect.listings.model import Asked, Harvest
from worker.collect.memory import known_names, remember
from worker.collect.paging import MOST_PAGES, Pageable, first_page, methods
from worker.collect.recognise import incoming
from worker.collect.rhythm import rest_asked, retry_delay
from worker.collect.sandbox import SANDBOX, Reader
from worker.collect.sources import poll_address
from worker.collect.store import known_articles
from worker.collect.taking import Taken, take_new
from worker.database import table
from worker.errors import NotFound
from worker.models import Gap, Host, Source

_LOG = logging.getLogger(__name__)
_GAP, _SOURCE, _HOST = table(Gap), table(Source), table(Host)
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360, 720))
"""Between tries when a page cannot be had; after the last the gap is given up: a day has passed."""
_CUT_TRIES = 2
"""Of a page without its last tags, which some sites leave out; then it is taken as it is."""
_UNDATED_PAGES = 5
"""Without dates only an article that was known tells where a gap ends; if none comes, it may be the archive."""
_SAME_GAP = timedelta(days=7)
"""A burst while an earlier gap is not closed makes that one longer."""


@dataclass
class GapResult:
    """What a step of closing a gap did. Lists hold article ids."""

    gap_id: int
    done: bool = False
    """It is closed or given up; `reason` says which way."""
    again_now: bool = False
    """There is a next page to read at once."""
    again_at: datetime | None = None
    """When the next page is to be read, unless it is done."""
    reason: str | None = None
    new: list[int] = field(default_factory=list)
    needing_text: list[int] = field(default_factory=list)
    to_match: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Step:
    """What is needed while no transaction is open."""

    gap_id: int
    source_id: int
    until: datetime
    asked: Asked
    source: Pageable
    method: str
    page: int

    @property
    def host(self) -> str:
        return host_of(self.asked.address)


def notice_gap(session: Session, source: Source, taken: Taken, harvest: Harvest, *, now: datetime) -> int | None:
    """The id of the gap to close now, if a listing overlaps nothing that we knew; the caller commits."""
    listing = harvest.listing
    in_order = listing is not None and listing.window != 0
    if not taken.new or taken.anchors or not (in_order or harvest.learned.next_url):
        return None
    gap = _unclosed(session, source, now=now)
    if gap is None:
        gap = Gap(source_id=source.id, from_at=source.last_success_at or source.baseline_at or now, noticed_at=now)
        session.add(gap)
    dates = [item.article.published_at for item in taken.fresh if item.article.published_at]
    gap.to_at = min([*dates, *([gap.to_at] if gap.to_at else [])], default=None)
    gap.next_url = harvest.learned.next_url
    ways = methods(_pageable(source, now=now, next_url=gap.next_url, wordpress=harvest.learned.wordpress))
    gap.methods, gap.page, gap.tries, gap.last_page_hash = ",".join(ways), 0, 0, None
    gap.next_at, gap.reason = (now, None) if ways else (None, "the source gives no way to its older articles")
    session.flush()
    _LOG.warning(
        "source %s published more than it lists since %s: %s", source.id, gap.from_at, gap.reason or "paging back"
    )
    return gap.id if gap.next_at else None


def open_gaps(session: Session, *, now: datetime, limit: int = 100, slow: bool | None = None) -> list[int]:
    """The gaps to page back further now, the longest waiting first.

    `slow`: those of sources on hosts that did not answer in time when they were asked last, or those of all others.
    """
    strikes = func.coalesce(_HOST.c.slow, 0)
    rows = session.execute(
        select(_GAP.c.id)
        .join(_SOURCE, _SOURCE.c.id == _GAP.c.source_id)
        .outerjoin(_HOST, _HOST.c.name == _SOURCE.c.host)
        .where(_GAP.c.next_at <= now, _SOURCE.c.active)
        .where(true() if slow is None else strikes > 0 if slow else strikes == 0)
        .order_by(_GAP.c.next_at)
        .limit(limit)
    )
    ids = list(rows.scalars())
    session.commit()
    return ids


def close_gap(
    session: Session,
    gap_id: int,
    *,
    fetcher: Fetches,
    now: datetime,
    reader: Reader = SANDBOX,
    lease: timedelta = LEASE,
    force: bool = False,
) -> GapResult:
    """Read one older page, and store what is new on it; with `force` without a turn at the host. Commits.

    It holds the source's lease as a poll does, so that neither stores what the other is storing. No transaction is
    open while the network is asked.
    """
    step = _claim(session, gap_id, now=now, lease=lease, force=force)
    if step is None:
        return GapResult(gap_id, again_at=_next_at(session, gap_id))
    page = read_page_back(step.asked, step.source, step.method, step.page, fetcher, reader)
    polite = not step.asked.may_be_private(step.asked.address)
    rest = rest_asked(page.status, page.retry_after, now=now)
    end_turn(session, step.host, now=now, polite=polite, slow=page.slow, rest=rest, lease=lease)
    source = give_back(session, step.source_id, until=step.until)
    gap = session.get(Gap, gap_id, populate_existing=True)
    if source is None or gap is None or gap.next_at is None:
        session.rollback()
        return GapResult(gap_id)
    result = GapResult(gap_id)
    remember(session, source, page.learned, now=now)
    if page.articles is not None and page.may_be_cut and gap.tries < _CUT_TRIES:
        put_off(gap, "a page ends in the middle", now=now)
    elif page.articles is None:
        _stumble(gap, page, step, now=now)
    else:
        _advance(session, source, gap, page, step, result, now=now)
    result.done, result.reason = gap.next_at is None, gap.reason
    result.again_at, result.again_now = gap.next_at, gap.next_at is not None and gap.next_at <= now
    session.commit()
    if result.done:
        level = logging.INFO if gap.closed_at else logging.WARNING
        said = "closed" if gap.closed_at else "left open"
        _LOG.log(level, "gap %s of source %s %s, %s found: %s", gap_id, source.id, said, gap.found, gap.reason)
    return result


def _claim(session: Session, gap_id: int, *, now: datetime, lease: timedelta, force: bool) -> _Step | None:
    gap = session.get(Gap, gap_id, populate_existing=True)
    if gap is None:
        session.rollback()
        raise NotFound(f"There is no gap {gap_id}: `sitrep sources show NAME` lists those of a source")
    due = gap.next_at is not None and gap.next_at <= now
    source = take_lease(session, gap.source_id, now=now, lease=lease) if due else None
    if source is None:
        session.rollback()
        return None
    way = gap.methods.partition(",")[0]
    step = _Step(
        gap_id=gap_id,
        source_id=source.id,
        until=now + lease,
        asked=Asked(
            address=poll_address(source, now=now),
            kind=source.kind,
            now=now,
            allow_private=source.allow_private,
            named=source.url,
            baseline_at=source.baseline_at,
            patterns=tuple((source.link_pattern or "").splitlines()),
            refuses_embed=source.refuses_embed,
            names=known_names(session, [source], now=now).get(source.id, {}),
        ),
        source=_pageable(source, now=now, next_url=gap.next_url, wordpress=True),
        method=way,
        page=gap.page + 1 if gap.page else first_page(way),
    )
    come_back = None if force else take_turn(session, step.host, now=now, lease=lease)
    if come_back is not None:  # somebody asks its host something else
        gap.next_at, source.lease_until = come_back, None
    session.commit()
    return step if come_back is None else None


def _next_at(session: Session, gap_id: int) -> datetime | None:
    found: datetime | None = session.execute(select(_GAP.c.next_at).where(_GAP.c.id == gap_id)).scalar()
    session.rollback()
    return found


def _advance(
    session: Session, source: Source, gap: Gap, page: Page, step: _Step, result: GapResult, *, now: datetime
) -> None:
    """Take what the page brought, and see whether it was the last one."""
    polled = incoming(page.articles or (), rendition=page.rendition)
    verdict = judge_page(
        polled,
        known_articles(session, source.id, polled),
        noticed_at=gap.noticed_at,
        from_at=gap.from_at,
        horizon=source.horizon_at,
        last_page_hash=gap.last_page_hash,
    )
    taken = take_new(session, source, verdict.chosen, now=now)
    result.new, result.needing_text, result.to_match = taken.new, taken.needing_text, taken.to_match
    gap.found += len(taken.new)
    gap.pages += 1
    gap.page, gap.tries, gap.last_page_hash = step.page, 0, verdict.page_hash
    if verdict.ignores_pages:
        _next_way(gap, "the source gives the same page again and again", now=now)
    elif verdict.reached:
        _close(gap, verdict, now=now)
    elif page.is_last:
        _close(gap, Verdict(reached="the end of what the source still lists"), now=now)
    elif gap.page >= _UNDATED_PAGES and not any(item.article.published_at for item in polled):
        gap.next_at, gap.reason = None, f"{gap.page} pages bear no dates: what was missed looks like the archive"
    elif gap.page >= MOST_PAGES[step.method]:
        gap.next_at, gap.reason = None, f"more than {gap.page} pages were published between two polls"
    else:
        gap.next_at = now
        gap.next_url = page.next_url if step.method == "link" else gap.next_url


def _close(gap: Gap, verdict: Verdict, *, now: datetime) -> None:
    gap.closed_at, gap.next_at, gap.reason = now, None, f"reached {verdict.reached}"


def _stumble(gap: Gap, page: Page, step: _Step, *, now: datetime) -> None:
    """A page could not be had: later again, another way, or not at all."""
    gap.pages += 1
    if page.is_refused:
        if step.page > first_page(step.method):
            _close(gap, Verdict(reached="the end of what the source still lists"), now=now)
        else:
            _next_way(gap, page.error or "the source refuses its older articles", now=now)
        return
    put_off(gap, page.error, asked=retry_delay(page.retry_after, now=now), now=now)


def put_off(gap: Gap, why: str | None, *, asked: timedelta | None = None, now: datetime) -> None:
    """A try that brought nothing: the next one comes later (`asked`: no sooner than that), or the gap is given up."""
    gap.tries += 1
    gap.reason = why
    if gap.tries > len(_WAITS):
        gap.next_at = None
        return
    gap.next_at = now + max(_WAITS[gap.tries - 1], asked or timedelta())
    if gap.methods.partition(",")[0] != "link":
        gap.page, gap.last_page_hash = 0, None  # meanwhile its pages may have moved


def _next_way(gap: Gap, why: str, *, now: datetime) -> None:
    rest = gap.methods.partition(",")[2]
    gap.methods, gap.page, gap.last_page_hash, gap.reason = rest, 0, None, why
    gap.next_at = now if rest else None


def _unclosed(session: Session, source: Source, *, now: datetime) -> Gap | None:
    """A gap of this source that is open or was given up lately."""
    return session.scalars(
        select(Gap)
        .where(_GAP.c.source_id == source.id, _GAP.c.closed_at.is_(None), _GAP.c.noticed_at > now - _SAME_GAP)
        .order_by(_GAP.c.id.desc())
        .limit(1)
    ).first()


def _pageable(source: Source, *, now: datetime, next_url: str | None, wordpress: bool) -> Pageable:
    return Pageable(
        address=poll_address(source, now=now),
        kind=source.kind,
        rest_root=source.rest_root,
        next_url=next_url,
        wordpress=wordpress or source.rest_root is not None,
    )
