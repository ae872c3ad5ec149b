"""Saved searches: a subscriber's own query, which is a private topic with one subscriber."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, number, ref


class SavedSearch(SQLModel, table=True):
    """A query that somebody saved. Never edited; a change ends it and saves another.

    Its topic is listed nowhere and has one subscriber; matches, releases, digests and `explain` go by it as by any.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        Index(
            "uq_saved_search_open",
            "subscriber_id",
            "normal",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_saved_search_subscriber", "subscriber_id"),
    )

    id: int = big_id()
    subscriber_id: int = ref("subscriber.id")
    topic_id: int = ref("topic.id", index=True)
    query: str = Field(sa_type=Text)
    """As it was written; empty once the person was forgotten."""
    normal: str = Field(sa_type=Text)
    """Its normal form: two spellings of one query have the same."""
    created_at: datetime = instant()
    ended_at: datetime | None = instant(optional=True)
    end_reason: str | None = None
    change_number: int = number(unique=True)
    """Rises with every search saved or ended, in the order of the commits: workers catch up from the last they know."""
