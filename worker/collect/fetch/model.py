"""What a fetch is asked for, what it gives, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from worker.errors import SitrepError

FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


class FetchError(SitrepError):
    """No usable answer came; `reason` is a short name, the message a sentence."""

    reason = "unreachable"


class ForbiddenAddress(FetchError):
    """The address, or one it leads to, is private, loopback or link-local, or no http(s) address."""

    reason = "forbidden_address"


class AnswerTooLarge(FetchError):
    """The answer exceeds the byte limit, possibly only once decompressed."""

    reason = "too_large"


class AnswerTooSlow(FetchError):
    """The answer did not end within the time that one fetch may take."""

    reason = "too_slow"


class TooManyRedirects(FetchError):
    """Redirects go in circles, or on for too long."""

    reason = "too_many_redirects"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `url` is where it came from in the end; `body` is unpacked; headers are verbatim."""

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    cache_control: str | None = None
    moved_to: str | None = None
    """Where it moved for good: every redirect on the way was a 301 or 308."""
    link: str | None = None
    """Its Link headers (RFC 8288), joined by commas."""
    total_pages: int | None = None
    """X-WP-TotalPages: of a WordPress listing."""


def machine_of(url: str) -> str:
    """The machine that an address names, without port; empty for what is no address."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def may_be_private(url: str, *, named: str, allowed: bool) -> bool:
    """Whether an address may be on a private network: it is `allowed`, and on the machine that an operator `named`.

    Whatever else a source leads to (articles, redirects, a hub) must be on the public internet.
    """
    machine = machine_of(url)
    return allowed and bool(machine) and machine == machine_of(named)


class Fetches(Protocol):
    """Fetches one document; raises FetchError where there is no answer. An answer with an error status is an answer.

    `allow_private`: the machine that `url` names may be on a private network; one that it redirects to may not.
    """

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        allow_private: bool = False,
    ) -> Fetched: ...
