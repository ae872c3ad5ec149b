"""Sources, articles, their revisions, and stories."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, json_column, number, ref


class Source(SQLModel, table=True):
    """A place we collect from. What operators wrote comes from schedules/sources.toml, the rest from polling."""

    id: int = big_id()
    url: str = Field(sa_type=Text, unique=True)
    name: str
    kind: str = "feed"
    full_text: str = "auto"
    """`auto` (the feed's body when it is whole, else the page), `feed` or `page`."""
    allow_private: bool = False
    release_baseline: bool = False
    interval_seconds: int = 900
    active: bool = True
    """Whether sources.toml still names it; an inactive source keeps its articles and is not polled."""
    language: str | None = None
    etag: str | None = Field(default=None, sa_type=Text)
    last_modified: str | None = Field(default=None, sa_type=Text)
    body_hash: str | None = None
    next_poll_at: datetime | None = instant(optional=True, index=True)
    baseline_at: datetime | None = instant(optional=True)
    horizon_at: datetime | None = instant(optional=True)
    """When the oldest article of its first poll was published: what is older was there all along."""
    last_polled_at: datetime | None = instant(optional=True)
    last_success_at: datetime | None = instant(optional=True)
    last_new_at: datetime | None = instant(optional=True)
    last_status: int | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    failures: int = 0
    gone_count: int = 0
    moved_to: str | None = Field(default=None, sa_type=Text)
    moved_seen_at: datetime | None = instant(optional=True)
    lease_until: datetime | None = instant(optional=True)
    link_pattern: str | None = Field(default=None, sa_type=Text)
    """Of a page: which of its links are articles, one pattern on a line."""
    rest_root: str | None = Field(default=None, sa_type=Text)
    """Of a WordPress site: where its REST API is, as the site itself says."""
    refuses_embed: bool = False
    """Its REST API answers only without `_embed`: names are asked for one by one."""
    edits_asked_at: datetime | None = instant(optional=True)
    """When a REST API was last asked for older articles that were edited."""
    host: str = ""
    """The host of its address, as Host names it."""
    recent: list[Any] = json_column(list)
    """When its newest articles were published (or first seen), in whole seconds since 1970, the newest first."""
    pace_seconds: int | None = None
    """How often its feed says that it is updated."""
    silent_at: datetime | None = instant(optional=True)
    """If nothing new has come by then, it is silent for longer than its rhythm explains."""
    failing_since: datetime | None = instant(optional=True)
    """Since when no poll has succeeded."""
    alarm: str | None = None
    """`silent` or `failing`, while that lasts."""
    alarm_at: datetime | None = instant(optional=True)


class Story(SQLModel, table=True):
    """One event, told by one or several articles."""

    id: int = big_id()
    created_at: datetime = instant()


class TextState(StrEnum):
    """Whether we hold the article's full text."""

    WHOLE = "whole"
    PENDING = "pending"
    """The feed gave an excerpt; the page is still to be fetched (text_next_at)."""
    MISSING = "missing"
    """The page could not be had within its tries; the summary serves."""
    STALE = "stale"
    """We hold a text; the source says that the page was edited since, and it is to be looked at again."""


BY_OPERATOR = "operator: "
"""Begins the reason of a withdrawal that an operator decided: it stands though the source lists the article."""


NEEDS_TEXT = "text_state IN ('pending', 'stale') AND NOT baseline"
"""SQL, for an index of the few articles whose page is to be fetched."""


class Article(SQLModel, table=True):
    """One published item, in its latest form."""

    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index(
            "ix_article_unreleased",
            "id",
            sqlite_where=text("released_at IS NULL AND withheld_reason IS NULL"),
            postgresql_where=text("released_at IS NULL AND withheld_reason IS NULL"),
        ),
        Index("ix_article_source_url", "source_id", "url"),
        Index(
            "ix_article_needs_text", "text_next_at", sqlite_where=text(NEEDS_TEXT), postgresql_where=text(NEEDS_TEXT)
        ),
    )

    id: int = big_id()
    source_id: int = ref("source.id")
    external_id: str = Field(sa_type=Text)
    """The feed's GUID without scheme, else the canonical URL, else the content hash."""
    url: str = Field(sa_type=Text)
    content_hash: str = Field(index=True)
    rendition: str = ""
    """The format that the hash was made from: a feed's text and a REST API's text of one article differ."""
    modified_at: datetime | None = instant(optional=True)
    """When the source says that it was changed last."""
    title: str = Field(sa_type=Text)
    author: str = ""
    summary: str = Field(default="", sa_type=Text)
    text: str = Field(default="", sa_type=Text)
    image_url: str | None = Field(default=None, sa_type=Text)
    image_alt: str = Field(default="", sa_type=Text)
    language: str | None = None
    categories: list[Any] = json_column(list)
    published_at: datetime | None = instant(optional=True)
    first_seen_at: datetime = instant(index=True)
    updated_at: datetime = instant()
    revision: int = 1
    baseline: bool = False
    """Known from a source's first poll: kept, never released by itself."""
    text_state: str = TextState.WHOLE
    paywalled: bool = False
    """Its page shows only the beginning to readers without a subscription."""
    page_url: str | None = Field(default=None, sa_type=Text)
    """What its page says is its address; `url` is what the feed said."""
    text_tries: int = 0
    text_next_at: datetime | None = instant(optional=True)
    text_reason: str | None = Field(default=None, sa_type=Text)
    """Why the page's text is missing."""
    story_id: int | None = ref("story.id", optional=True, index=True)
    is_update: bool = False
    """Marked by an operator: released although its story is out already."""
    matched_at: datetime | None = instant(optional=True)
    released_at: datetime | None = instant(optional=True)
    release_number: int | None = number(optional=True, unique=True)
    withheld_reason: str | None = None
    """Why it was decided not to release it: no_topic, story (told already), baseline, withdrawn."""
    withdrawn_at: datetime | None = instant(optional=True)
    withdrawn_reason: str | None = None


class ArticleRevision(SQLModel, table=True):
    """What an article said before it was edited."""

    __table_args__ = (UniqueConstraint("article_id", "revision"),)

    id: int = big_id()
    article_id: int = ref("article.id")
    revision: int
    """The number of the form kept here; the article itself carries the next one."""
    seen_at: datetime = instant()
    title: str = Field(sa_type=Text)
    summary: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    content_hash: str
    changed: list[Any] = json_column(list)
    """The names of the fields that the edit changed."""
