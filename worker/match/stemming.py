"""Stems of words, for the languages that have a stemmer. Only words that could be a term are stemmed."""

from __future__ import annotations

import unicodedata
from functools import cache

import snowballstemmer

from worker.schedules.topic_definition import STEMMED

_KEY = 2
"""Letters that a word and its stem's other forms begin with alike, accents aside (Haus, Häuser)."""


def opening(word: str) -> str:
    """What inflected forms of a word have in common at the least."""
    head = word[:_KEY]
    if head.isascii():
        return head
    return "".join(letter for letter in unicodedata.normalize("NFD", head) if not unicodedata.combining(letter))


class Stemmer:
    """The stems of one language, remembered up to a limit."""

    remembered = 20_000

    def __init__(self, language: str) -> None:
        self._stem = snowballstemmer.stemmer(STEMMED[language]).stemWord
        self._known: dict[str, str] = {}

    def stem(self, word: str) -> str:
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= self.remembered:
                self._known.clear()
            self._known[word] = known = self._stem(word)
        return known


@cache
def stemmer_of(language: str) -> Stemmer:
    """The one stemmer of a language (a key of STEMMED)."""
    return Stemmer(language)
