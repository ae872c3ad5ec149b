"""Subscriptions at WebSub hubs: who tells us at once that a source has something new."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, ref


class PushState(StrEnum):
    """Where a subscription at a hub stands."""

    WANTED = "wanted"
    """To be asked for at `next_at`."""
    PENDING = "pending"
    """Asked for; the hub has not verified it yet."""
    VERIFIED = "verified"
    """In force until `lease_until`; asked for again before that."""
    DENIED = "denied"
    """The hub does not want it; asked for again at `next_at`, much later."""
    ENDING = "ending"
    """No longer wanted; the hub is told."""
    ENDED = "ended"


class Push(SQLModel, table=True):
    """A source's subscription at its hub (W3C WebSub). A push is a hint to poll; nothing in it is believed."""

    id: int = big_id()
    source_id: int = ref("source.id", index=True)
    hub: str = Field(sa_type=Text)
    topic: str = Field(sa_type=Text)
    """The address that the feed gives for itself."""
    token: str = Field(unique=True)
    """Makes the callback's address one that nobody guesses."""
    secret: str
    """Signs what the hub sends; empty where the hub is not asked over HTTPS, and cannot be told one."""
    state: str = PushState.WANTED
    asked_at: datetime | None = instant(optional=True)
    verified_at: datetime | None = instant(optional=True)
    lease_until: datetime | None = instant(optional=True)
    next_at: datetime | None = instant(optional=True, index=True)
    """When to ask the hub (again)."""
    tries: int = 0
    """Requests in a row that led to nothing."""
    last_push_at: datetime | None = instant(optional=True)
    reason: str | None = Field(default=None, sa_type=Text)
    """Why it is denied or failed, as far as the hub says."""
