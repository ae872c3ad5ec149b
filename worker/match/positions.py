"""Where the words of a folded text stand in the text as it was written, whatever was composed, dropped or replaced."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate, compress

from worker.match.text import BYTES, INNER_STOP, PARAGRAPH, STOP, Cut, fold, keeps_places


def places_of(text: Cut, numbers: set[int]) -> dict[int, int]:
    """Character offsets, in the text as it was written, of the words with these numbers."""
    if not numbers:
        return {}
    folded = _folded_places(text.folded, numbers)
    return folded if keeps_places(text.original) else _as_written(text, folded)


def _folded_places(folded: str, numbers: set[int]) -> dict[int, int]:
    """Where words begin in a folded text; goes the way of `words_of`, but keeps every length."""
    data = folded.encode("utf-8", "surrogatepass")
    if b"\n" in data:
        data = PARAGRAPH.sub(_padded_stop, data.replace(b"\r\n", b" \n"))
    spaced = data.translate(BYTES).decode("utf-8", "surrogatepass")
    spaced = INNER_STOP.sub(lambda stops: " " * len(stops.group()), spaced)
    parts = spaced.split(" ")
    ends = list(accumulate(map(len, parts)))
    words = list(compress(range(len(parts)), parts))
    places: dict[int, int] = {}
    for number in numbers:
        at = words[number]
        places[number] = ends[at] + at - len(parts[at].lstrip(STOP))
    return places


def _padded_stop(gap: re.Match[bytes]) -> bytes:
    return b"." + b"\n" * (len(gap.group()) - 1)


def _as_written(text: Cut, places: dict[int, int]) -> dict[int, int]:
    """Goes through the text cluster by cluster (a letter with its marks), as far as the last place."""
    last = max(places.values())
    starts_folded: list[int] = []
    starts: list[int] = []
    at_folded = at = 0
    for cluster in _clusters(text.original):
        if at_folded > last:
            break
        length = 1 if cluster.isascii() and len(cluster) == 1 else len(fold(cluster))
        if length:
            starts_folded.append(at_folded)
            starts.append(at)
        at_folded += length
        at += len(cluster)
    return {number: starts[bisect_right(starts_folded, place) - 1] for number, place in places.items()}


def _clusters(text: str) -> list[str]:
    """`text` in pieces that compose (NFC) by themselves."""
    clusters: list[str] = []
    start = 0
    for at in range(1, len(text)):
        if not _joins(text[at]):
            clusters.append(text[start:at])
            start = at
    return [*clusters, text[start:]] if text else []


def _joins(letter: str) -> bool:
    """Whether `letter` may be composed with what stands before it."""
    return letter >= "\u0300" and (unicodedata.category(letter) in ("Mn", "Mc", "Me") or "\u1160" <= letter <= "\u11ff")
