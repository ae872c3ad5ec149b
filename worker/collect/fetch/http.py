"""The real fetcher: HTTP with explicit timeouts, limits on bytes and time, and redirects followed by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import zlib
from collections.abc import Iterator
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from worker.collect.fetch.model import (
    FEED_TYPES,
    PAGE_TYPES,
    AnswerTooLarge,
    AnswerTooSlow,
    Fetched,
    FetchError,
    ForbiddenAddress,
    TooManyRedirects,
)
from worker.collect.fetch.network import deadline, transport
from worker.collect.fetch.politeness import HostQueue
from worker.collect.limits import MAX_BYTES

_TIMEOUT = httpx.Timeout(connect=10, read=15, write=10, pool=30)
_MAX_SECONDS = 30.0
_MAX_REDIRECTS = 5
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
_CHUNK = 1 << 16


class Fetcher:
    """Fetches over HTTP. Safe to share between threads; close it when done.

    `contact` (an address or URL) goes into the User-Agent, so that a webmaster can reach the operator. `pause` is
    the time in seconds between two requests to one public host.
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
    ) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._queue = HostQueue(pause=pause)
        headers = {"User-Agent": f"Sitrep/{version} (+{contact})", "Accept-Encoding": "gzip, deflate"}
        self._public, self._any = (
            httpx.Client(
                transport=transport(public_only=public_only, connections=connections),
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
        client = self._any if allow_private else self._public
        permanent = True
        here = url
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._one(client, here, headers, polite=not allow_private)
            if isinstance(answer, Fetched):
                return _with_move(answer, moved=permanent and here != url)
            status, here = answer
            permanent = permanent and status in _PERMANENT
        raise TooManyRedirects(f"{url} redirects more than {_MAX_REDIRECTS} times")

    def page(self, url: str, *, allow_private: bool = False) -> bytes:
        """The bytes of a page; FetchError also where the answer is an error."""
        answer = self.get(url, accept=PAGE_TYPES, allow_private=allow_private)
        if answer.status != 200:
            raise FetchError(f"{url} answers with status {answer.status}")
        return answer.body

    def _one(
        self, client: httpx.Client, url: str, headers: dict[str, str], *, polite: bool
    ) -> Fetched | tuple[int, str]:
        """One request: an answer, or the status and target of a redirect."""
        host = _host(url)
        turn = self._queue.turn(host) if polite else contextlib.nullcontext()
        with turn, _translated(url), deadline(self._max_seconds):
            request = client.build_request("GET", url, headers=headers)
            response = client.send(request, stream=True, follow_redirects=False)
            try:
                location = response.headers.get("location")
                if response.status_code in _REDIRECTS and location:
                    return response.status_code, urljoin(url, location)
                return self._answer(url, response)
            finally:
                response.close()

    def _answer(self, url: str, response: httpx.Response) -> Fetched:
        headers = response.headers
        return Fetched(
            url=url,
            status=response.status_code,
            body=b"".join(self._body(url, response)),
            content_type=headers.get("content-type", ""),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            retry_after=headers.get("retry-after"),
            cache_control=headers.get("cache-control"),
            link=headers.get("link"),
            total_pages=_number(headers.get("x-wp-totalpages")),
        )

    def _body(self, url: str, response: httpx.Response) -> Iterator[bytes]:
        """The body, unpacked piece by piece so that a bomb is noticed before it is held."""
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity") and coding not in _WINDOW_BITS:
            raise FetchError(f"{url} answers in the encoding {coding!r}, which was not asked for")
        inflate = zlib.decompressobj(wbits=_WINDOW_BITS[coding]) if coding in _WINDOW_BITS else None
        size = 0
        for raw in response.iter_raw():
            for piece in _unpacked(raw, inflate):
                size += len(piece)
                if size > self._max_bytes:
                    raise AnswerTooLarge(f"{url} answers with more than {self._max_bytes // 1024 // 1024} MB")
                yield piece


def _unpacked(raw: bytes, inflate: zlib._Decompress | None) -> Iterator[bytes]:
    if inflate is None:
        yield raw
        return
    try:
        piece = inflate.decompress(raw, _CHUNK)
        while piece:
            yield piece
            piece = inflate.decompress(inflate.unconsumed_tail, _CHUNK)
    except zlib.error as error:
        raise FetchError(f"the answer's compression is damaged: {error}") from error


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress(f"{url!r} is no address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ForbiddenAddress(f"{url!r} is no http(s) address")
    return parts.hostname if port is None else f"{parts.hostname}:{port}"


def _with_move(answer: Fetched, *, moved: bool) -> Fetched:
    return dataclasses.replace(answer, moved_to=answer.url) if moved else answer


def _number(text: str | None) -> int | None:
    return int(text[:9]) if text and text.isascii() and text.isdigit() else None


@contextlib.contextmanager
def _translated(url: str) -> Iterator[None]:
    """httpx's errors in the words of this stage."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise AnswerTooSlow(f"{url} did not answer in time ({type(error).__name__})") from error
    except httpx.InvalidURL as error:
        raise ForbiddenAddress(f"{url!r} is no address: {error}") from error
    except httpx.HTTPError as error:
        raise FetchError(f"{url} cannot be reached: {error or type(error).__name__}") from error
