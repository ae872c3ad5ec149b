"""Topics, the versions of their definitions, and matches."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, json_column, number, ref


class Topic(SQLModel, table=True):
    """What people subscribe to. Its definition in force is the version `version`."""

    id: int = big_id()
    slug: str = Field(unique=True)
    title: str
    description: str = Field(default="", sa_type=Text)
    version: int = 1
    position: int = 0
    created_at: datetime = instant()
    retired_at: datetime | None = instant(optional=True)
    """Its file is gone: nobody new can choose it, nothing new matches it, old matches stay."""
    retired_by: str | None = None
    """Who retired it for good; unset where its file is only missing, which may be for a moment."""
    retired_reason: str | None = Field(default=None, sa_type=Text)
    merged_into_id: int | None = number(optional=True, index=True)
    """The topic that has taken over its subscribers."""
    subscriber_id: int | None = number(optional=True, index=True)
    """Whose saved search it is; such a topic has no file, is listed nowhere and is shown to nobody else."""


class TopicAlias(SQLModel, table=True):
    """A name that a topic had before it was renamed: forms and links that still say it mean the topic."""

    __tablename__ = "topic_alias"

    slug: str = Field(primary_key=True)
    topic_id: int = ref("topic.id", index=True)
    since: datetime = instant()


class TopicVersion(SQLModel, table=True):
    """One wording of a topic's definition, as it was in force from `loaded_at`."""

    __table_args__ = (UniqueConstraint("topic_id", "version"),)

    id: int = big_id()
    topic_id: int = ref("topic.id")
    version: int
    definition: dict[str, Any] = json_column(dict)
    hash: str
    loaded_at: datetime = instant()


class Verdict(StrEnum):
    ABOUT = "about"
    MENTION = "mention"


class Match(SQLModel, table=True):
    """The fact, with score and evidence, that an article is about a topic, or only mentions it."""

    article_id: int = ref("article.id", primary_key=True)
    topic_id: int = ref("topic.id", primary_key=True, index=True)
    topic_version: int
    revision: int
    """The article's revision that was judged."""
    verdict: str
    score: float
    threshold: float
    evidence: list[Any] = json_column(list)
    sentence: str = Field(default="", sa_type=Text)
    matched_at: datetime = instant()
