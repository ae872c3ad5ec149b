"""What a poll could not see at once: gaps in a listing, the parts of a sitemap, the names behind WordPress numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from worker.models.columns import big_id, instant, ref


class Gap(SQLModel, table=True):
    """Articles were published faster than a source's listing is long: between two polls some were pushed out of it.

    Open while `next_at` is set; then either closed (`closed_at`) or given up, with the reason.
    """

    id: int = big_id()
    source_id: int = ref("source.id", index=True)
    from_at: datetime = instant()
    """The last poll that still saw everything."""
    to_at: datetime | None = instant(optional=True)
    """When the oldest article of the listing that overlapped nothing was published, as far as it says so."""
    noticed_at: datetime = instant()
    """What was first seen before this was known before the gap."""
    closed_at: datetime | None = instant(optional=True)
    next_at: datetime | None = instant(optional=True, index=True)
    """When to page back further; unset: it is closed or given up."""
    tries: int = 0
    """Failures in a row."""
    methods: str = ""
    """How it can be paged back, the way that is tried now first: rest, paged, link."""
    page: int = 0
    """The last page read that way."""
    next_url: str | None = Field(default=None, sa_type=Text)
    """Where the listing itself says that its older articles are (RFC 5005)."""
    last_page_hash: str | None = None
    """Of the articles on the last page: a server that ignores the page's number repeats it."""
    pages: int = 0
    """All pages read for it."""
    found: int = 0
    """Articles that closing it brought."""
    reason: str | None = Field(default=None, sa_type=Text)
    """How it was closed, or why it could not be."""


class SitemapPart(SQLModel, table=True):
    """A sitemap that a source's sitemap index names."""

    __tablename__ = "sitemap_part"
    __table_args__ = (UniqueConstraint("source_id", "url"),)

    id: int = big_id()
    source_id: int = ref("source.id")
    url: str = Field(sa_type=Text)
    changed: str = ""
    """The index's `lastmod` for it, verbatim, when it was read last."""
    appeared: bool = False
    """Whether it came into the index after the source's first poll: then all that it holds is new."""
    read_at: datetime | None = instant(optional=True)
    etag: str | None = Field(default=None, sa_type=Text)
    last_modified: str | None = Field(default=None, sa_type=Text)
    body_hash: str | None = None


class TermName(SQLModel, table=True):
    """The name of a category, tag or author, which a WordPress site gives by number."""

    __tablename__ = "term_name"
    __table_args__ = (UniqueConstraint("source_id", "term"),)

    id: int = big_id()
    source_id: int = ref("source.id")
    term: str
    """As the REST API addresses it: `categories/11`, `users/3`."""
    name: str = Field(default="", sa_type=Text)
    """Empty where the site does not tell it."""
    seen_at: datetime = instant()
