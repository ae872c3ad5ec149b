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
_AS_IT_IS = {"populate_existing": True, "synchronize_session": False}


def take_lease(session: Session, source_id: int, *, now: datetime, lease: timedelta) -> Source | None:
    """Take the source until `now + lease` and lock its row, if it is free, else None; the caller commits."""
    return _locked(session, (_SOURCE.c.id == source_id, is_free(now)), until=now + lease)


def give_back(session: Session, source_id: int, *, until: datetime) -> Source | None:
    """End the lease and lock the source's row; None where it ran out and somebody else has taken the source."""
    return _locked(session, (_SOURCE.c.id == source_id, _SOURCE.c.lease_until == until), until=None)


def _locked(session: Session, where: tuple[ColumnElement[bool], ...], *, until: datetime | None) -> Source | None:
    return session.execute(
        update(Source).where(*where).values(lease_until=until).returning(Source), execution_options=_AS_IT_IS
    ).scalar_one_or_none()
