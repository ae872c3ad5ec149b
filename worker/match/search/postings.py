"""Which searches hang on which words: arrays that lie close together, for memory is what finding them waits for.

An entry says: who has the word `anchor` and the word `other` is a candidate for a search. New entries wait in a dict;
as they become many they are moved into a block of arrays, and small blocks into larger ones, each step short.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.match.search.vocabulary import Token

SearchId = int
Numbers = NDArray[np.int32]

MOST_RECENT = 4_096
"""Entries that wait in the dict."""
LARGEST = 400_000
"""Entries of a block that is not merged with another: this bounds how long adding a search can take."""
_FACTOR = 8
"""A block is merged into the one before it unless that is so many times as large."""
_GONE = -1
"""Instead of the other word of an entry that was taken out: a word that no article has."""


class Entry(NamedTuple):
    anchor: Token
    other: Token
    """The anchor itself where it is enough."""
    search: SearchId


class Postings:
    """Entries by their anchors."""

    def __init__(self, *, most_recent: int = MOST_RECENT, largest: int = LARGEST) -> None:
        self._most_recent, self._largest = most_recent, largest
        self._recent: dict[Token, list[Entry]] = {}
        self._waiting = 0
        self._blocks: list[_Block] = []

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._recent.setdefault(entry.anchor, []).append(entry)
            self._waiting += 1
        if self._waiting >= self._most_recent:
            self._move()

    def remove(self, search: SearchId, anchors: Iterable[Token]) -> None:
        """Take out the entries of a search, of which these are all anchors."""
        for anchor in anchors:
            recent = self._recent.get(anchor, [])
            kept = [entry for entry in recent if entry.search != search]
            self._waiting -= len(recent) - len(kept)
            if kept:
                self._recent[anchor] = kept
            elif recent:
                del self._recent[anchor]
            if len(kept) == len(recent):
                for block in self._blocks:
                    block.remove(search, anchor)
        for number, block in enumerate(self._blocks):
            if block.is_mostly_gone:
                self._blocks[number] = _Block.of([block])

    def find(self, tokens: set[Token]) -> set[SearchId]:
        """The searches with an entry of which the article has both words."""
        waiting = filter(None, map(self._recent.get, tokens))
        found = {entry.search for entries in waiting for entry in entries if entry.other in tokens}
        if self._blocks and tokens:
            held = np.fromiter(tokens, np.int32, len(tokens))
            there = np.zeros(int(held.max()) + 2, np.bool_)  # the last one, which _GONE is, stays False
            there[held] = True
            for block in self._blocks:
                found.update(block.find(held, there))
        return found

    def _move(self) -> None:
        """Make a block of what waits, and merge it with those before it."""
        entries = [entry for waiting in self._recent.values() for entry in waiting]
        self._recent, self._waiting = {}, 0
        self._blocks.append(_Block.from_entries(entries))
        while len(self._blocks) > 1 and self._are_merged(*self._blocks[-2:]):
            self._blocks[-2:] = [_Block.of(self._blocks[-2:])]

    def _are_merged(self, before: _Block, last: _Block) -> bool:
        return len(before) < _FACTOR * len(last) and len(before) + len(last) <= self._largest


class _Block:
    """Entries in the order of their anchors: those of anchor n stand from `starts[n]` up to `starts[n + 1]`."""

    def __init__(self, anchors: Numbers, others: Numbers, searches: NDArray[np.int64]) -> None:
        order = np.argsort(anchors, kind="stable")  # merges what is sorted already
        self._others, self._searches = others[order], searches[order]
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(anchors)))).astype(np.int32)
        self._gone = 0

    @classmethod
    def from_entries(cls, entries: list[Entry]) -> _Block:
        anchors, others, searches = zip(*entries, strict=True)
        return cls(np.array(anchors, np.int32), np.array(others, np.int32), np.array(searches, np.int64))

    @classmethod
    def of(cls, blocks: list[_Block]) -> _Block:
        """What is left of some blocks, in one."""
        anchors, others, searches = zip(*(block._left() for block in blocks), strict=True)
        return cls(np.concatenate(anchors), np.concatenate(others), np.concatenate(searches))

    def __len__(self) -> int:
        return len(self._others)

    @property
    def is_mostly_gone(self) -> bool:
        return 0 < len(self) < 2 * self._gone

    def find(self, held: Numbers, there: NDArray[np.bool_]) -> list[SearchId]:
        """The searches of entries with an anchor that is held, and another word that is there."""
        known = held[held < len(self._starts) - 1]  # not the words that came later
        first = self._starts[known]
        counts = self._starts[known + 1] - first
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        places = np.repeat(first - ends + counts, counts) + np.arange(total, dtype=np.int32)
        others = self._others[places]
        others[others >= len(there)] = _GONE
        found: list[SearchId] = self._searches[places[there[others]]].tolist()
        return found

    def remove(self, search: SearchId, anchor: Token) -> None:
        if anchor < len(self._starts) - 1:
            part = slice(self._starts[anchor], self._starts[anchor + 1])
            mine = (self._searches[part] == search) & (self._others[part] != _GONE)
            self._others[part][mine] = _GONE
            self._gone += int(mine.sum())

    def _left(self) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
        anchors = np.repeat(np.arange(len(self._starts) - 1, dtype=np.int32), np.diff(self._starts))
        left = self._others != _GONE
        return anchors[left], self._others[left], self._searches[left]
