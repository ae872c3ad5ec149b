"""Batches: one provider request each."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from worker.models.columns import instant, ref


class BatchState(StrEnum):
    READY = "ready"
    CLAIMED = "claimed"
    SUBMITTING = "submitting"
    """Committed before the request leaves: from here on a crash means uncertain."""
    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    SPLIT = "split"
    """Refused whole; its deliveries went on in smaller batches."""
    FAILED = "failed"
    SETTLED = "settled"
    """It was uncertain; every delivery has since been decided by evidence, by the waiting rule or by an operator."""
    EMPTY = "empty"
    """At claim time nobody was left to mail."""


class Batch(SQLModel, table=True):
    """The deliveries of one provider request, claimed as one by lease."""

    __table_args__ = (Index("ix_batch_state", "state", "retry_at"), Index("ix_batch_edition", "edition_id", "part"))

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    edition_id: int = ref("edition.id")
    cohort_id: int | None = ref("cohort.id", optional=True)
    """The one cohort that it mails, where the mailer takes one content in a request."""
    part: int | None = None
    """Numbers the batches formed for an edition; none for those that a split or a requeue made."""
    mailer: str = ""
    evidence: str = "none"
    """How the mailer that submitted it shows later what it accepted: events, itself, none."""
    urgency: str = "digest"
    """alert or digest: the queue it travels in."""
    size: int = 0
    state: str = BatchState.READY
    attempt: int = 0
    """How often it was claimed. Who claimed it knows the number, so that a claim that ran out can do nothing more."""
    created_at: datetime = instant()
    retry_at: datetime | None = instant(optional=True)
    lease_until: datetime | None = instant(optional=True)
    submitted_at: datetime | None = instant(optional=True)
    answered_at: datetime | None = instant(optional=True)
    status: int | None = None
    provider_id: str | None = Field(default=None, sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)
    settled_by: str | None = None
    """events, silence, or the operator's name."""
