"""Recording what the provider reports: once, however often and in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.database import dialect, table
from worker.models import Event
from worker.track.translate import Translated, translate

_EVENT = table(Event)
_AT_ONCE = 1000


def record_events(
    session: Session, raw_body_events: Iterable[Any], *, now: datetime, provider: str = "sendgrid"
) -> list[int]:
    """Store the events that are not there yet, in one transaction, and return their ids.

    When this returns they are durable, and only then may the webhook be answered with 2xx.
    """
    unique = {event.provider_event_id: event for event in map(translate, raw_body_events)}
    inserted: list[int] = []
    for some in _portions([_row(event, provider, now) for event in unique.values()]):
        inserted += _insert(session, some)
    session.commit()
    return inserted


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[int]:
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = make(_EVENT).on_conflict_do_nothing(index_elements=["provider", "provider_event_id"])
    return list(session.execute(statement.returning(_EVENT.c.id), rows).scalars())


def _row(event: Translated, provider: str, now: datetime) -> dict[str, Any]:
    return {
        "provider": provider,
        "provider_event_id": event.provider_event_id,
        "kind": event.kind,
        "delivery_id": event.delivery_id,
        "notice_id": event.notice_id,
        "batch_id": event.batch_id,
        "occurred_at": event.occurred_at,
        "received_at": now,
        "raw": event.raw,
    }


def _portions(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
