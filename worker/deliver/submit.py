"""Submitting a batch: claim, look again, compose, commit `submitting`, call the mailer, commit what came of it.

No transaction is open while the mailer works. Between the two commits a crash leaves `submitting`, which recovery
makes uncertain: from the first of them on, the mails may have left.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select, update
from sqlmodel import Session

from worker.database import table
from worker.deliver.answers import SubmitResult, record_answer
from worker.deliver.claim import Claim, claim_batch, take_out
from worker.deliver.holding import hold_ready_batches
from worker.deliver.mailers import Mailer, Submission
from worker.deliver.outcome import Outcome, OutcomeClass
from worker.logs import log
from worker.message import Parcel, UnsafeMessage
from worker.models import Batch, BatchState, Delivery, DeliveryState

_BATCH, _DELIVERY = table(Batch), table(Delivery)


class Composed(Protocol):
    """The mails of a batch, and the deliveries that have nothing left to say, with the reason (withdrawn)."""

    @property
    def parcels(self) -> Sequence[Parcel]: ...

    @property
    def gone(self) -> Mapping[uuid.UUID, str]: ...


Compose = Callable[[Session, uuid.UUID, Sequence[uuid.UUID]], Composed]
"""compose(session, batch_id, delivery_ids); given by the wiring, because deliver knows no templates."""


def submit_batch(
    session: Session,
    batch_id: uuid.UUID,
    *,
    mailer: Mailer,
    compose: Compose,
    now: datetime,
    lease: timedelta,
    hash_address: Callable[[str], str] | None = None,
) -> SubmitResult:
    """Send one batch if it is ready and due; a batch that is not is left alone.

    The result says what became of it, which batches to send next (`created`), and whether to stop sending at all.
    """
    claim = claim_batch(session, batch_id, now=now, lease=lease)
    if claim is None:
        session.rollback()
        return SubmitResult(batch_id, state="not_due")
    left = take_out(session, claim, now=now, hash_address=hash_address)
    if not left:
        return _finish_empty(session, claim)
    if not _fits(session, claim, mailer, len(left)):
        return _dissolve(session, claim)
    session.commit()
    parcels = _compose(session, claim, compose, left, now=now)
    if not parcels:
        return _finish_empty(session, claim)
    leaving = _commit_submitting(session, claim, mailer, now=now, lease=lease)
    if leaving is None:
        return SubmitResult(batch_id, state="claim_lost")
    submission = _call(mailer, _only(parcels, leaving), batch_id, now)
    result = record_answer(session, claim, submission, leaving, now=now)
    if result.stop and result.retry_at is not None:
        held = hold_ready_batches(session, mailer=mailer.name, until=result.retry_at)
        log().error("sending_stopped", mailer=mailer.name, reason=result.reason, held=held)
    log().info("batch_submitted", batch=str(batch_id), state=result.state, size=len(leaving), reason=result.reason)
    return result


def _fits(session: Session, claim: Claim, mailer: Mailer, size: int) -> bool:
    """Whether the batch is one that this mailer takes; it may have been formed for another one."""
    if size > mailer.max_recipients:
        return False
    if not mailer.one_content_per_request:
        return True
    cohorts = session.execute(
        select(func.count(_DELIVERY.c.cohort_id.distinct())).where(
            _DELIVERY.c.batch_id == claim.batch_id, _DELIVERY.c.state == DeliveryState.PLANNED
        )
    ).scalar_one()
    return bool(cohorts == 1)


def _compose(
    session: Session, claim: Claim, compose: Compose, left: Sequence[uuid.UUID], *, now: datetime
) -> Sequence[Parcel]:
    """Compose, and decide those without a mail: skipped with the reason given, or failed and owed where none was."""
    composed = compose(session, claim.batch_id, left)
    reasons = dict(composed.gone)
    written = {recipient.reference for parcel in composed.parcels for recipient in parcel.recipients}
    forgotten = [delivery_id for delivery_id in left if delivery_id not in written and delivery_id not in reasons]
    for reason in set(reasons.values()):
        ids = [delivery_id for delivery_id, given in reasons.items() if given == reason]
        _give_up(session, claim, ids, now=now, state=DeliveryState.SKIPPED, reason=reason)
    if forgotten:
        _give_up(session, claim, forgotten, now=now, state=DeliveryState.FAILED, reason="not_composed", owed=True)
    return composed.parcels


def _give_up(
    session: Session,
    claim: Claim,
    ids: list[uuid.UUID],
    *,
    now: datetime,
    state: DeliveryState,
    reason: str,
    owed: bool = False,
) -> None:
    session.execute(
        update(_DELIVERY)
        .where(
            _DELIVERY.c.batch_id == claim.batch_id, _DELIVERY.c.state == DeliveryState.PLANNED, _DELIVERY.c.id.in_(ids)
        )
        .values(state=state, reason=reason, owed=owed, state_at=now)
    )


def _commit_submitting(
    session: Session, claim: Claim, mailer: Mailer, *, now: datetime, lease: timedelta
) -> set[uuid.UUID] | None:
    """Commit that the request is about to leave; who is in it, or None where the claim has run out meanwhile."""
    held = session.execute(
        update(_BATCH)
        .where(_BATCH.c.id == claim.batch_id, _BATCH.c.state == BatchState.CLAIMED, _BATCH.c.attempt == claim.attempt)
        .values(
            state=BatchState.SUBMITTING,
            submitted_at=now,
            lease_until=now + lease,
            mailer=mailer.name,
            evidence=mailer.evidence,
        )
        .returning(_BATCH.c.id)
    ).one_or_none()
    if held is None:
        session.rollback()
        return None
    leaving = session.execute(
        update(_DELIVERY)
        .where(_DELIVERY.c.batch_id == claim.batch_id, _DELIVERY.c.state == DeliveryState.PLANNED)
        .values(state=DeliveryState.SUBMITTING, state_at=now)
        .returning(_DELIVERY.c.id)
    )
    ids = set(leaving.scalars())
    session.commit()
    return ids


def _call(mailer: Mailer, parcels: Sequence[Parcel], batch_id: uuid.UUID, now: datetime) -> Submission:
    if not parcels:
        return Submission(Outcome(OutcomeClass.ACCEPTED, "nobody was left"))
    try:
        return mailer.submit(parcels, batch_id=batch_id, now=now)
    except UnsafeMessage as error:
        return Submission(Outcome(OutcomeClass.BISECT, str(error), shared=True))


def _only(parcels: Sequence[Parcel], references: set[uuid.UUID]) -> list[Parcel]:
    """The parcels without those who were decided while they were composed."""
    kept = []
    for parcel in parcels:
        recipients = tuple(recipient for recipient in parcel.recipients if recipient.reference in references)
        if recipients:
            kept.append(Parcel(parcel.content, recipients))
    return kept


def _finish_empty(session: Session, claim: Claim) -> SubmitResult:
    _set_state(session, claim, BatchState.EMPTY)
    session.commit()
    return SubmitResult(claim.batch_id, state=BatchState.EMPTY)


def _dissolve(session: Session, claim: Claim) -> SubmitResult:
    """Set the deliveries free for `form_batches`: this mailer takes other batches than the one they were formed for."""
    _set_state(session, claim, BatchState.SPLIT)
    session.execute(
        update(_DELIVERY)
        .where(_DELIVERY.c.batch_id == claim.batch_id, _DELIVERY.c.state == DeliveryState.PLANNED)
        .values(batch_id=None)
    )
    session.commit()
    return SubmitResult(claim.batch_id, state=BatchState.SPLIT, reason="formed for another mailer", reform=True)


def _set_state(session: Session, claim: Claim, state: BatchState) -> None:
    session.execute(
        update(_BATCH)
        .where(_BATCH.c.id == claim.batch_id, _BATCH.c.attempt == claim.attempt)
        .values(state=state, lease_until=None)
    )
