"""What reading a listing is given, and what it gives. No database here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from worker.collect.fetch.model import (
    FEED_TYPES,
    AnswerTooSlow,
    Fetched,
    FetchError,
    Fetches,
    ForbiddenAddress,
    may_be_private,
)
from worker.collect.rhythm import Outcome, outcome_of
from worker.collect.taking import Listing


@dataclass(frozen=True)
class Part:
    """A sitemap that a sitemap index names."""

    url: str
    changed: str = ""
    """The `lastmod` that the index gave when the part was read, or passed over, last."""
    told: str = ""
    """The one it gives now."""
    appeared: bool = False
    """It came into the index after the source's first poll: then all that it holds is new."""
    was_read: bool = False
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True)
class Asked:
    """What is needed of a source while no transaction is open."""

    address: str
    kind: str
    now: datetime
    allow_private: bool = False
    """The machine that the operator named may be on a private network."""
    named: str = ""
    """The address that the operator named, where it is another one than `address`."""
    whole: bool = False
    """Ask without validators: some servers say "unchanged" for ever."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    baseline_at: datetime | None = None
    """When the source was polled first; None: this is the first poll."""
    wary: bool = False
    """What is listed now decides what counts as news later: a page that seems cut is asked for again."""
    patterns: tuple[str, ...] = ()
    refuses_embed: bool = False
    edits_since: datetime | None = None
    """Of a REST API: ask for articles edited since then, too."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What is known of WordPress numbers: `categories/11` -> name."""
    parts: tuple[Part, ...] = ()

    def may_be_private(self, url: str) -> bool:
        return may_be_private(url, named=self.named or self.address, allowed=self.allow_private)


@dataclass
class Learned:
    """What reading a listing told about the source itself."""

    names: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    """The parts of a sitemap index that are new or were read."""
    refuses_embed: bool | None = None
    rest_root: str | None = None
    edits_asked: bool = False
    next_url: str | None = None
    """Where the listing says that its older articles are."""
    wordpress: bool = False
    """The listing comes from WordPress."""
    links: tuple[tuple[str, str], ...] = ()
    """What the document links to as (relation, address): hub, self and others."""
    pace_seconds: int | None = None
    """How often the document says that it is updated."""


@dataclass(frozen=True)
class Harvest:
    """What came back from outside."""

    outcome: Outcome
    fetched: Fetched | None = None
    listing: Listing | None = None
    error: str | None = None
    learned: Learned = field(default_factory=Learned)
    title: str = ""
    """What the listing calls itself."""
    body_hash: str | None = None
    """Of the document at the source's own address, where it was read whole; its validators may be kept then."""
    slow: bool = False
    """It did not answer in time."""


def ask(asked: Asked, fetcher: Fetches, *, address: str | None = None, accept: str = FEED_TYPES) -> Harvest:
    """The document at the source's address. FRESH where there is one to read."""
    url = address or asked.address
    try:
        fetched = fetcher.get(
            url,
            etag=None if asked.whole else asked.etag,
            last_modified=None if asked.whole else asked.last_modified,
            accept=accept,
            allow_private=asked.may_be_private(url),
        )
    except ForbiddenAddress as error:
        return Harvest(Outcome.REFUSED, error=str(error))
    except FetchError as error:
        return Harvest(Outcome.BROKEN, error=str(error), slow=isinstance(error, AnswerTooSlow))
    outcome = outcome_of(fetched.status)
    if outcome is Outcome.FRESH:
        if hash_of(fetched) == asked.body_hash:
            return Harvest(Outcome.UNCHANGED, fetched)
        return Harvest(outcome, fetched)
    said = None if outcome is Outcome.UNCHANGED else f"{fetched.url} answers with status {fetched.status}"
    return Harvest(outcome, fetched, error=said)


def hash_of(fetched: Fetched) -> str:
    """What tells whether a body is the same as last time."""
    return hashlib.sha256(fetched.body).hexdigest()
