"""Settling uncertain batches: by evidence where there is some, by the waiting rule where silence means something.

Sending again on doubt doubles mails, giving up on doubt loses them. So a delivery goes out once more only if the
provider showed in the meantime that it would have told us, and an operator decides what nothing else can.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from worker.database import table
from worker.deliver.evidence import Doubt, shown_by_events, uncertain_batches
from worker.deliver.mailers import Evidence, Mailer
from worker.deliver.moves import accept, fail, new_batch, requeue
from worker.errors import InvalidInput, NotFound
from worker.logs import log
from worker.models import Batch, BatchState, Delivery, DeliveryState, Edition

_BATCH, _DELIVERY, _EDITION = table(Batch), table(Delivery), table(Edition)


@dataclass
class SettleResult:
    """Counts of deliveries; `created` are the batches of second attempts, `held` the uncertain ones by batch."""

    accepted: int = 0
    requeued: int = 0
    failed: int = 0
    created: list[uuid.UUID] = field(default_factory=list)
    held: dict[uuid.UUID, int] = field(default_factory=dict)


def settle_batches(
    session: Session, *, now: datetime, settle_after: timedelta, mailers: Collection[Mailer] = ()
) -> SettleResult:
    """Look at each uncertain batch: accept what evidence shows, and decide the rest where that is possible.

    `mailers` are those that can be asked for what they accepted (the maildir). One transaction for each batch.
    """
    result = SettleResult()
    known = {mailer.name: mailer for mailer in mailers}
    doubts = uncertain_batches(session)
    session.commit()
    for doubt in doubts:
        _settle(session, doubt, known, settle_after, result, now=now)
        session.commit()
    return result


def settle_by_operator(
    session: Session, batch_id: uuid.UUID, *, sent: bool, operator: str, now: datetime
) -> SettleResult:
    """An operator has found out what became of the batch: all its uncertain deliveries were sent, or none was."""
    if not operator.strip():
        raise InvalidInput("Say who decides this: --by NAME")
    result = SettleResult()
    state = _hold(session, batch_id)
    if state is None:
        raise NotFound(f"There is no batch {batch_id}: `sitrep deliveries uncertain` lists those to settle")
    if state != BatchState.UNCERTAIN:
        session.rollback()
        raise InvalidInput(f"Batch {batch_id} is {state}, not uncertain: there is nothing to settle")
    if sent:
        result.accepted = accept(session, batch_id, None, now=now)
    else:
        _not_accepted(session, batch_id, result, now=now)
    _finish(session, batch_id, by=operator.strip())
    session.commit()
    log().warning("batch_settled_by_operator", batch=str(batch_id), sent=sent, operator=operator.strip())
    return result


def _settle(
    session: Session,
    doubt: Doubt,
    mailers: Mapping[str, Mailer],
    settle_after: timedelta,
    result: SettleResult,
    *,
    now: datetime,
) -> None:
    if _hold(session, doubt.batch_id) != BatchState.UNCERTAIN:
        return
    result.accepted += accept(session, doubt.batch_id, shown_by_events(session, doubt.batch_id), now=now)
    left = _uncertain(session, doubt.batch_id)
    if not left:
        _finish(session, doubt.batch_id, by="events")
        return
    mailer = mailers.get(doubt.mailer)
    if doubt.evidence == Evidence.ITSELF and mailer is not None:
        result.accepted += accept(session, doubt.batch_id, mailer.found(left), now=now)
        _not_accepted(session, doubt.batch_id, result, now=now)
        _finish(session, doubt.batch_id, by=doubt.mailer)
    elif _waited(doubt, settle_after, now=now) and _shown(session, doubt.batch_id):
        result.accepted += accept(session, doubt.batch_id, None, now=now)
        _finish(session, doubt.batch_id, by="events of the same request")
    elif _silence_means_no(doubt, settle_after, now=now):
        _not_accepted(session, doubt.batch_id, result, now=now)
        _finish(session, doubt.batch_id, by="silence")
    else:
        result.held[doubt.batch_id] = len(left)


def _waited(doubt: Doubt, settle_after: timedelta, *, now: datetime) -> bool:
    """Long enough for the events that tell of a request."""
    waited = doubt.submitted_at is not None and doubt.submitted_at + settle_after <= now
    return doubt.evidence == Evidence.EVENTS and waited


def _shown(session: Session, batch_id: uuid.UUID) -> bool:
    """Whether the request is known to have been accepted for somebody: then it was for all (one answer, one 202).

    Those without events of their own are not mailed again: an event that comes late would show them mailed twice.
    """
    one = select(_DELIVERY.c.id).where(_DELIVERY.c.accepted_by == batch_id).limit(1)
    return session.execute(one).first() is not None


def _silence_means_no(doubt: Doubt, settle_after: timedelta, *, now: datetime) -> bool:
    """The waiting rule: long enough, and the webhook was alive meanwhile."""
    return _waited(doubt, settle_after, now=now) and doubt.others > 0


def _not_accepted(session: Session, batch_id: uuid.UUID, result: SettleResult, *, now: datetime) -> None:
    """Once more in a new batch, if it was the first time and the edition may still go out; else failed, and owed."""
    left = _uncertain(session, batch_id)
    if not left:
        return
    not_after: datetime = session.execute(
        select(_EDITION.c.not_after).join(_BATCH, _BATCH.c.edition_id == _EDITION.c.id).where(_BATCH.c.id == batch_id)
    ).scalar_one()
    first = {delivery_id for delivery_id, attempt in left.items() if attempt < 2}
    if first and not_after >= now:
        made = new_batch(session, batch_id, size=len(first), now=now, retry_at=None)
        result.requeued += requeue(session, batch_id, first, now=now, into=made)
        result.created.append(made)
    result.failed += fail(session, batch_id, None, reason="not_sent", now=now)


def _hold(session: Session, batch_id: uuid.UUID) -> str | None:
    """Lock the batch; its state."""
    state: str | None = session.execute(
        select(_BATCH.c.state).where(_BATCH.c.id == batch_id).with_for_update()
    ).scalar()
    return state


def _uncertain(session: Session, batch_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """The deliveries in doubt, with their attempt."""
    rows = session.execute(
        select(_DELIVERY.c.id, _DELIVERY.c.attempt).where(
            _DELIVERY.c.batch_id == batch_id, _DELIVERY.c.state == DeliveryState.UNCERTAIN
        )
    )
    return {row.id: row.attempt for row in rows}


def _finish(session: Session, batch_id: uuid.UUID, *, by: str) -> None:
    session.execute(
        update(_BATCH).where(_BATCH.c.id == batch_id).values(state=BatchState.SETTLED, settled_by=by, lease_until=None)
    )
