"""What people say of matches: an article is right or wrong for a topic. Kept as labelled data."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, ref


class Label(StrEnum):
    """What an article is to a topic, as a person judges it."""

    ABOUT = "about"
    MENTION = "mention"
    NONE = "none"


class TopicMark(SQLModel, table=True):
    """One person's judgement of one article for one topic: an operator's decides, a subscriber's is a hint."""

    __tablename__ = "topic_mark"
    __table_args__ = (
        Index(
            "uq_topic_mark_operator",
            "article_id",
            "topic_id",
            "by",
            unique=True,
            sqlite_where=text("subscriber_id IS NULL"),
            postgresql_where=text("subscriber_id IS NULL"),
        ),
        Index(
            "uq_topic_mark_subscriber",
            "article_id",
            "topic_id",
            "subscriber_id",
            unique=True,
            sqlite_where=text("subscriber_id IS NOT NULL"),
            postgresql_where=text("subscriber_id IS NOT NULL"),
        ),
        Index("ix_topic_mark_topic", "topic_id", "article_id"),
        Index("ix_topic_mark_subscriber", "subscriber_id"),
    )

    id: int = big_id()
    article_id: int = ref("article.id")
    topic_id: int = ref("topic.id")
    subscriber_id: int | None = ref("subscriber.id", optional=True)
    """Unset: an operator's mark, whose name is in `by`."""
    by: str = ""
    label: str
    """about, mention or none; a subscriber's `not what I asked for` is none."""
    revision: int = 1
    """The article's revision that was judged."""
    note: str = Field(default="", sa_type=Text)
    marked_at: datetime = instant()
