"""What the provider reports."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, json_column, ref


class Event(SQLModel, table=True):
    """One report of the provider, raw kept. Recorded once however often it comes, applied in any order."""

    __table_args__ = (
        UniqueConstraint("provider", "provider_event_id"),
        Index("ix_event_unapplied", "applied_at", "id"),
    )

    id: int = big_id()
    provider: str = "sendgrid"
    provider_event_id: str = Field(sa_type=Text)
    """The provider's id; where missing, a hash of the canonical event."""
    kind: str
    """processed, deferred, delivered, bounce, dropped, complaint, open, click, unsubscribe, unknown."""
    delivery_id: uuid.UUID | None = Field(default=None, index=True, nullable=True)
    notice_id: uuid.UUID | None = Field(default=None, index=True, nullable=True)
    batch_id: uuid.UUID | None = Field(default=None, nullable=True)
    occurred_at: datetime | None = instant(optional=True)
    received_at: datetime = instant(index=True)
    raw: dict[str, Any] = json_column(dict)
    applied_at: datetime | None = instant(optional=True)


class Bounce(SQLModel, table=True):
    """One counted bounce of an address: transient ones suppress only after several editions in a row."""

    __table_args__ = (UniqueConstraint("address_hash", "event_id"),)

    id: int = big_id()
    address_hash: str = Field(index=True)
    event_id: int = ref("event.id")
    edition_id: int | None = ref("edition.id", optional=True)
    classification: str
    """permanent, transient, slow, ours."""
    at: datetime = instant()
    cleared_at: datetime | None = instant(optional=True)
    """A later mail was delivered: it counts no more."""
