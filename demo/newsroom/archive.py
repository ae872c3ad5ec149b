"""Which articles the site shows at an instant: a matter of the schedule, edits and withdrawals."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from demo.newsroom.manuscript import Manuscript
from demo.newsroom.markup import Block, blocks_of, excerpt_of, to_html, typeset

FIRST_NUMBER = 4101
# A Monday: the articles speak of weekdays.
DEFAULT_BASE = datetime(2026, 3, 2, tzinfo=UTC)


class UnknownArticle(LookupError):
    """No sample article has this slug."""


@dataclass(frozen=True)
class Article:
    """An article as readers see it: typeset, dated, numbered."""

    number: int
    slug: str
    title: str
    author: str
    categories: tuple[str, ...]
    labels: frozenset[str]
    blocks: tuple[Block, ...]
    published_at: datetime
    modified_at: datetime
    image: str | None
    alt: str
    excerpt_only: bool

    @property
    def path(self) -> str:
        return f"/{self.published_at:%Y/%m}/{self.slug}/"

    @property
    def html(self) -> str:
        return to_html(self.blocks)

    @property
    def excerpt(self) -> str:
        return excerpt_of(self.blocks)

    @property
    def paragraphs(self) -> list[str]:
        """What a clean extraction of the page should give, block by block."""
        return [line for block in self.blocks for line in block.text.split("\n")]

    @property
    def image_path(self) -> str | None:
        return f"/wp-content/uploads/{self.published_at:%Y/%m}/{self.image}" if self.image else None


@dataclass(frozen=True)
class _Change:
    """What was done to one article by hand, beside the schedule."""

    published_at: datetime | None = None
    modified_at: datetime | None = None
    title: str | None = None
    text: str | None = None
    withdrawn: bool = False


class Archive:
    """The manuscripts, when each goes out (from midnight of `base` on), and what was changed since."""

    def __init__(self, manuscripts: Iterable[Manuscript], *, base: datetime = DEFAULT_BASE) -> None:
        self.base = base
        ordered = sorted(manuscripts, key=lambda manuscript: (manuscript.offset, manuscript.slug))
        self.manuscripts = {manuscript.slug: manuscript for manuscript in ordered}
        self._numbers = {manuscript.slug: FIRST_NUMBER + 3 * i for i, manuscript in enumerate(ordered)}
        self._changes: dict[str, _Change] = {}
        self._lock = threading.Lock()

    def published(self, now: datetime) -> list[Article]:
        """What stands on the site at `now`, newest first."""
        shown = [article for slug in self.manuscripts if (article := self._article(slug, now))]
        return sorted(shown, key=lambda article: (article.published_at, article.number), reverse=True)

    def find(self, slug: str, now: datetime) -> Article | None:
        return self._article(slug, now) if slug in self.manuscripts else None

    def publish(self, slug: str, now: datetime) -> None:
        """Put an article out at `now` where the schedule is later; one that was withdrawn comes back."""
        self._change(slug, published_at=min(now, self._scheduled(slug)), withdrawn=False)

    def edit(self, slug: str, now: datetime, *, title: str | None = None, text: str | None = None) -> None:
        """Replace title or text; number, address and date of publication stay."""
        given = {key: value for key, value in (("title", title), ("text", text)) if value is not None}
        self._change(slug, modified_at=now, **given)

    def withdraw(self, slug: str) -> None:
        self._change(slug, withdrawn=True)

    def about(self, topic: str, *, until: datetime | None = None) -> set[str]:
        """The slugs labelled with `topic`; with `until`, only what stands on the site then."""
        shown = self.manuscripts if until is None else {article.slug for article in self.published(until)}
        return {slug for slug in shown if topic in self.manuscripts[slug].labels}

    def _scheduled(self, slug: str) -> datetime:
        if slug not in self.manuscripts:
            raise UnknownArticle(f"no sample article is called {slug!r}")
        return self.base + self.manuscripts[slug].offset

    def _change(self, slug: str, **values: object) -> None:
        self._scheduled(slug)
        with self._lock:
            self._changes[slug] = replace(self._changes.get(slug, _Change()), **values)  # type: ignore[arg-type]

    def _article(self, slug: str, now: datetime) -> Article | None:
        manuscript, change = self.manuscripts[slug], self._changes.get(slug, _Change())
        published_at = change.published_at or self._scheduled(slug)
        if change.withdrawn or published_at > now:
            return None
        return Article(
            number=self._numbers[slug],
            slug=slug,
            title=typeset(change.title or manuscript.title),
            author=manuscript.author,
            categories=manuscript.categories,
            labels=manuscript.labels,
            blocks=blocks_of(change.text or manuscript.text),
            published_at=published_at,
            modified_at=max(change.modified_at or published_at, published_at),
            image=manuscript.image,
            alt=manuscript.alt,
            excerpt_only=manuscript.excerpt_only,
        )


def slug_of(name: str) -> str:
    """The address form of a category's or author's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def last_modified(articles: Iterable[Article], base: datetime) -> datetime:
    """When a list of articles last changed, as far as their own dates tell (whole seconds)."""
    latest = max((article.modified_at for article in articles), default=base - timedelta(days=1))
    return latest.replace(microsecond=0)
