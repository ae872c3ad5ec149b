"""Claiming a batch, and looking once more at who is in it: whatever changed since it was planned counts (U7)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlmodel import Session

from worker.database import table
from worker.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Edition,
    Subscriber,
    SubscriberState,
    Subscription,
    Suppression,
)

_BATCH, _DELIVERY, _EDITION = table(Batch), table(Delivery), table(Edition)
_SUBSCRIBER, _SUBSCRIPTION, _SUPPRESSION = table(Subscriber), table(Subscription), table(Suppression)


@dataclass(frozen=True)
class Claim:
    """A batch that is ours until the lease runs out; `attempt` is the number that nobody else's claim of it has."""

    batch_id: uuid.UUID
    edition_id: int
    urgency: str
    attempt: int
    late: bool


def claim_batch(session: Session, batch_id: uuid.UUID, *, now: datetime, lease: timedelta) -> Claim | None:
    """Take the batch if it is ready and due; None where it is not, or somebody was quicker. The caller commits.

    Its deliveries stay `planned` until they are submitted: the claim of a batch is the claim of each of them.
    """
    row = session.execute(
        update(_BATCH)
        .where(
            _BATCH.c.id == batch_id,
            _BATCH.c.state == BatchState.READY,
            or_(_BATCH.c.retry_at.is_(None), _BATCH.c.retry_at <= now),
        )
        .values(state=BatchState.CLAIMED, lease_until=now + lease, attempt=_BATCH.c.attempt + 1)
        .returning(_BATCH.c.edition_id, _BATCH.c.urgency, _BATCH.c.attempt)
    ).one_or_none()
    if row is None:
        return None
    not_after: datetime = session.execute(
        select(_EDITION.c.not_after).where(_EDITION.c.id == row.edition_id)
    ).scalar_one()
    return Claim(batch_id, row.edition_id, row.urgency, row.attempt, late=not_after < now)


def take_out(
    session: Session, claim: Claim, *, now: datetime, hash_address: Callable[[str], str] | None = None
) -> Sequence[uuid.UUID]:
    """Take out who may not or need not be mailed any more, each with the reason; returns who is left."""
    if claim.late:
        _move(session, claim, DeliveryState.EXPIRED, "late", now=now, owed=True)
        return []
    suppressed = _subscriber(_SUBSCRIBER.c.state == SubscriberState.SUPPRESSED)
    _move(session, claim, DeliveryState.SUPPRESSED, "suppressed", suppressed, now=now)
    wants_something = exists().where(
        _SUBSCRIPTION.c.subscriber_id == _DELIVERY.c.subscriber_id, _SUBSCRIPTION.c.ended_at.is_(None)
    )
    gone = or_(_subscriber(_SUBSCRIBER.c.state != SubscriberState.ACTIVE), ~wants_something)
    _move(session, claim, DeliveryState.SKIPPED, "unsubscribed", gone, now=now)
    if hash_address is not None:
        _take_out_listed(session, claim, hash_address, now=now)
    return session.execute(select(_DELIVERY.c.id).where(*_open(claim)).order_by(_DELIVERY.c.id)).scalars().all()


def _take_out_listed(session: Session, claim: Claim, hash_address: Callable[[str], str], *, now: datetime) -> None:
    """By the suppression list itself, which outlives the person's row and is keyed by the hash of the address."""
    people = session.execute(
        select(_DELIVERY.c.id, _SUBSCRIBER.c.address_key)
        .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id)
        .where(*_open(claim))
    ).all()
    hashes = {hash_address(key): delivery_id for delivery_id, key in people}
    listed = session.execute(select(_SUPPRESSION.c.address_hash).where(_SUPPRESSION.c.address_hash.in_(list(hashes))))
    found = [hashes[value] for value in listed.scalars()]
    if found:
        _move(session, claim, DeliveryState.SUPPRESSED, "suppressed", _DELIVERY.c.id.in_(found), now=now)


def _open(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _DELIVERY.c.batch_id == claim.batch_id, _DELIVERY.c.state == DeliveryState.PLANNED


def _subscriber(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id, condition)


def _move(
    session: Session,
    claim: Claim,
    state: DeliveryState,
    reason: str,
    *conditions: ColumnElement[bool],
    now: datetime,
    owed: bool = False,
) -> None:
    session.execute(
        update(_DELIVERY).where(*_open(claim), *conditions).values(state=state, reason=reason, owed=owed, state_at=now)
    )
