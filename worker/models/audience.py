"""Subscribers, what they chose, when they are due, and who may not be mailed."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, json_column, number, ref


class Frequency(StrEnum):
    """Fastest first: for one person an article belongs to the fastest lane that covers it."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


class SubscriberState(StrEnum):
    PENDING = "pending"
    """Signed up, not confirmed: may receive nothing but the confirmation."""
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    FORGOTTEN = "forgotten"


class Subscriber(SQLModel, table=True):
    """A person's address and how they want to be served."""

    id: int = big_id()
    public_id: uuid.UUID = Field(default_factory=uuid.uuid4, unique=True)
    """Travels in links; the row's number never leaves the database."""
    address: str = Field(sa_type=Text)
    address_key: str = Field(sa_type=Text, unique=True)
    """The address normalised; what makes two spellings one person."""
    zone: str = "UTC"
    hour: int = 8
    weekday: int = 0
    """0 is Monday; used by the weekly digest."""
    language: str = "en"
    state: str = SubscriberState.PENDING
    created_at: datetime = instant()
    confirmed_at: datetime | None = instant(optional=True)
    state_at: datetime = instant()


class Signup(SQLModel, table=True):
    """What somebody chose in the form, waiting for the confirmation."""

    id: int = big_id()
    subscriber_id: int = ref("subscriber.id", index=True)
    topics: list[Any] = json_column(list)
    frequency: str
    zone: str
    hour: int
    weekday: int
    language: str
    created_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    confirmed_at: datetime | None = instant(optional=True)


class Consent(SQLModel, table=True):
    """Append-only: who agreed to what, when, how, in which wording; and who withdrew it."""

    id: int = big_id()
    subscriber_id: int = ref("subscriber.id", index=True)
    at: datetime = instant()
    action: str
    """signup, confirm, change, unsubscribe, suppress, reopen."""
    wording: str = ""
    source: str = ""
    """web, one_click, webhook, operator."""
    detail: dict[str, Any] = json_column(dict)


class Subscription(SQLModel, table=True):
    """A person's wish for a topic at a frequency: the interval (from_release, until_release] of release numbers.

    Never edited; a change closes it and opens another.
    """

    __table_args__ = (
        Index(
            "uq_subscription_open",
            "subscriber_id",
            "topic_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_subscription_topic", "topic_id", "frequency"),
        Index("ix_subscription_subscriber", "subscriber_id"),
    )

    id: int = big_id()
    subscriber_id: int = ref("subscriber.id")
    topic_id: int = ref("topic.id")
    frequency: str
    from_release: int = number()
    until_release: int | None = number(optional=True)
    started_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)
    end_reason: str | None = None
    """changed, unsubscribed, one_click, bounced, complained, merged, retired, forgotten."""
    continued_by: int | None = number(optional=True)
    """The topic that this one was merged into while the person held it: whoever holds that wants what is pending."""


class Clock(SQLModel, table=True):
    """A local hour that many people share: daily at 8 in Europe/Berlin, weekly on Mondays at 7 in Asia/Kolkata."""

    __table_args__ = (UniqueConstraint("frequency", "zone", "hour", "weekday"),)

    id: int = big_id()
    frequency: str
    zone: str
    hour: int
    weekday: int
    """-1 for the daily."""
    next_due_at: datetime = instant(index=True)


class DueTime(SQLModel, table=True):
    """When a person's digest of one frequency is due (by its clock), and how far its windows have come.

    `watermark` only rises. `edition_id` is the edition that served this person last.
    """

    __tablename__ = "due_time"
    __table_args__ = (Index("ix_due_time_clock", "clock_id"),)

    subscriber_id: int = ref("subscriber.id", primary_key=True)
    frequency: str = Field(primary_key=True)
    clock_id: int = ref("clock.id")
    watermark: int = number()
    edition_id: int | None = ref("edition.id", optional=True)
    draining: bool = False
    """Nobody holds the frequency any more: due once more, then deleted."""


class PauseMode(StrEnum):
    SKIP = "skip"
    CATCH_UP = "catch_up"


class Pause(SQLModel, table=True):
    """A time without mail. `skip` takes its releases out for good, `catch_up` owes them."""

    id: int = big_id()
    subscriber_id: int = ref("subscriber.id", index=True)
    mode: str
    from_release: int = number()
    until_release: int | None = number(optional=True)
    """Set once `ends_at` has passed, from the releases stamped until then."""
    starts_at: datetime = instant()
    ends_at: datetime = instant()


class Suppression(SQLModel, table=True):
    """An address that may not be mailed, by its keyed hash, so that it survives the erasure of the person."""

    address_hash: str = Field(primary_key=True)
    reason: str
    """bounced, complained, unsubscribed, operator."""
    since: datetime = instant()
    source: str = ""
    detail: dict[str, Any] = json_column(dict)


class NoticeKind(StrEnum):
    """Single mails about somebody's own affairs; each is a directory under templates/email."""

    CONFIRMATION = "confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"
    WELCOME = "welcome"
    PREFERENCE_LINK = "preference_link"
    TOPIC_CHANGED = "topic_changed"


class Notice(SQLModel, table=True):
    """One single mail: a confirmation, a preference link. On doubt it may be sent again; editions may not."""

    __table_args__ = (Index("ix_notice_open", "state", "retry_at"),)

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    subscriber_id: int = ref("subscriber.id", index=True)
    signup_id: int | None = ref("signup.id", optional=True)
    kind: str
    detail: dict[str, Any] = json_column(dict)
    """What the mail is about beside the person's own affairs, such as the topic that was merged."""
    state: str = "planned"
    """planned, claimed, submitting, accepted, delivered, bounced, failed, suppressed, expired."""
    reason: str | None = None
    attempt: int = 0
    created_at: datetime = instant()
    retry_at: datetime | None = instant(optional=True)
    lease_until: datetime | None = instant(optional=True)
    accepted_at: datetime | None = instant(optional=True)
    provider_id: str | None = Field(default=None, sa_type=Text)
