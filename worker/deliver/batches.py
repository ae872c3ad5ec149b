"""Forming batches of planned deliveries, in sets: however many people, a handful of statements for each edition."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, and_, delete, func, insert, literal, or_, select, text, update
from sqlalchemy.types import Uuid
from sqlmodel import Session

from worker.database import BIG_ID, analyze, dialect, table
from worker.database.functions import new_uuid
from worker.deliver.mailers import Mailer
from worker.models import Batch, BatchState, Delivery, Edition, Frequency, Newsletter

_BATCH, _DELIVERY, _EDITION, _NEWSLETTER = table(Batch), table(Delivery), table(Edition), table(Newsletter)

# Written out, because a partial index serves only a query that repeats its predicate.
_UNBATCHED = text("delivery.state = 'planned' AND delivery.batch_id IS NULL")

_FORMING = Table(
    "batch_forming",
    MetaData(),
    Column("delivery_id", Uuid(), primary_key=True),
    Column("cohort_id", BIG_ID),
    Column("part", Integer, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
"""Which delivery goes into which part, fixed before either table is written."""


def form_batches(
    session: Session, *, mailer: Mailer, batch_size: int, now: datetime, edition_id: int | None = None
) -> list[uuid.UUID]:
    """Put every planned delivery that is in no batch into one, at most `batch_size` in each; returns the new batches.

    A batch holds one cohort where the mailer takes one content in a request, else deliveries of one edition.
    One transaction for each edition. Asking again, or from two places at once, forms nothing twice.
    """
    size = max(1, min(batch_size, mailer.max_recipients))
    formed: list[uuid.UUID] = []
    for edition in _editions_waiting(session, edition_id):
        formed += _form(session, edition, mailer=mailer, size=size, now=now)
        session.commit()
    return formed


def due_batches(
    session: Session, *, now: datetime, limit: int = 500, urgency: str | None = None
) -> Sequence[uuid.UUID]:
    """Batches that are ready and due, alerts first, the oldest first."""
    which = [_BATCH.c.state == BatchState.READY, or_(_BATCH.c.retry_at.is_(None), _BATCH.c.retry_at <= now)]
    if urgency is not None:
        which.append(_BATCH.c.urgency == urgency)
    rows = session.execute(
        select(_BATCH.c.id).where(*which).order_by(_BATCH.c.urgency, _BATCH.c.created_at, _BATCH.c.part).limit(limit)
    )
    return rows.scalars().all()


def _editions_waiting(session: Session, edition_id: int | None) -> Sequence[int]:
    which = [_UNBATCHED] if edition_id is None else [_UNBATCHED, _DELIVERY.c.edition_id == edition_id]
    found = session.execute(select(_DELIVERY.c.edition_id).where(*which).distinct().order_by(_DELIVERY.c.edition_id))
    editions = found.scalars().all()
    session.commit()
    return editions


def _form(session: Session, edition_id: int, *, mailer: Mailer, size: int, now: datetime) -> list[uuid.UUID]:
    urgency = _hold_edition(session, edition_id)
    base = _next_part(session, edition_id)
    _deal_out(session, edition_id, by_cohort=mailer.one_content_per_request, size=size, base=base)
    one_cohort = func.min(_FORMING.c.cohort_id) if mailer.one_content_per_request else literal(None, BIG_ID)
    values: dict[str, Any] = {
        "id": new_uuid(),
        "edition_id": literal(edition_id),
        "cohort_id": one_cohort,
        "part": _FORMING.c.part,
        "mailer": literal(mailer.name),
        "urgency": literal(urgency),
        "size": func.count(),
        "state": literal(BatchState.READY.value),
        "created_at": literal(now, _BATCH.c.created_at.type),
    }
    grouped = select(*(value.label(name) for name, value in values.items())).group_by(_FORMING.c.part)
    session.execute(insert(_BATCH).from_select(list(values), grouped))
    made = and_(_BATCH.c.edition_id == edition_id, _BATCH.c.part >= base)
    session.execute(
        update(_DELIVERY)
        .where(_DELIVERY.c.id == _FORMING.c.delivery_id, _BATCH.c.part == _FORMING.c.part, made, _UNBATCHED)
        .values(batch_id=_BATCH.c.id)
    )
    return list(session.execute(select(_BATCH.c.id).where(made).order_by(_BATCH.c.part)).scalars())


def _hold_edition(session: Session, edition_id: int) -> str:
    """Lock the edition, so that one former at a time deals out its deliveries; the urgency of its batches."""
    session.execute(select(_EDITION.c.id).where(_EDITION.c.id == edition_id).with_for_update())
    frequency = session.execute(
        select(_NEWSLETTER.c.frequency)
        .join(_EDITION, _EDITION.c.newsletter == _NEWSLETTER.c.slug)
        .where(_EDITION.c.id == edition_id)
    ).scalar()
    return "alert" if frequency == Frequency.INSTANT else "digest"


def _next_part(session: Session, edition_id: int) -> int:
    last: int | None = session.execute(
        select(func.max(_BATCH.c.part)).where(_BATCH.c.edition_id == edition_id)
    ).scalar()
    return 0 if last is None else last + 1


def _deal_out(session: Session, edition_id: int, *, by_cohort: bool, size: int, base: int) -> None:
    """Fill the scratch table: parts of `size`, numbered from `base`, of one cohort each or across cohorts in order."""
    connection = session.connection()
    if dialect(session) == "postgresql":
        _FORMING.drop(connection, checkfirst=True)
        _FORMING.create(connection, checkfirst=False)
    else:
        _FORMING.create(connection, checkfirst=True)
        session.execute(delete(_FORMING))
    place = func.row_number().over(
        partition_by=_DELIVERY.c.cohort_id if by_cohort else None, order_by=(_DELIVERY.c.cohort_id, _DELIVERY.c.id)
    )
    group = _DELIVERY.c.cohort_id if by_cohort else literal(0)
    placed = (
        select(_DELIVERY.c.id, _DELIVERY.c.cohort_id, group.label("grouped"), ((place - 1) // size).label("chunk"))
        .where(_DELIVERY.c.edition_id == edition_id, _UNBATCHED)
        .subquery()
    )
    part = func.dense_rank().over(order_by=(placed.c.grouped, placed.c.chunk)) - 1 + base
    session.execute(
        insert(_FORMING).from_select(
            ["delivery_id", "cohort_id", "part"], select(placed.c.id, placed.c.cohort_id, part)
        )
    )
    analyze(session, _FORMING.name)
