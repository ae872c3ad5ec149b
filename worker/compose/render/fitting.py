"""How much of an edition fits into one mail: a pure decision on sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LARGEST_HTML = 100_000
"""Bytes after substitution: Gmail cuts a mail off at about 102 KB, unsubscribe link and all."""


@dataclass(frozen=True)
class Fit:
    """Of the articles in their order: so many as cards, the next ones as titles, the rest only online."""

    cards: int
    lines: int
    online: int


def fit(cards: Sequence[int], lines: Sequence[int], *, room: int, frame_of_more: int) -> Fit:
    """What fits into `room` bytes: `cards` are the sizes of those that may be cards, `lines` of all articles as titles.

    `frame_of_more` is what the list of titles takes besides its lines. A fifth of the room is kept for titles,
    so that the list never shrinks to a mere number.
    """
    total = len(lines)
    if len(cards) == total and sum(cards) <= room:
        return Fit(total, 0, 0)
    room -= frame_of_more
    shown = _how_many(cards, room - min(sum(lines), room // 5))
    listed = _how_many(lines[shown:], room - sum(cards[:shown]))
    return Fit(shown, listed, total - shown - listed)


def _how_many(sizes: Sequence[int], room: int) -> int:
    taken = 0
    for count, size in enumerate(sizes):
        taken += size
        if taken > room:
            return count
    return len(sizes)
