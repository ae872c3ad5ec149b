"""The real fetcher: HTTP with explicit timeouts, limits on bytes and time, and redirects followed by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from worker.collect.fetch.bodies import read_body
from worker.collect.fetch.model import (
    FEED_TYPES,
    PAGE_TYPES,
    AnswerTooSlow,
    Fetched,
    FetchError,
    ForbiddenAddress,
    TooManyRedirects,
    may_be_private,
)
from worker.collect.fetch.network import deadline, is_public, transport
from worker.collect.fetch.politeness import HostQueue
from worker.collect.limits import MAX_BYTES

_TIMEOUT = httpx.Timeout(connect=10, read=15, write=10, pool=30)
_MAX_SECONDS = 30.0
_MAX_REDIRECTS = 5
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD = frozenset({307, 308})


class Fetcher:
    """Fetches over HTTP. Safe to share between threads; close it when done.

    `contact` (an address or URL) goes into the User-Agent, so that a webmaster can reach the operator. `pause` is
    the time in seconds between two requests to one public host. `max_seconds` holds for a fetch with its redirects.
    `public` tells which addresses are on the public internet.
    """

    def __init__(
        self,
        *,
        contact: str,
        version: str = "0",
        max_bytes: int = MAX_BYTES,
        max_seconds: float = _MAX_SECONDS,
        pause: float = 1.0,
        timeout: httpx.Timeout = _TIMEOUT,
        connections: int = 32,
        public: Callable[[str], bool] = is_public,
    ) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._queue = HostQueue(pause=pause)
        headers = {"User-Agent": f"Sitrep/{version} (+{contact})", "Accept-Encoding": "gzip, deflate"}
        self._public, self._any = (
            httpx.Client(
                transport=transport(public_only=public_only, connections=connections, public=public),
                headers=headers,
                timeout=timeout,
                trust_env=False,
            )
            for public_only in (True, False)
        )

    def close(self) -> None:
        self._public.close()
        self._any.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        allow_private: bool = False,
    ) -> Fetched:
        """The document at `url`, at the end of its redirects. Validators are sent as they came."""
        headers = {"Accept": accept}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        return self._follow(_Asked(url, headers), allow_private=allow_private)

    def post(self, url: str, form: Mapping[str, str], *, allow_private: bool = False) -> Fetched:
        """Post a form. Only redirects that keep the method are followed; another is the answer."""
        return self._follow(_Asked(url, {}, "POST", form, _SAME_METHOD), allow_private=allow_private)

    def page(self, url: str, *, allow_private: bool = False) -> bytes:
        """The bytes of a page; FetchError also where the answer is an error."""
        answer = self.get(url, accept=PAGE_TYPES, allow_private=allow_private)
        if answer.status != 200:
            raise FetchError(f"{url} answers with status {answer.status}")
        return answer.body

    def _follow(self, ask: _Asked, *, allow_private: bool) -> Fetched:
        """Send the request, and again wherever it is redirected to, all within the time for one fetch."""
        trip = _Trip(ask.url, self._max_seconds)
        while True:
            host = _host(trip.here)
            private = may_be_private(trip.here, named=ask.url, allowed=allow_private)
            client = self._any if private else self._public
            turn = contextlib.nullcontext() if private else self._queue.turn(host)
            with turn, trip.on_its_way():
                answer = self._at_host(client, ask, trip, host)
            if answer is not None:
                moved = trip.permanent and answer.url != ask.url
                return dataclasses.replace(answer, moved_to=answer.url) if moved else answer

    def _at_host(self, client: httpx.Client, ask: _Asked, trip: _Trip, host: str) -> Fetched | None:
        """The answer; None where a redirect leads to another host, whose turn is to be waited for."""
        while _host(trip.here) == host:
            request = client.build_request(ask.method, trip.here, headers=ask.headers, data=ask.form)
            response = client.send(request, stream=True, follow_redirects=False)
            try:
                location = response.headers.get("location")
                if response.status_code not in ask.followed or not location:
                    return self._answer(trip.here, response)
                trip.redirected(response.status_code, location)
            finally:
                response.close()
        return None

    def _answer(self, url: str, response: httpx.Response) -> Fetched:
        headers = response.headers
        return Fetched(
            url=url,
            status=response.status_code,
            body=read_body(url, response, limit=self._max_bytes),
            content_type=headers.get("content-type", ""),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            retry_after=headers.get("retry-after"),
            cache_control=headers.get("cache-control"),
            link=headers.get("link"),
            total_pages=_number(headers.get("x-wp-totalpages")),
        )


@dataclasses.dataclass(frozen=True)
class _Asked:
    """A request, and the redirects that it follows."""

    url: str
    headers: dict[str, str]
    method: str = "GET"
    form: Mapping[str, str] | None = None
    followed: frozenset[int] = _REDIRECTS


@dataclasses.dataclass
class _Trip:
    """Where a request has got to, and how much of its time is left."""

    here: str
    seconds: float
    permanent: bool = True
    redirects: int = 0

    def redirected(self, status: int, location: str) -> None:
        self.redirects += 1
        if self.redirects > _MAX_REDIRECTS:
            raise TooManyRedirects(f"{self.here} redirects again, after {_MAX_REDIRECTS} times")
        self.permanent = self.permanent and status in _PERMANENT
        try:
            self.here = urljoin(self.here, location)
        except ValueError as error:
            raise ForbiddenAddress(f"{self.here} redirects to {location[:200]!r}, which is no address") from error

    @contextlib.contextmanager
    def on_its_way(self) -> Iterator[None]:
        """Time runs while hosts are asked, not while their turn is waited for."""
        began = time.monotonic()
        try:
            with _translated(self), deadline(self.seconds):
                yield
        finally:
            self.seconds -= time.monotonic() - began


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress(f"{url!r} is no address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ForbiddenAddress(f"{url!r} is no http(s) address")
    return parts.hostname if port is None else f"{parts.hostname}:{port}"


def _number(text: str | None) -> int | None:
    return int(text[:9]) if text and text.isascii() and text.isdigit() else None


@contextlib.contextmanager
def _translated(trip: _Trip) -> Iterator[None]:
    """httpx's errors in the words of this stage."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise AnswerTooSlow(f"{trip.here} did not answer in time ({type(error).__name__})") from error
    except (httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: a name that IDNA cannot read
        raise ForbiddenAddress(f"{trip.here!r} is no address: {error}") from error
    except httpx.HTTPError as error:
        raise FetchError(f"{trip.here} cannot be reached: {error or type(error).__name__}") from error
