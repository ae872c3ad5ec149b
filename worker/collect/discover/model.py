"""What a site offers to collect from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from worker.collect.documents import ParsedArticle
from worker.collect.excerpt import is_excerpt


class Scope(StrEnum):
    """Of what a candidate holds the articles."""

    SITE = "site"
    PART = "part"
    """Of a category, tag or author."""
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True)
class Place:
    """An address worth a look, and why."""

    url: str
    kind: str
    origin: str
    """How it was found, in words that end a sentence: `the page announces it`."""
    title: str = ""
    guessed: bool = False
    """Nobody named it: robots.txt is obeyed, and a failure is not worth a word."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source that could be added."""

    url: str
    kind: str
    origin: str
    format: str = ""
    title: str = ""
    scope: Scope = Scope.SITE
    articles: tuple[ParsedArticle, ...] = ()
    error: str | None = None
    link_pattern: str | None = None
    pages_back: bool = False
    """Older articles can be paged back when a burst was longer than it."""
    score: float = 0
    reason: str = ""

    @property
    def whole(self) -> int:
        """How many articles come with their whole text."""
        return sum(not is_excerpt(article.text) for article in self.articles)

    @property
    def dated(self) -> int:
        """How many say when they were published."""
        return sum(article.published_at is not None for article in self.articles)

    @property
    def newest(self) -> datetime | None:
        """When the newest was published (or changed, where that is all there is)."""
        moments = [article.published_at or article.updated_at for article in self.articles]
        return max((moment for moment in moments if moment), default=None)

    def to_json(self) -> dict[str, Any]:
        """The candidate as JSON types, without its articles."""
        return {
            "url": self.url,
            "kind": self.kind,
            "format": self.format,
            "title": self.title,
            "scope": str(self.scope),
            "articles": len(self.articles),
            "whole": self.whole,
            "dated": self.dated,
            "newest": self.newest.isoformat() if self.newest else None,
            "link_pattern": self.link_pattern,
            "pages_back": self.pages_back,
            "found": self.origin,
            "reason": self.reason,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, the best first; those that cannot be used come last, with their error."""

    url: str
    candidates: tuple[Candidate, ...] = ()
    site_title: str = ""
    notes: tuple[str, ...] = field(default=())
    """What was left alone, and why."""

    @property
    def usable(self) -> tuple[Candidate, ...]:
        """Those that could be added."""
        return tuple(one for one in self.candidates if one.error is None and one.scope is not Scope.COMMENTS)
