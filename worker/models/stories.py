"""What recognises a story told twice, and a site's lines that are no article's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from worker.database import BIG_ID
from worker.models.columns import instant, number, ref


class StoryBand(SQLModel, table=True):
    """One band of an article's sketch. Articles that share a band are looked at: perhaps they tell the same story."""

    __tablename__ = "story_band"

    band: int = Field(sa_type=BIG_ID, primary_key=True, sa_column_kwargs={"autoincrement": False})
    article_id: int = ref("article.id", primary_key=True, index=True)
    seen_at: datetime = instant(index=True)
    """When the article was seen first; a band is forgotten a week later."""


class SiteLine(SQLModel, table=True):
    """A line that stood on pages of a site. One that many articles share belongs to the site, not to them."""

    __tablename__ = "site_line"

    site: str = Field(sa_type=Text, primary_key=True)
    """The host without `www.`."""
    line: int = Field(sa_type=BIG_ID, primary_key=True, sa_column_kwargs={"autoincrement": False})
    """A hash of its words; 0 stands for every article of the site."""
    articles: int
    """How many articles had it, each counted once."""
    since: int = number()
    """The site's count of articles when it was seen first."""
    first_seen_at: datetime = instant()
    last_seen_at: datetime = instant(index=True)
