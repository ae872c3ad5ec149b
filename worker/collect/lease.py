"""One at a time for each source: whoever reads its listing holds its lease, and stores only while it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import Session

from worker.collect.sources import is_free
from worker.database import table
from worker.models import Source

_SOURCE = table(Source)
LEASE = timedelta(minutes=2)


def take_lease(
    session: Session, source_id: int, *, now: datetime, lease: timedelta, only: tuple[ColumnElement[bool], ...] = ()
) -> bool:
    """Take the source until `now + lease`, if it is free (and `only` if that holds); the caller commits."""
    taken = session.execute(
        update(_SOURCE).where(_SOURCE.c.id == source_id, is_free(now), *only).values(lease_until=now + lease)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def give_back(session: Session, source_id: int, *, until: datetime) -> Source | None:
    """End the lease and lock the source's row; None where it ran out and somebody else has taken the source."""
    held = session.execute(
        update(_SOURCE).where(_SOURCE.c.id == source_id, _SOURCE.c.lease_until == until).values(lease_until=None)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.get(Source, source_id, populate_existing=True)
