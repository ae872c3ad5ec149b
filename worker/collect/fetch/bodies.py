"""Reading an answer's body: unpacked piece by piece, so that a bomb is noticed before it is held."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from worker.collect.fetch.model import AnswerTooLarge, FetchError

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
_CHUNK = 1 << 16


def read_body(url: str, response: httpx.Response, *, limit: int) -> bytes:
    """The body, unpacked; AnswerTooLarge beyond `limit` bytes, FetchError for a coding that is damaged or unknown."""
    pieces = []
    size = 0
    for piece in _pieces(url, response):
        size += len(piece)
        if size > limit:
            raise AnswerTooLarge(f"{url} answers with more than {limit // 1024 // 1024} MB")
        pieces.append(piece)
    return b"".join(pieces)


def _pieces(url: str, response: httpx.Response) -> Iterator[bytes]:
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity") and coding not in _WINDOW_BITS:
        raise FetchError(f"{url} answers in the encoding {coding!r}, which was not asked for")
    inflate = zlib.decompressobj(wbits=_WINDOW_BITS[coding]) if coding in _WINDOW_BITS else None
    for raw in response.iter_raw():
        yield from _unpacked(raw, inflate)


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
