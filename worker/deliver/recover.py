"""Batches whose worker died: the lease tells when, the state what may have happened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session

from worker.database import table
from worker.deliver.moves import doubt
from worker.models import Batch, BatchState

_BATCH = table(Batch)


@dataclass
class RecoverResult:
    """Batches that are ready again, and batches that may have been accepted."""

    ready: list[uuid.UUID] = field(default_factory=list)
    uncertain: list[uuid.UUID] = field(default_factory=list)


def recover_batches(session: Session, *, now: datetime) -> RecoverResult:
    """Batches whose lease ran out: the claimed are ready again, the submitting uncertain with all their deliveries."""
    result = RecoverResult()
    over = _BATCH.c.lease_until < now
    result.ready = list(
        session.execute(
            update(_BATCH)
            .where(_BATCH.c.state == BatchState.CLAIMED, over)
            .values(state=BatchState.READY, lease_until=None)
            .returning(_BATCH.c.id)
        ).scalars()
    )
    session.commit()
    left = select(_BATCH.c.id).where(_BATCH.c.state == BatchState.SUBMITTING, over).order_by(_BATCH.c.id)
    for batch_id in session.execute(left.with_for_update()).scalars().all():
        session.execute(
            update(_BATCH)
            .where(_BATCH.c.id == batch_id)
            .values(state=BatchState.UNCERTAIN, lease_until=None, error="the worker ended before the answer")
        )
        doubt(session, batch_id, None, now=now)
        result.uncertain.append(batch_id)
    session.commit()
    return result
