"""Set-based moves of deliveries. Each touches only rows in the states it names: repeating one changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, insert, update
from sqlmodel import Session

from worker.database import table
from worker.models import Batch, BatchState, Delivery, DeliveryState

_BATCH, _DELIVERY = table(Batch), table(Delivery)
PENDING = (DeliveryState.SUBMITTING, DeliveryState.UNCERTAIN)
_AT_ONCE = 1000


def accept(
    session: Session,
    batch_id: uuid.UUID,
    ids: Collection[uuid.UUID] | None,
    *,
    now: datetime,
    provider_id: str | None = None,
) -> int:
    """Deliveries of the batch that left and are pending become accepted (None: all of them); returns how many did.

    Where an earlier attempt is known to have been accepted too, the person has it twice: that is marked.
    """
    count = 0
    for some in _chosen(ids):
        known = _DELIVERY.c.accepted_by.is_not(None)
        session.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.batch_id == batch_id, known, _DELIVERY.c.accepted_by != batch_id, *some)
            .values(doubled=True)
        )
        count += _move(
            session,
            batch_id,
            some,
            state=DeliveryState.ACCEPTED,
            reason=None,
            accepted_at=now,
            accepted_by=batch_id,
            provider_id=provider_id,
            state_at=now,
        )
    return count


def accept_late(session: Session, batch_id: uuid.UUID, ids: Collection[uuid.UUID], *, now: datetime) -> None:
    """The batch did accept these, though it had been settled otherwise: say so, and mark whoever has it twice.

    A second attempt that has not left yet does not leave any more. What was owed and is taken up already comes twice.
    """
    left_again = _DELIVERY.c.accepted_by.is_not(None)
    for some in chunks(ids):
        session.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.id.in_(some), left_again, _DELIVERY.c.accepted_by != batch_id)
            .values(doubled=True)
        )
        session.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.id.in_(some), _DELIVERY.c.accepted_by.is_(None))
            .values(
                state=DeliveryState.ACCEPTED,
                reason=None,
                owed=False,
                accepted_at=now,
                accepted_by=batch_id,
                batch_id=case(
                    (_DELIVERY.c.state.in_(PENDING), _DELIVERY.c.batch_id),
                    else_=batch_id,
                ),
                doubled=_DELIVERY.c.taken_by.is_not(None),
                state_at=now,
            )
        )


def fail(
    session: Session, batch_id: uuid.UUID, ids: Collection[uuid.UUID] | None, *, reason: str, now: datetime
) -> int:
    """Pending deliveries will not go out in this edition; their articles are owed."""
    return sum(
        _move(session, batch_id, some, state=DeliveryState.FAILED, reason=reason, owed=True, state_at=now)
        for some in _chosen(ids)
    )


def put_back(
    session: Session, batch_id: uuid.UUID, ids: Collection[uuid.UUID] | None, *, now: datetime, into: uuid.UUID
) -> int:
    """Pending deliveries that were surely not accepted are planned again, in the batch `into`."""
    return sum(
        _move(session, batch_id, some, state=DeliveryState.PLANNED, batch_id=into, state_at=now)
        for some in _chosen(ids)
    )


def requeue(
    session: Session, batch_id: uuid.UUID, ids: Collection[uuid.UUID] | None, *, now: datetime, into: uuid.UUID
) -> int:
    """Uncertain deliveries that count as not accepted go once more, as another attempt, in the batch `into`."""
    return sum(
        _move(
            session,
            batch_id,
            [*some, _DELIVERY.c.attempt < 2],
            state=DeliveryState.PLANNED,
            batch_id=into,
            attempt=_DELIVERY.c.attempt + 1,
            state_at=now,
        )
        for some in _chosen(ids)
    )


def doubt(session: Session, batch_id: uuid.UUID, ids: Collection[uuid.UUID] | None, *, now: datetime) -> int:
    """Deliveries that left without an answer are uncertain."""
    return sum(_move(session, batch_id, some, state=DeliveryState.UNCERTAIN, state_at=now) for some in _chosen(ids))


def new_batch(session: Session, like: uuid.UUID, *, size: int, now: datetime, retry_at: datetime | None) -> uuid.UUID:
    """A ready batch of the same edition and urgency as another."""
    made = uuid.uuid4()
    copied = ("edition_id", "cohort_id", "mailer", "urgency")
    source = _BATCH.select().with_only_columns(*(_BATCH.c[name] for name in copied)).where(_BATCH.c.id == like)
    row = session.execute(source).one()
    session.execute(
        insert(_BATCH).values(
            id=made, size=size, state=BatchState.READY, created_at=now, retry_at=retry_at, **row._mapping
        )
    )
    return made


def chunks(ids: Collection[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    """The ids in pieces that a statement takes."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _chosen(ids: Collection[uuid.UUID] | None) -> Iterator[list[ColumnElement[bool]]]:
    if ids is None:
        yield []
        return
    for some in chunks(ids):
        yield [_DELIVERY.c.id.in_(some)]


def _move(session: Session, of_batch: uuid.UUID, which: list[ColumnElement[bool]], **values: Any) -> int:
    moved = session.execute(
        update(_DELIVERY)
        .where(_DELIVERY.c.batch_id == of_batch, _DELIVERY.c.state.in_(PENDING), *which)
        .values(**values)
    )
    return int(moved.rowcount)  # type: ignore[attr-defined]
