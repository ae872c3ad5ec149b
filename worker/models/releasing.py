"""Releases: the gapless, commit-ordered numbers that everything about `who gets what` is decided by."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from worker.models.columns import instant, number, ref

BLOCK = 62
"""Release numbers in one bit set: number n is bit n % 62 of block n // 62 (62 bits stay clear of the sign)."""


class ReleaseCounter(SQLModel, table=True):
    """One row: the last number given out. Taken under RELEASE_LOCK, in the transaction that stamps the article."""

    __tablename__ = "release_counter"

    id: int = Field(default=1, primary_key=True)
    number: int = number(default=0)


class Release(SQLModel, table=True):
    """A release number and its article. A second number of one article is an operator's `release again`."""

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    article_id: int = ref("article.id", index=True)
    released_at: datetime = instant(index=True)
    released_by: str = "flow"


class TopicRelease(SQLModel, table=True):
    """The releases of one block that are about a topic, as a bit set."""

    __tablename__ = "topic_release"

    topic_id: int = ref("topic.id", primary_key=True)
    block: int = Field(primary_key=True)
    bits: int = number()
