"""How a term that an operator wrote can look in a text: plurals, possessives, hyphens."""

from __future__ import annotations

import re

from worker.match.stemming import stemmer_of
from worker.match.text import fold, plain, words_of

Pattern = tuple[str, ...]
"""The words of one form of a term; `drone*` stands for every word beginning so, `ru~дрон` for all words of a stem."""

STEM_MARK = "~"

_SIBILANT = ("s", "x", "z", "ch", "sh")
_VOWELS = frozenset("aeiou")
_HYPHEN = re.compile(r"(?<=\w)[-\u2010\u2011](?=\w)")
_ANY_ENDING = "\ua66e"
"""A letter that stands for * while a term is cut into words."""


def forms_of(term: str, stemmed_in: str | None = None) -> set[Pattern]:
    """Every pattern under which `term` is found. `counter-drone` is written `counterdrone` too, `MQ-9` `MQ9`.

    With a language it is found in every form that has the same stem there.
    """
    spellings = {_words(term), _words(_HYPHEN.sub("", term))} - {()}
    if stemmed_in is not None:
        return {tuple(_stemmed(word, stemmed_in) for word in words) for words in spellings}
    return {form for words in spellings for form in _inflected(words)}


def _stemmed(word: str, language: str) -> str:
    if word.endswith("*") or not word.isalpha():
        return word
    return f"{language}{STEM_MARK}{stemmer_of(language).stem(word)}"


def _words(term: str) -> Pattern:
    found = (plain(word) for word in words_of(fold(term.replace("*", _ANY_ENDING))))
    return tuple(word.replace(_ANY_ENDING, "*") for word in found if word.strip(_ANY_ENDING))


def _inflected(words: Pattern) -> set[Pattern]:
    last = words[-1]
    if last.endswith("*") or not last[-1].isalpha():
        return {words}
    endings = {last + "s"}
    if last.endswith(_SIBILANT):
        endings.add(last + "es")
    elif last.endswith("y") and len(last) > 2 and last[-2] not in _VOWELS:
        endings.add(last[:-1] + "ies")
    elif last.endswith("man") and last.isascii() and len(last) > 4:
        endings.add(last[:-3] + "men")
    return {words, *((*words[:-1], ending) for ending in endings)}
