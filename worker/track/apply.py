"""Applying events: each once, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from worker.audience.suppression import HashAddress
from worker.track.mails import move_deliveries, move_notices
from worker.track.people import judge_addresses
from worker.track.reports import mark_applied, take_pending


@dataclass(frozen=True)
class ApplyCounts:
    """Events applied, rows moved, mails that turned out to have gone out twice, people suppressed."""

    applied: int = 0
    deliveries: int = 0
    notices: int = 0
    doubled: int = 0
    suppressed: int = 0


def apply_events(session: Session, *, now: datetime, limit: int, hash_address: HashAddress) -> ApplyCounts:
    """Apply up to `limit` of the events that wait, in one transaction. Fewer than `limit` applied: no more wait.

    Deliveries and notices move on, bounces are counted by address, and who may not be mailed any more is suppressed.
    """
    events = take_pending(session, limit)
    if not events:
        session.rollback()
        return ApplyCounts()
    moved, doubled = move_deliveries(session, events, now=now)
    counts = ApplyCounts(
        applied=len(events),
        deliveries=moved,
        notices=move_notices(session, events, now=now),
        doubled=doubled,
        suppressed=judge_addresses(session, events, now=now, hash_address=hash_address),
    )
    mark_applied(session, events, now=now)
    session.commit()
    return counts
