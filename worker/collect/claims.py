"""Whose turn it is: sources are claimed before they are polled, many in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from worker.collect.hosts import free_turns, host_of, take_turns
from worker.collect.lease import LEASE
from worker.collect.listings import Asked
from worker.collect.listings.model import Part
from worker.collect.memory import known_names, known_parts
from worker.collect.sources import is_due, is_free, poll_address
from worker.database import table
from worker.models import Source

_SOURCE = table(Source)
_WARY_TRIES = 2
"""So often a source's first listing is asked for again where it seems cut; then it is taken as it is."""
EDITS_EVERY = timedelta(hours=1)
"""How often a REST API is asked for older articles that were edited; the newest ones are seen at every poll."""
EDITS_OVERLAP = timedelta(hours=48)
"""So much further back than needed: sites compare in their own zone, and cache."""


@dataclass(frozen=True)
class Claim:
    """A source that nobody else polls, and the turn at its host, until `until`; and what is needed to read it."""

    source_id: int
    until: datetime
    due_at: datetime | None
    asked: Asked

    @property
    def host(self) -> str:
        return host_of(self.asked.address)


def claim_sources(
    session: Session, ids: Sequence[int], *, now: datetime, lease: timedelta = LEASE, force: bool = False
) -> list[Claim]:
    """Claim those of the sources that are due and free and whose host is free, in this order. Commits.

    With `force` whether they are due or not, and without a turn at the host. Never waits for a source that somebody
    else is claiming.
    """
    due = () if force else (_SOURCE.c.active, is_due(now))
    found = session.scalars(
        select(Source)
        .where(_SOURCE.c.id.in_(ids), is_free(now), *due)
        .order_by(_SOURCE.c.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    free = {source.id: source for source in found}
    hosts = {source_id: host_of(poll_address(source, now=now)) for source_id, source in free.items()}
    turns = take_turns(session, hosts.values(), now=now, lease=lease) if free and not force else set()
    mine = []
    for source_id in ids:
        if source_id in free and (force or not hosts[source_id] or hosts[source_id] in turns):
            turns.discard(hosts[source_id])  # of several sources that share a host one has its turn
            mine.append(free.pop(source_id))
    if mine:
        session.execute(
            update(_SOURCE).where(_SOURCE.c.id.in_([each.id for each in mine])).values(lease_until=now + lease)
        )
    names, parts = known_names(session, mine, now=now), known_parts(session, mine)
    claims = [
        Claim(
            source.id,
            now + lease,
            source.next_poll_at,
            _asked(source, names.get(source.id, {}), parts.get(source.id, ()), now=now),
        )
        for source in mine
    ]
    session.commit()
    return claims


def release_claims(session: Session, claims: Iterable[Claim], *, now: datetime) -> None:
    """Give back what will not be polled: it is due as before, for everybody. Commits."""
    given = list(claims)
    for until in {claim.until for claim in given}:
        some = [claim for claim in given if claim.until == until]
        free_turns(session, {claim.host for claim in some}, until=until, now=now)
        held = (_SOURCE.c.id.in_([claim.source_id for claim in some]), _SOURCE.c.lease_until == until)
        session.execute(update(_SOURCE).where(*held).values(lease_until=None))
    session.commit()


def _asked(source: Source, names: dict[str, str], parts: tuple[Part, ...], *, now: datetime) -> Asked:
    edits_due = source.edits_asked_at is None or now - source.edits_asked_at >= EDITS_EVERY
    since = source.edits_asked_at or source.baseline_at
    return Asked(
        address=poll_address(source, now=now),
        kind=source.kind,
        now=now,
        allow_private=source.allow_private,
        named=source.url,
        # Some servers say 304 for ever: once a day the whole document is asked for.
        whole=source.last_polled_at is None or source.last_polled_at.date() != now.date(),
        etag=source.etag,
        last_modified=source.last_modified,
        body_hash=source.body_hash,
        baseline_at=source.baseline_at,
        wary=source.baseline_at is None and source.failures < _WARY_TRIES,
        patterns=tuple((source.link_pattern or "").splitlines()),
        refuses_embed=source.refuses_embed,
        edits_since=since - EDITS_OVERLAP if edits_due and since is not None else None,
        names=names,
        parts=parts,
    )
