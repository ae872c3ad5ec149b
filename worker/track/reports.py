"""The events that wait to be applied, as one transaction takes them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from worker.database import table
from worker.models import Event
from worker.track.policy import Finding, finding_of
from worker.track.states import Report
from worker.track.translate import word

_EVENT = table(Event)
AT_ONCE = 1000


@dataclass(frozen=True)
class Pending:
    """An event that is not applied yet; `at` is when it happened, as far as anybody knows."""

    id: int
    provider: str
    kind: str
    delivery_id: uuid.UUID | None
    notice_id: uuid.UUID | None
    batch_id: uuid.UUID | None
    at: datetime
    raw: dict[str, Any]

    @property
    def finding(self) -> Finding | None:
        """What it says about the address."""
        return finding_of(self.kind, self.raw)

    @property
    def report(self) -> Report:
        """What it says about the mail; the reason is one word, the provider's sentence stays in the event."""
        finding = self.finding
        reason = word(self.raw, "reason")[:100] if self.kind == "dropped" else (finding.value if finding else None)
        return Report(self.kind, self.batch_id, reason)


def take_pending(session: Session, limit: int) -> list[Pending]:
    """The oldest events not applied yet, locked; those that somebody else is applying are left to them."""
    rows = session.execute(
        select(_EVENT)
        .where(_EVENT.c.applied_at.is_(None))
        .order_by(_EVENT.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        Pending(
            id=row.id,
            provider=row.provider,
            kind=row.kind,
            delivery_id=row.delivery_id,
            notice_id=row.notice_id,
            batch_id=row.batch_id,
            at=row.occurred_at or row.received_at,
            raw=row.raw if isinstance(row.raw, dict) else {},
        )
        for row in rows
    ]


def mark_applied(session: Session, events: Collection[Pending], *, now: datetime) -> None:
    """They are done with."""
    for some in portions([event.id for event in events]):
        session.execute(update(_EVENT).where(_EVENT.c.id.in_(some)).values(applied_at=now))


def by_key(events: Iterable[Pending], name: str) -> dict[uuid.UUID, list[Pending]]:
    """The events of each delivery (`delivery_id`) or notice (`notice_id`)."""
    grouped: dict[uuid.UUID, list[Pending]] = defaultdict(list)
    for event in events:
        key = getattr(event, name)
        if key is not None:
            grouped[key].append(event)
    return dict(grouped)


def portions(values: Collection[Any]) -> Iterator[Sequence[Any]]:
    """Pieces that a statement takes, in order."""
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
