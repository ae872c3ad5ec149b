"""The words that any search asks for, each with a number; and which of them an article holds.

A number stands for a word in a field and a way of looking: `drones` as written, its stem, `dron*`, the same in the
title or in the source. What remains of an article is the set of the numbers that are true of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from worker.match.search.article import Reading
from worker.match.search.query import Field, Leaf
from worker.match.search.words import stem
from worker.match.text import plain

Token = int

_OPENING = 3
_REMEMBERED = 100_000


class _Ways(dict[str, tuple[Token, ...]]):
    """How words are looked for in one field. From a word of an article, with its stops, to the numbers that are true.

    What a word gives is worked out once and remembered, up to a limit and until a number comes new.
    """

    def __init__(self) -> None:
        super().__init__()
        self.exact: dict[str, Token] = {}
        self.stems: dict[str, Token] = {}
        self.prefixes: dict[int, dict[str, Token]] = {}
        """By their length."""
        self._openings: set[str] = set()
        """The first three letters of the prefixes."""

    def __missing__(self, word: str) -> tuple[Token, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = numbers = tuple(self._work_out(plain(word)))
        return numbers

    def number(self, text: str, kind: dict[str, Token], new: Token) -> Token:
        """The number of a text, which is `new` where it had none."""
        number = kind.setdefault(text, new)
        if number == new:
            self.clear()
        return number

    def of_prefix(self, prefix: str) -> dict[str, Token]:
        self._openings.add(prefix[:_OPENING])
        return self.prefixes.setdefault(len(prefix), {})

    def _work_out(self, word: str) -> Iterator[Token]:
        if (number := self.exact.get(word)) is not None:
            yield number
        if (number := self.stems.get(stem(word))) is not None:
            yield number
        if word[:_OPENING] in self._openings:
            for length, numbers in self.prefixes.items():
                if length <= len(word) and (number := numbers.get(word[:length])) is not None:
                    yield number


class Vocabulary:
    """Numbers for the words of searches. Grows by `tokens_of`; never shrinks, so that numbers stay true."""

    def __init__(self) -> None:
        self._ways = {field: _Ways() for field in Field}
        self.size = 0

    def tokens_of(self, leaf: Leaf) -> list[Token]:
        """A number for each word of a leaf, of which all must be true for the leaf to be."""
        if len(leaf.words) == 1:
            return [self._token(leaf.words[0], leaf.field, exact=leaf.exact, prefix=leaf.prefix)]
        *before, last = leaf.words
        tokens = [self._token(word, leaf.field, exact=True, prefix=False) for word in before]
        return [*tokens, self._token(last, leaf.field, exact=True, prefix=leaf.prefix)]

    def _token(self, word: str, field: Field, *, exact: bool, prefix: bool) -> Token:
        ways = self._ways[field]
        if prefix:
            token = ways.number(word, ways.of_prefix(word), self.size)
        elif exact:
            token = ways.number(word, ways.exact, self.size)
        else:
            token = ways.number(stem(word), ways.stems, self.size)
        self.size += token == self.size
        return token

    def found_in(self, reading: Reading) -> set[Token]:
        """The numbers of all that the article holds."""
        found: set[Token] = set()
        for field, ways in self._ways.items():
            if ways.exact or ways.stems or ways.prefixes:
                found.update(*map(ways.__getitem__, reading.words(field).written))
        return found
