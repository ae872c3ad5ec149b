"""Newsletters, their editions, cohorts, and the delivery of each mail."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from worker.database import BIG_ID
from worker.models.columns import big_id, instant, json_column, number, ref


class Newsletter(SQLModel, table=True):
    """A publication: the digest of a frequency, or the alert. Its definition in force is the version `version`."""

    slug: str = Field(primary_key=True)
    title: str
    frequency: str
    version: int = 1
    active: bool = True


class NewsletterVersion(SQLModel, table=True):
    """One wording of a newsletter's definition."""

    __tablename__ = "newsletter_version"
    __table_args__ = (UniqueConstraint("newsletter", "version"),)

    id: int = big_id()
    newsletter: str = Field(foreign_key="newsletter.slug")
    version: int
    definition: dict[str, Any] = json_column(dict)
    hash: str
    loaded_at: datetime = instant()


class EditionState(StrEnum):
    OPEN = "open"
    """Planned; some delivery is not yet in a final state."""
    CLOSED = "closed"
    """Its sums balance and nothing is uncertain."""
    MISSED = "missed"
    """Found so late that nothing was planned; its articles join the next one."""


class Edition(SQLModel, table=True):
    """One dated run of a newsletter; an alert is one too."""

    __table_args__ = (UniqueConstraint("newsletter", "slot_at"), Index("ix_edition_state", "state"))

    id: int = big_id()
    newsletter: str = Field(foreign_key="newsletter.slug")
    newsletter_version: int
    slot_at: datetime = instant()
    """The UTC instant it was due."""
    cutoff: int = number()
    """The last release number that it could contain."""
    planned_at: datetime = instant()
    not_after: datetime = instant()
    """Past this nothing of it leaves any more; what has not left expires and is owed."""
    state: str = EditionState.OPEN
    closed_at: datetime | None = instant(optional=True)
    planned: int = 0
    sums: dict[str, Any] = json_column(dict)
    """At closing: deliveries by state."""


class AlertCursor(SQLModel, table=True):
    """How far the instant lane has been handed out; its row lock orders the planning of alerts."""

    __tablename__ = "alert_cursor"

    id: int = Field(default=1, primary_key=True)
    number: int = number(default=0)


class Cohort(SQLModel, table=True):
    """The subscribers of an edition who get the same content."""

    __table_args__ = (UniqueConstraint("edition_id", "content_key"),)

    id: int = big_id()
    public_id: uuid.UUID = Field(default_factory=uuid.uuid4)
    """Marks the personal placeholders of its body, so that no article can contain one."""
    edition_id: int = ref("edition.id")
    content_key: str = Field(sa_type=Text)
    """Everything the body depends on: release numbers, language, the date shown."""
    language: str
    shown_on: date
    size: int = 0


class CohortContent(SQLModel, table=True):
    """The releases of one block that a cohort gets, as a bit set."""

    __tablename__ = "cohort_content"

    cohort_id: int = ref("cohort.id", primary_key=True)
    block: int = Field(primary_key=True)
    bits: int = number()


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    SKIPPED = "skipped"
    FAILED = "failed"
    EXPIRED = "expired"
    UNCERTAIN = "uncertain"


class Delivery(SQLModel, table=True):
    """The row for one mail of an edition to one subscriber; its id travels in the mail's custom_args."""

    __table_args__ = (
        UniqueConstraint("edition_id", "subscriber_id"),
        Index("ix_delivery_batch", "batch_id"),
        Index("ix_delivery_cohort", "cohort_id"),
        Index(
            "ix_delivery_taken_by",
            "taken_by",
            sqlite_where=text("taken_by IS NOT NULL"),
            postgresql_where=text("taken_by IS NOT NULL"),
        ),
        Index(
            "ix_delivery_owed",
            "subscriber_id",
            sqlite_where=text("owed AND taken_by IS NULL"),
            postgresql_where=text("owed AND taken_by IS NULL"),
        ),
        Index(
            "ix_delivery_unbatched",
            "edition_id",
            sqlite_where=text("state = 'planned' AND batch_id IS NULL"),
            postgresql_where=text("state = 'planned' AND batch_id IS NULL"),
        ),
        Index("ix_delivery_subscriber", "subscriber_id"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    edition_id: int = ref("edition.id")
    subscriber_id: int = ref("subscriber.id")
    cohort_id: int = ref("cohort.id")
    state: str = DeliveryState.PLANNED
    reason: str | None = None
    """Why it is skipped, suppressed, failed or expired: capped, quiet_hours, paused, late, ..."""
    owed: bool = False
    """It did not go out; its articles join this person's next plan of any kind."""
    taken_by: int | None = Field(default=None, foreign_key="edition.id", sa_type=BIG_ID, nullable=True)
    """The edition whose plan took over what was owed."""
    batch_id: uuid.UUID | None = Field(default=None, foreign_key="batch.id", nullable=True)
    attempt: int = 1
    planned_at: datetime = instant()
    accepted_at: datetime | None = instant(optional=True)
    accepted_by: uuid.UUID | None = Field(default=None, nullable=True)
    """The batch whose request is known to have been accepted: by its answer, by events, by an operator."""
    state_at: datetime = instant()
    provider_id: str | None = Field(default=None, sa_type=Text)
    """What the mailer calls it: SendGrid's message id, the file in the maildir."""
    doubled: bool = False
    """Late evidence showed that two attempts were accepted."""
