"""What events make of a delivery: a fold that gives the same whatever their order and number. Pure.

Each event only ever raises something: the furthest state that is known, the first batch known to be accepted, the mark
that a person has it twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from worker.models import DeliveryState

_REACHED = {
    "processed": DeliveryState.ACCEPTED,
    "deferred": DeliveryState.ACCEPTED,
    "dropped": DeliveryState.SUPPRESSED,
    "delivered": DeliveryState.DELIVERED,
    "open": DeliveryState.DELIVERED,
    "click": DeliveryState.DELIVERED,
    "unsubscribe": DeliveryState.DELIVERED,
    "bounce": DeliveryState.BOUNCED,
    "complaint": DeliveryState.COMPLAINED,
}
"""Any of these proves that the provider accepted the mail; and how far it then came."""

# A bounce can follow a delivery (the next server took it and then could not); a complaint follows everything.
_ORDER = (
    DeliveryState.ACCEPTED,
    DeliveryState.SUPPRESSED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)
_RANK = {state: rank for rank, state in enumerate(_ORDER)}
_IN_FLIGHT = (DeliveryState.SUBMITTING, DeliveryState.UNCERTAIN)


@dataclass(frozen=True)
class Known:
    """What is known of a delivery. `accepted_by` is the batch known to be accepted; without one its state is ours."""

    state: str
    reason: str | None = None
    batch_id: uuid.UUID | None = None
    accepted_by: uuid.UUID | None = None
    owed: bool = False
    taken_by: int | None = None
    doubled: bool = False


@dataclass(frozen=True)
class Report:
    """An event: its kind, the batch whose request carried the mail (None where it does not say), and why."""

    kind: str
    batch_id: uuid.UUID | None = None
    reason: str | None = None


def after_events(known: Known, reports: Iterable[Report]) -> Known:
    """What is known after these events, in any order, any of them any number of times."""
    for report in reports:
        known = after_event(known, report)
    return known


def after_event(known: Known, report: Report) -> Known:
    """What is known after one event."""
    reached = _REACHED.get(report.kind)
    if reached is None:
        return known
    batch_id = report.batch_id or known.accepted_by or known.batch_id
    if known.accepted_by is None:
        known = _first_evidence(known, batch_id)
    elif batch_id != known.accepted_by:
        known = replace(known, doubled=True)
    if _RANK[reached] > _RANK.get(DeliveryState(known.state), -1):
        reason = report.reason if reached in (DeliveryState.SUPPRESSED, DeliveryState.BOUNCED) else None
        known = replace(known, state=reached, reason=reason)
    return known


def _first_evidence(known: Known, batch_id: uuid.UUID | None) -> Known:
    """It was accepted, whatever we thought. What was owed for it is not; what has been taken up already comes twice.

    Another attempt that has not left yet does not leave any more; one that has keeps its batch, whose answer will tell.
    """
    in_flight = known.state in _IN_FLIGHT
    return replace(
        known,
        state=DeliveryState.ACCEPTED,
        reason=None,
        accepted_by=batch_id,
        batch_id=known.batch_id if in_flight else batch_id,
        owed=False,
        doubled=known.doubled or known.taken_by is not None,
    )
