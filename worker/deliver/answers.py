"""Committing what came of a request: each delivery's state, the batch's, and the batches that go on with the rest."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from worker.database import table
from worker.deliver.claim import Claim
from worker.deliver.mailers import RecipientResult, Submission
from worker.deliver.moves import accept, accept_late, doubt, fail, new_batch, put_back
from worker.deliver.outcome import OutcomeClass, next_try
from worker.deliver.sorting import Sorted, halves, sort_recipients
from worker.models import Batch, BatchState, Event

_BATCH, _EVENT = table(Batch), table(Event)


@dataclass
class SubmitResult:
    """What became of a batch.

    `created` are new batches to send; with `reform` its deliveries wait for `form_batches`; with `stop` no other batch
    would be accepted either, before `retry_at`.
    """

    batch_id: uuid.UUID
    state: str
    accepted: int = 0
    reason: str = ""
    retry_at: datetime | None = None
    created: list[uuid.UUID] = field(default_factory=list)
    stop: bool = False
    reform: bool = False


def record_answer(
    session: Session, claim: Claim, submission: Submission, leaving: Collection[uuid.UUID], *, now: datetime
) -> SubmitResult:
    """Commit the outcome for everybody in the request.

    An answer that comes after the batch was declared uncertain is as good as one in time. One that comes after it was
    settled can only still show that mails were accepted.
    """
    sorted_ = sort_recipients(submission, leaving)
    result = SubmitResult(claim.batch_id, state="", reason=submission.outcome.reason, accepted=len(sorted_.accepted))
    held = select(_BATCH.c.state).where(_BATCH.c.id == claim.batch_id).with_for_update()
    result.state = session.execute(held).scalar_one()
    if result.state not in (BatchState.SUBMITTING, BatchState.UNCERTAIN):
        accept_late(session, claim.batch_id, sorted_.accepted, now=now)
        session.commit()
        return result
    if sorted_.again:
        result.retry_at = next_try(submission.outcome, attempt=claim.attempt, now=now)
    result.stop = submission.outcome.kind == OutcomeClass.STOP
    _move_deliveries(session, claim, submission, sorted_, result, now=now)
    result.state = _batch_state(sorted_)
    session.execute(
        update(_BATCH)
        .where(_BATCH.c.id == claim.batch_id)
        .values(
            state=result.state,
            lease_until=None,
            answered_at=now,
            retry_at=result.retry_at if result.state == BatchState.READY else None,
            status=submission.status,
            provider_id=submission.provider_id,
            error=None if result.state == BatchState.ACCEPTED else result.reason[:1000],
        )
    )
    session.commit()
    return result


def _move_deliveries(
    session: Session, claim: Claim, submission: Submission, sorted_: Sorted, result: SubmitResult, *, now: datetime
) -> None:
    batch_id = claim.batch_id
    if sorted_.accepted:
        # The usual case is everybody: then the batch alone names them.
        only = [sorted_.refused, sorted_.again, sorted_.halved, sorted_.uncertain]
        ids = sorted_.accepted if any(only) else None
        accept(session, batch_id, ids, now=now, provider_id=submission.provider_id)
    if sorted_.refused:
        fail(session, batch_id, sorted_.refused, reason="refused", now=now)
        _report_refusals(session, claim, submission, sorted_.refused, now=now)
    for half in halves(sorted_.halved) if sorted_.halved else ():
        result.created.append(_continue(session, batch_id, half, now=now, retry_at=None))
    if sorted_.again and sorted_.uncertain:
        result.created.append(_continue(session, batch_id, sorted_.again, now=now, retry_at=result.retry_at))
    elif sorted_.again:
        put_back(session, batch_id, sorted_.again, now=now, into=batch_id)
    if sorted_.uncertain:
        doubt(session, batch_id, sorted_.uncertain, now=now)


def _continue(
    session: Session, batch_id: uuid.UUID, ids: list[uuid.UUID], *, now: datetime, retry_at: datetime | None
) -> uuid.UUID:
    made = new_batch(session, batch_id, size=len(ids), now=now, retry_at=retry_at)
    put_back(session, batch_id, ids, now=now, into=made)
    return made


def _batch_state(sorted_: Sorted) -> BatchState:
    if sorted_.uncertain:
        return BatchState.UNCERTAIN
    if sorted_.again:
        return BatchState.READY
    if sorted_.halved:
        return BatchState.SPLIT
    return BatchState.ACCEPTED if sorted_.accepted else BatchState.FAILED


def _report_refusals(
    session: Session,
    claim: Claim,
    submission: Submission,
    refused: dict[uuid.UUID, RecipientResult],
    *,
    now: datetime,
) -> None:
    """Where the transport itself tells why (SMTP), its word is an event like a provider's: a bounce of that address."""
    rows: list[dict[str, Any]] = [
        {
            "provider": "smtp",
            "provider_event_id": f"{claim.batch_id}:{reference}",
            "kind": "bounce",
            "delivery_id": reference,
            "batch_id": claim.batch_id,
            "occurred_at": now,
            "received_at": now,
            "raw": {"event": "bounce", "type": "bounce", "status": result.status, "reason": result.reason},
        }
        for reference, result in refused.items()
        if result.status is not None
    ]
    if rows:
        session.execute(insert(_EVENT), rows)
