"""The machines we ask: when each may be asked again, and what its robots.txt says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from worker.models.columns import instant


class Host(SQLModel, table=True):
    """One host of the web, shared by all worker processes: whoever asks it takes its turn here first."""

    name: str = Field(primary_key=True, sa_type=Text)
    """In small letters, with its port where that is not the scheme's own: `news.example`, `127.0.0.1:8090`."""
    free_at: datetime = instant()
    """Before this nobody asks it: somebody is at it, or the pause after that is not over."""
    crawl_delay: float = 0.0
    """Seconds between two requests, as its robots.txt wishes."""
    slow: int = 0
    """How often in a row it did not answer in time; such a host gets few threads."""
    robots: str | None = Field(default=None, sa_type=Text)
    """Its robots.txt when it was last answered; empty: there was none."""
    robots_until: datetime | None = instant(optional=True)
    """Until then what we know of its robots.txt is good."""
    robots_failing_since: datetime | None = instant(optional=True)
    """Since when its robots.txt cannot be had because of an error over there."""
