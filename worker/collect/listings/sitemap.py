"""Sitemaps, and sitemap indexes with those of their parts that changed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.fetch.model import Fetches
from worker.collect.limits import MAX_ARTICLES
from worker.collect.listings.model import Asked, Harvest, Learned, Part, ask, hash_of
from worker.collect.listings.sitemap_parts import MAX_PARTS, choose, named, there_before
from worker.collect.rhythm import Outcome
from worker.collect.sandbox import Reader
from worker.collect.taking import Listing

_RENDITION = "sitemap"


def read_sitemap(asked: Asked, feed: ParsedFeed, harvest: Harvest) -> Harvest:
    """One sitemap. Its order says nothing, and it lists what was there before, too."""
    assert harvest.fetched is not None
    if asked.wary and not feed.whole:
        return Harvest(Outcome.UNUSABLE, harvest.fetched, error=f"{harvest.fetched.url} ends in the middle")
    articles = feed.complete_articles
    before = there_before(articles, None, baseline_at=asked.baseline_at)
    listing = Listing(articles, feed.format or _RENDITION, whole=feed.whole, window=0, there_before=before)
    return dataclasses.replace(harvest, listing=listing, body_hash=hash_of(harvest.fetched) if feed.whole else None)


def read_index(asked: Asked, index: ParsedFeed | None, harvest: Harvest, fetcher: Fetches, reader: Reader) -> Harvest:
    """The articles of the parts that changed. `index` is None where it is the same as last time.

    A part that cannot be had is left for the next poll; at the first poll nothing counts without all that were chosen.
    """
    reading = _Reading(asked, fetcher, reader, {part.url: part for part in asked.parts})
    if index is not None:
        reading.name(index)
    tried = reading.read_all()
    if reading.errors and (asked.baseline_at is None or len(reading.errors) == tried):
        return Harvest(Outcome.BROKEN, harvest.fetched, error=reading.errors[0])
    learned = Learned(parts=reading.to_remember())
    # While parts wait that the index says were changed, it is to be read again, also where it stays the same.
    done = index is not None and index.whole and not reading.is_behind() and harvest.fetched is not None
    body_hash = hash_of(harvest.fetched) if done and harvest.fetched else None
    if not reading.articles and asked.baseline_at is not None:
        return dataclasses.replace(harvest, outcome=Outcome.UNCHANGED, error=None, learned=learned, body_hash=body_hash)
    listing = Listing(
        tuple(reading.articles), _RENDITION, whole=False, window=0, there_before=frozenset(reading.before)
    )
    return Harvest(Outcome.FRESH, harvest.fetched, listing, learned=learned, body_hash=body_hash)


@dataclass
class _Reading:
    """The parts of one source being read."""

    asked: Asked
    fetcher: Fetches
    reader: Reader
    parts: dict[str, Part]
    articles: list[ParsedArticle] = field(default_factory=list)
    before: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def name(self, index: ParsedFeed) -> None:
        self.parts = named(list(self.parts.values()), index, first=self.asked.baseline_at is None)

    def read_all(self) -> int:
        """Read what is to be read, also parts that turn out to be indexes; returns how many were asked for."""
        while len(self.done) < MAX_PARTS and len(self.articles) < MAX_ARTICLES:
            left = MAX_PARTS - len(self.done)
            chosen = [part for part in choose(self.parts.values(), limit=left, done=self.done) if self._may(part)]
            if not chosen:
                break
            for part in chosen:
                if len(self.articles) < MAX_ARTICLES:
                    self.done.add(part.url)
                    self._read(part)
        return len(self.done)

    def is_behind(self) -> bool:
        """Whether a part that changed was not read: it failed, or there were too many. Not so at the first poll."""
        return self.asked.baseline_at is not None and any(part.told for part in choose(self.parts.values(), limit=9999))

    def to_remember(self) -> list[Part]:
        """The parts as they are to be known from now on. At the first poll those passed over count as looked at."""
        if self.asked.baseline_at is not None:
            known = {part.url: part for part in self.asked.parts}
            return [part for part in self.parts.values() if known.get(part.url) != part]
        return [dataclasses.replace(part, changed=part.told) for part in self.parts.values()]

    def _may(self, part: Part) -> bool:
        """Undated parts are chosen again and again: two of them in a poll are enough."""
        return bool(part.told) or sum(not self.parts[url].told for url in self.done) < 2

    def _read(self, part: Part) -> None:
        asked = dataclasses.replace(
            self.asked, etag=part.etag, last_modified=part.last_modified, body_hash=part.body_hash
        )
        harvest = ask(asked, self.fetcher, address=part.url)
        if harvest.outcome is Outcome.UNCHANGED:
            self.parts[part.url] = dataclasses.replace(part, changed=part.told)
            return
        if harvest.outcome is not Outcome.FRESH or harvest.fetched is None:
            self.errors.append(harvest.error or f"{part.url} cannot be read")
            return
        fetched = harvest.fetched
        feed = self.reader.parse_feed(fetched.body, content_type=fetched.content_type, url=fetched.url)
        if feed.error:
            self.errors.append(f"{fetched.url}: {feed.error}")
            return
        self.before |= there_before(feed.complete_articles, part, baseline_at=self.asked.baseline_at)
        self.articles += feed.complete_articles
        if feed.sitemaps:
            self.name(feed)
        self.parts[part.url] = dataclasses.replace(
            part,
            changed=part.told,
            was_read=True,
            etag=fetched.etag if feed.whole else None,
            last_modified=fetched.last_modified if feed.whole else None,
            body_hash=hash_of(fetched) if feed.whole else None,
        )
