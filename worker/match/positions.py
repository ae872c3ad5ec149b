"""Where the words of a folded text stand in the text as it was written, whatever was composed, dropped or replaced."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

from worker.match.text import STOP, Cut, fold


def places_of(text: Cut, numbers: set[int]) -> dict[int, int]:
    """Character offsets, in the text as it was written, of the words with these numbers."""
    folded = _folded_places(text, numbers)
    if text.original.isascii() or not folded:
        return folded
    return _as_written(text, folded)


def _folded_places(text: Cut, numbers: set[int]) -> dict[int, int]:
    places: dict[int, int] = {}
    whole = text.folded if numbers else ""
    at = 0
    for number in range(max(numbers, default=-1) + 1):
        runs = text.words[number].strip(STOP).split(STOP)
        for position, run in enumerate(runs):
            at = whole.index(run, at)
            if position == 0 and number in numbers:
                places[number] = at
            at += len(run)
    return places


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
