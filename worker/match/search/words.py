"""Words as saved searches compare them: which stem a word has, and how common it is."""

from __future__ import annotations

from collections.abc import Iterable

import snowballstemmer

from worker.match.text import STOP, plain

COMMON = frozenset(
    """
    a about after again against all also although among an and another any are as at be because been before being
    between both but by can could did do does during each even every few for from further get had has have having he
    her here hers him his how i if in into is it its itself just last least less let like made make many may me might
    more most much must my near new no nor not now of off on once one only or other our out over own per said same say
    says she should since so some still such than that the their them then there these they this those three through to
    today told too two under until up upon us very was we were what when where which while who whom why will with within
    without would year years yet you your
    """.split()  # noqa: SIM905 - reads better
)
"""English words that nearly every article holds: they narrow nothing down, alone."""

_REMEMBERED = 200_000


class _Stems(dict[str, str]):
    """From a word, with or without its stops, to its stem; the stemmer goes by the alphabet, for a query has no
    language."""

    def __init__(self) -> None:
        super().__init__()
        self._english = snowballstemmer.stemmer("english").stemWord
        self._russian = snowballstemmer.stemmer("russian").stemWord

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        if STOP in word:
            found = self[plain(word)]
        elif word.isascii():
            found = self._english(word) if word.isalpha() else word
        else:
            found = self._russian(word) if "\u0400" <= word[0] <= "\u04ff" else word
        self[word] = found
        return found


_STEMS = _Stems()


def stem(word: str) -> str:
    """What all inflections of a folded word have in common: `drones` and `drone` give the same."""
    return _STEMS[word]


def stems(words: Iterable[str]) -> Iterable[str]:
    return map(_STEMS.__getitem__, words)
