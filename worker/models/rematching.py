"""Jobs that judge stored articles anew by the definitions in force."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, number, ref


class RematchState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Rematch(SQLModel, table=True):
    """One job. It is worked off in portions; how far it has come is `last_article_id`, committed with each portion."""

    __table_args__ = (Index("ix_rematch_state", "state"),)

    id: int = big_id()
    topic_id: int | None = ref("topic.id", optional=True)
    """Unset: all topics."""
    since: datetime = instant()
    """Articles first seen from then on."""
    send: bool = False
    """Whether what is newly about a topic is sent to its subscribers; else only the evidence changes."""
    by: str = Field(sa_type=Text)
    state: str = RematchState.RUNNING
    created_at: datetime = instant()
    finished_at: datetime | None = instant(optional=True)
    last_article_id: int = number(default=0)
    until_article_id: int = number(default=0)
    """The newest article when the job was made; later ones are judged by the definitions in force anyway."""
    total: int = 0
    judged: int = 0
    gained: int = 0
    """Matches that are `about` now and were not."""
    lost: int = 0
    """Matches that were `about` and no longer are."""
    released: int = 0
    """Articles that were given a further release number."""
