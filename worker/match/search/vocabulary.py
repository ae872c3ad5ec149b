"""The words that any search asks for, each with a number; and which of them an article holds.

A number stands for a word in a field and a way of looking: `drones` as written, its stem, `dron*`, the same in the
title or in the source. What remains of an article is the set of the numbers that are true of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from worker.match.search.article import Reading, Words
from worker.match.search.query import Field, Leaf
from worker.match.search.words import stem

Token = int


class Way(NamedTuple):
    """How a single word is looked for in one field: three tables from a text to its number."""

    exact: dict[str, Token]
    stems: dict[str, Token]
    prefixes: dict[int, dict[str, Token]]
    """By their length."""
    openings: set[str]
    """The first three letters of the prefixes."""


_OPENING = 3


class Vocabulary:
    """Numbers for the words of searches. Grows by `token`; never shrinks, so that numbers stay true."""

    def __init__(self) -> None:
        self._ways = {field: Way({}, {}, {}, set()) for field in Field}
        self.size = 0

    def tokens_of(self, leaf: Leaf) -> list[Token]:
        """A number for each word of a leaf, of which all must be true for the leaf to be."""
        if len(leaf.words) == 1:
            return [self._token(leaf.words[0], leaf.field, exact=leaf.exact, prefix=leaf.prefix)]
        *before, last = leaf.words
        tokens = [self._token(word, leaf.field, exact=True, prefix=False) for word in before]
        return [*tokens, self._token(last, leaf.field, exact=True, prefix=leaf.prefix)]

    def _token(self, word: str, field: Field, *, exact: bool, prefix: bool) -> Token:
        way = self._ways[field]
        if prefix:
            way.openings.add(word[:_OPENING])
            numbers = way.prefixes.setdefault(len(word), {})
        elif exact:
            numbers = way.exact
        else:
            word, numbers = stem(word), way.stems
        token = numbers.get(word)
        if token is None:
            numbers[word] = token = self.size
            self.size += 1
        return token

    def found_in(self, reading: Reading) -> set[Token]:
        """The numbers of all that the article holds."""
        found: set[Token] = set()
        for field, way in self._ways.items():
            if way.exact or way.stems or way.prefixes:
                _look(way, reading.words(field), found)
        return found


def _look(way: Way, words: Words, found: set[Token]) -> None:
    distinct = words.distinct
    found.update(map(way.exact.__getitem__, way.exact.keys() & distinct))
    found.update(map(way.stems.__getitem__, way.stems.keys() & words.stems))
    if way.openings:
        found.update(_prefixes(way, (word for word in distinct if word[:_OPENING] in way.openings)))


def _prefixes(way: Way, words: Iterable[str]) -> Iterable[Token]:
    lengths = sorted(way.prefixes)
    for word in words:
        for length in lengths:
            if length > len(word):
                break
            token = way.prefixes[length].get(word[:length])
            if token is not None:
                yield token
