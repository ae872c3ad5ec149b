"""Sources as operators name them, brought into the table; and which of them are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from urllib.parse import urlsplit

from sqlalchemy import or_, select
from sqlmodel import Session

from worker.collect.hosts import host_of
from worker.collect.identity import url_key
from worker.collect.rhythm import GONE_TIMES
from worker.database import table
from worker.errors import NotFound
from worker.models import Source
from worker.schedules.sources import SourceDefinition

_SOURCE = table(Source)
_PROVEN = timedelta(days=7)
_TOO_MANY_FAILURES = 3


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How many sources sources.toml added, changed and no longer names."""

    added: int = 0
    changed: int = 0
    retired: int = 0


def sync_sources(session: Session, definitions: Iterable[SourceDefinition], *, now: datetime) -> SyncResult:
    """Make the table say what sources.toml says. One no longer named keeps its articles and is polled no more."""
    known = {source.url: source for source in session.scalars(select(Source))}
    added = changed = 0
    named: set[str] = set()
    for definition in definitions:
        named.add(definition.url)
        source = known.get(definition.url)
        if source is None:
            host = host_of(definition.url)
            session.add(Source(url=definition.url, host=host, next_poll_at=now, **definition.columns()))
            added += 1
            continue
        if not source.active:
            source.next_poll_at = now
        wanted = {**definition.columns(), "active": True}
        if any(getattr(source, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(source, name, value)
            changed += 1
    retired = [source for url, source in known.items() if url not in named and source.active]
    for source in retired:
        source.active = False
    session.commit()
    return SyncResult(added, changed, len(retired))


def called(session: Session, which: str) -> list[Source]:
    """The sources that go by this number, address or name, whether they are in sources.toml still or not; several may
    bear one name. NotFound where none does, with those that may be meant."""
    rows = list(session.scalars(select(Source).order_by(_SOURCE.c.id)))
    wanted, key = which.strip(), url_key(which.strip())
    exact = [source for source in rows if wanted in (str(source.id), source.name, source.url)]
    alike = exact or [
        source for source in rows if key == url_key(source.url) or wanted.casefold() == source.name.casefold()
    ]
    if not alike:
        known = {name.casefold(): name for source in rows for name in (source.name, source.url)}
        close = [known[name] for name in get_close_matches(wanted.casefold(), known, n=2)]
        meant = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise NotFound(f"There is no source {which!r}: `sitrep sources list --all` shows them.{meant}")
    return alike


def due_sources(session: Session, *, now: datetime, limit: int = 500) -> list[int]:
    """The sources to poll now, the longest due first."""
    rows = session.execute(
        select(_SOURCE.c.id)
        .where(_SOURCE.c.active, is_due(now), is_free(now))
        .order_by(_SOURCE.c.next_poll_at, _SOURCE.c.id)
        .limit(limit)
    )
    ids = list(rows.scalars())
    session.commit()
    return ids


def is_due(now: datetime):  # type: ignore[no-untyped-def]  # SQLAlchemy's clause types differ by dialect
    """SQL: its next poll has come."""
    return or_(_SOURCE.c.next_poll_at.is_(None), _SOURCE.c.next_poll_at <= now)


def is_free(now: datetime):  # type: ignore[no-untyped-def]
    """SQL: nobody holds it."""
    return or_(_SOURCE.c.lease_until.is_(None), _SOURCE.c.lease_until <= now)


def poll_address(source: Source, *, now: datetime) -> str:
    """Where to poll: the address that it moved to, once that is proven, else the one sources.toml names.

    Proven is a move after a week of valid feeds from there (captive portals and maintenance pages redirect too), and
    at once one that only changes http to https. An address that fails again and again is given up for the first.
    """
    if not source.moved_to or source.failures >= _TOO_MANY_FAILURES:
        return source.url
    if is_https_upgrade(source.url, source.moved_to):
        return source.moved_to
    seen = source.moved_seen_at
    return source.moved_to if seen is not None and now - seen >= _PROVEN else source.url


def is_https_upgrade(old: str, new: str) -> bool:
    """Whether the addresses differ in nothing but http and https."""
    before, after = urlsplit(old), urlsplit(new)
    return (before.scheme, after.scheme) == ("http", "https") and before[1:] == after[1:]


def is_gone(source: Source) -> bool:
    """Whether the source said 410 often enough to be believed; it is then looked at once a week."""
    return source.gone_count >= GONE_TIMES
