"""Holding back the other batches when no request would be accepted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session

from worker.database import table
from worker.models import Batch, BatchState

_BATCH = table(Batch)


def hold_ready_batches(session: Session, *, mailer: str, until: datetime) -> int:
    """No ready batch of this mailer is due before `until`; returns how many were put off. Commits.

    Batches that somebody is working on are left to them: they will be told the same.
    """
    due_before = or_(_BATCH.c.retry_at.is_(None), _BATCH.c.retry_at < until)
    ready = select(_BATCH.c.id).where(_BATCH.c.state == BatchState.READY, _BATCH.c.mailer == mailer, due_before)
    held = session.execute(
        update(_BATCH).where(_BATCH.c.id.in_(ready.with_for_update(skip_locked=True))).values(retry_at=until)
    )
    session.commit()
    return int(held.rowcount)  # type: ignore[attr-defined]
