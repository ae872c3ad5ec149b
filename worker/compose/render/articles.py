"""An article as a mail shows it, and the order in which a mail shows several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CardArticle:
    """Everything that an article's card depends on; two that are equal share one rendered card.

    Texts are plain and may hold anything: cards clean and escape them. `also_reported_by` are (source, url).
    """

    id: int
    revision: int
    url: str
    title: str
    lead: str = ""
    author: str = ""
    source: str = ""
    published_at: datetime | None = None
    image_url: str | None = None
    image_alt: str = ""
    topics: tuple[str, ...] = ()
    also_reported_by: tuple[tuple[str, str], ...] = ()
    corrected: bool = False
    language: str | None = None

    @cached_property
    def _hash(self) -> int:
        values: list[Any] = [getattr(self, field.name) for field in fields(self)]
        return hash(tuple(values))

    def __hash__(self) -> int:
        return self._hash  # asked for at every look into the cache of cards


def order_articles(articles: Iterable[CardArticle]) -> list[CardArticle]:
    """What concerns most of the topics first, then the newest; the same set always gives the same order."""
    return sorted(articles, key=lambda a: (len(a.topics), a.published_at or _LONG_AGO, a.id), reverse=True)
