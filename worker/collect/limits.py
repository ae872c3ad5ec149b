"""What a document from outside may cost. A hostile source harms only itself."""

from __future__ import annotations

import zlib

from worker.errors import SitrepError

MAX_BYTES = 16 * 1024 * 1024
"""Of one document, after decompression. The largest real feed seen is 3 MB."""
MAX_ARTICLES = 20_000
"""Of one document; a feed holds tens, a sitemap file at most 50,000."""
MAX_TITLE = 500
MAX_ADDRESS = 2_000
"""Bytes; PostgreSQL's indexes take keys of 2,704."""
MAX_IDENTIFIER = 500
"""Bytes of what a source calls an article; of a longer one a hash stands for the rest."""
MAX_SUMMARY = 5_000
MAX_LEAD = 1_000
MAX_TEXT = 200_000
MAX_CATEGORIES = 50

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 16


class Unparsable(SitrepError):
    """A document cannot be used; the message begins with a short name of the reason."""


class TooLarge(Unparsable):
    """A document exceeds its byte limit, possibly only once decompressed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"too large: more than {limit // 1024 // 1024} MB after decompression")


def gunzip_bounded(data: bytes, limit: int = MAX_BYTES) -> bytes:
    """`data` decompressed if it is gzip, else unchanged; TooLarge beyond `limit`, Unparsable where damaged."""
    if not data.startswith(_GZIP):
        if len(data) > limit:
            raise TooLarge(limit)
        return data
    pieces: list[bytes] = []
    size = 0
    while data.startswith(_GZIP):
        inflate = zlib.decompressobj(wbits=31)
        try:
            while not inflate.eof and (data or inflate.unconsumed_tail):
                piece = inflate.decompress(inflate.unconsumed_tail or data, _CHUNK)
                data = b""
                size += len(piece)
                if size > limit:
                    raise TooLarge(limit)
                pieces.append(piece)
                if not piece and not inflate.unconsumed_tail:
                    break
        except zlib.error as error:
            raise Unparsable(f"damaged gzip: {error}") from error
        data = inflate.unused_data
    return b"".join(pieces)
