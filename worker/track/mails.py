"""Events moving the rows of mails: deliveries and notices."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from worker.database import table
from worker.models import Batch, Delivery, DeliveryState, Notice
from worker.track.reports import Pending, by_key, portions
from worker.track.states import Known, after_events

_BATCH, _DELIVERY, _NOTICE = table(Batch), table(Delivery), table(Notice)
_ARRIVED = {"accepted", "delivered", "bounced", "suppressed"}


def move_deliveries(session: Session, events: Collection[Pending], *, now: datetime) -> tuple[int, int]:
    """Apply the events to their deliveries; how many rows moved, and how many turned out to be doubled.

    What the SMTP mailer says is about the address only: the delivery was decided when it was refused.
    """
    grouped = by_key((event for event in events if event.provider != "smtp"), "delivery_id")
    changes: dict[tuple[Any, ...], list[uuid.UUID]] = defaultdict(list)
    doubled = 0
    for ids in portions(grouped):
        _hold_batches(session, ids)
        for delivery_id, known in _known(session, ids).items():
            then = after_events(known, [event.report for event in grouped[delivery_id]])
            if then != known:
                changes[(then.state, then.reason, then.batch_id, then.accepted_by, then.owed, then.doubled)].append(
                    delivery_id
                )
                doubled += then.doubled and not known.doubled
    for values, ids_changed in changes.items():
        _write(session, values, ids_changed, now=now)
    return sum(map(len, changes.values())), doubled


def move_notices(session: Session, events: Collection[Pending], *, now: datetime) -> int:
    """Apply the events to their notices; how many moved. One that arrived is not sent again."""
    grouped = by_key(events, "notice_id")
    changes: dict[tuple[str, str | None], list[uuid.UUID]] = defaultdict(list)
    for ids in portions(grouped):
        rows = session.execute(
            select(_NOTICE.c.id, _NOTICE.c.state, _NOTICE.c.reason).where(_NOTICE.c.id.in_(ids)).with_for_update()
        )
        for row in rows:
            arrived = row.state in _ARRIVED and not (row.state == "suppressed" and row.reason == "suppressed")
            known = Known(
                row.state if arrived else DeliveryState.PLANNED, row.reason, row.id, row.id if arrived else None
            )
            then = after_events(known, [event.report for event in grouped[row.id]])
            if then != known:
                state = "delivered" if then.state == DeliveryState.COMPLAINED else str(then.state)
                changes[state, then.reason].append(row.id)
    for (state, reason), notice_ids in changes.items():
        session.execute(
            update(_NOTICE)
            .where(_NOTICE.c.id.in_(notice_ids))
            .values(state=state, reason=reason, accepted_at=func.coalesce(_NOTICE.c.accepted_at, now), lease_until=None)
        )
    return sum(map(len, changes.values()))


def _hold_batches(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Lock the batches first, in order, as whoever commits an answer does: so that neither waits for the other."""
    batches = select(_DELIVERY.c.batch_id).where(_DELIVERY.c.id.in_(ids), _DELIVERY.c.batch_id.is_not(None))
    session.execute(
        select(_BATCH.c.id).where(_BATCH.c.id.in_(batches)).order_by(_BATCH.c.id).with_for_update(key_share=True)
    ).all()


def _known(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    names = ("id", "state", "reason", "batch_id", "accepted_by", "owed", "taken_by", "doubled")
    rows = session.execute(
        select(*(_DELIVERY.c[name] for name in names))
        .where(_DELIVERY.c.id.in_(ids))
        .order_by(_DELIVERY.c.id)
        .with_for_update(key_share=True)
    )
    return {
        row.id: Known(
            state=row.state,
            reason=row.reason,
            batch_id=row.batch_id,
            accepted_by=row.accepted_by,
            owed=row.owed,
            taken_by=row.taken_by,
            doubled=row.doubled,
        )
        for row in rows
    }


def _write(session: Session, values: tuple[Any, ...], ids: Collection[uuid.UUID], *, now: datetime) -> None:
    state, reason, batch_id, accepted_by, owed, doubled = values
    for some in portions(ids):
        session.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.id.in_(some))
            .values(
                state=state,
                reason=reason,
                batch_id=batch_id,
                accepted_by=accepted_by,
                owed=owed,
                doubled=doubled,
                accepted_at=func.coalesce(_DELIVERY.c.accepted_at, now),
                state_at=now,
            )
        )
