"""What is known about an uncertain batch: who has shown up in events, and whether events come in at all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session

from worker.database import table
from worker.models import Batch, BatchState, Delivery, DeliveryState, Event

_BATCH, _DELIVERY, _EVENT = table(Batch), table(Delivery), table(Event)

PROVING = ("processed", "deferred", "delivered", "bounce", "dropped", "complaint", "open", "click", "unsubscribe")
"""Any of these with a delivery's id proves that the provider accepted that delivery."""


@dataclass(frozen=True)
class Doubt:
    """An uncertain batch with what an operator needs to judge it.

    `uncertain` are its deliveries without evidence, `shown` those it did accept; `others` counts events of other
    deliveries that came in since it left: none means that the webhook is silent, and silence proves nothing.
    """

    batch_id: uuid.UUID
    edition_id: int
    mailer: str
    evidence: str
    submitted_at: datetime | None
    error: str | None
    uncertain: int
    shown: int
    others: int


def uncertain_batches(session: Session) -> list[Doubt]:
    """Every uncertain batch, the oldest first."""
    counted = (
        select(
            _DELIVERY.c.batch_id,
            func.count().filter(_DELIVERY.c.state == DeliveryState.UNCERTAIN).label("uncertain"),
            func.count().filter(_DELIVERY.c.accepted_by == _DELIVERY.c.batch_id).label("shown"),
        )
        .where(_DELIVERY.c.batch_id.in_(select(_BATCH.c.id).where(_BATCH.c.state == BatchState.UNCERTAIN)))
        .group_by(_DELIVERY.c.batch_id)
        .subquery()
    )
    rows = session.execute(
        select(_BATCH, counted.c.uncertain, counted.c.shown)
        .outerjoin(counted, counted.c.batch_id == _BATCH.c.id)
        .where(_BATCH.c.state == BatchState.UNCERTAIN)
        .order_by(_BATCH.c.submitted_at, _BATCH.c.id)
    ).all()
    return [
        Doubt(
            batch_id=row.id,
            edition_id=row.edition_id,
            mailer=row.mailer,
            evidence=row.evidence,
            submitted_at=row.submitted_at,
            error=row.error,
            uncertain=row.uncertain or 0,
            shown=row.shown or 0,
            others=_events_of_others(session, row.id, row.mailer, row.submitted_at),
        )
        for row in rows
    ]


def shown_by_events(session: Session, batch_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Uncertain deliveries of the batch that an event of this very attempt proves accepted."""
    proof = exists().where(
        _EVENT.c.delivery_id == _DELIVERY.c.id,
        _EVENT.c.kind.in_(PROVING),
        or_(_EVENT.c.batch_id.is_(None), _EVENT.c.batch_id == batch_id),
    )
    rows = session.execute(
        select(_DELIVERY.c.id).where(
            _DELIVERY.c.batch_id == batch_id, _DELIVERY.c.state == DeliveryState.UNCERTAIN, proof
        )
    )
    return rows.scalars().all()


def _events_of_others(session: Session, batch_id: uuid.UUID, mailer: str, since: datetime | None) -> int:
    """Events received since then for deliveries that are not in doubt here; counted up to a thousand."""
    if since is None:
        return 0
    unsettled = exists().where(
        _DELIVERY.c.id == _EVENT.c.delivery_id,
        _DELIVERY.c.batch_id == batch_id,
        _DELIVERY.c.state == DeliveryState.UNCERTAIN,
    )
    found = (
        select(_EVENT.c.id)
        .where(_EVENT.c.provider == mailer, _EVENT.c.received_at >= since, ~unsettled)
        .limit(1000)
        .subquery()
    )
    counted: int = session.execute(select(func.count()).select_from(found)).scalar_one()
    return counted
