"""robots.txt (RFC 9309): which pages of a host its owner wants left alone. Pure.

The feeds that an operator names are fetched whatever it says: a feed is published for programs, and the operator
answers for it. Article pages, and whatever is found by following links, obey.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from protego import Protego

TOKEN = "Sitrep"  # noqa: S105 - the name that rules are written for
"""The product token that robots.txt files address us by."""
MAX_BYTES = 512 * 1024
"""RFC 9309 asks for at least 500 KiB; the rest of a longer one is not read."""
LONGEST_DELAY = 60.0
"""Seconds; a longer Crawl-delay is cut to this."""
_KEPT = timedelta(days=1)
_KEPT_BROKEN = timedelta(minutes=10)
_CLOSED_FOR = timedelta(hours=12)
"""While robots.txt fails for no longer than this, nothing is fetched; after it the last good copy counts."""
_FORGIVEN_AFTER = timedelta(days=30)
"""After so long without an answer a host has no robots.txt."""
_TOO_MANY_RULES = 200_000


@dataclass(frozen=True, slots=True)
class Robots:
    """What is known of a host's robots.txt."""

    text: str | None = None
    """As it was last answered; empty: there was none; None: it never was."""
    until: datetime | None = None
    failing_since: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        return self.until is not None and now < self.until


def learnt(known: Robots, *, status: int | None, body: bytes, now: datetime) -> Robots:
    """What is known after asking. `status` None: no answer came.

    No robots.txt (4xx) forbids nothing. An error over there (5xx, 429, none at all) forbids everything for twelve
    hours, then the last good copy counts, then for want of one it is closed until thirty days have passed.
    """
    if status is not None and 200 <= status < 300:
        return Robots(body[:MAX_BYTES].decode("utf-8-sig", "replace").replace("\0", ""), now + _KEPT)
    if status is not None and 400 <= status < 500 and status != 429:
        return Robots("", now + _KEPT)
    return Robots(known.text, now + _KEPT_BROKEN, known.failing_since or now)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page must be left alone, and whether that is the owner's wish (else it will pass)."""

    reason: str
    wished: bool


def refusal(known: Robots, url: str, *, now: datetime) -> Refusal | None:
    """Why the page must be left alone; None where it may be fetched."""
    host = urlsplit(url).hostname or url
    if known.failing_since is not None:
        failing = now - known.failing_since
        if failing >= _FORGIVEN_AFTER:
            return None
        if failing < _CLOSED_FOR or known.text is None:
            return Refusal(f"robots.txt of {host} cannot be had; till then its pages are left alone", wished=False)
    if not known.text:
        return None
    rules = _rules(known.text)
    if rules is None:
        return Refusal(f"robots.txt of {host} has too many rules to be read; its pages are left alone", wished=True)
    if rules.can_fetch(url.encode("utf-8", "replace").decode(), TOKEN):
        return None
    return Refusal(f"robots.txt of {host} does not allow {TOKEN} to fetch {url}", wished=True)


def crawl_delay(known: Robots) -> float:
    """The seconds that robots.txt asks for between two requests, at most a minute."""
    rules = _rules(known.text) if known.text else None
    return min(max(rules.crawl_delay(TOKEN) or 0.0, 0.0), LONGEST_DELAY) if rules else 0.0


@lru_cache(maxsize=256)
def _rules(text: str) -> Protego | None:
    """None where reading would cost too much: each rule of a group is kept for each of its agents."""
    agents = rules = 0
    for line in text.splitlines():
        agent = line.lstrip().lower().startswith("user")
        agents, rules = agents + agent, rules + (not agent)
    return None if agents * rules > _TOO_MANY_RULES else Protego.parse(text)
