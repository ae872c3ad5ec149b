"""How a term that an operator wrote can look in a text: plurals, possessives, hyphens, initials."""

from __future__ import annotations

import re

from worker.match.text import fold

Pattern = tuple[str, ...]
"""The words of one form of a term; one that ends in * stands for every word beginning so."""

_SIBILANT = ("s", "x", "z", "ch", "sh")
_VOWELS = frozenset("aeiou")


def forms_of(term: str) -> set[Pattern]:
    """Every pattern under which `term` is found."""
    words = tuple(re.findall(r"[^\W_]+\*?", fold(term).replace("'s ", " ").removesuffix("'s")))
    spellings = {words} | _joined(term) | _with_initials(term)
    return {form for words in spellings if words for form in _inflected(words)}


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


def _joined(term: str) -> set[Pattern]:
    """`counter-drone` is written `counterdrone` too, and `MQ-9` `MQ9`."""
    if not re.search(r"\w-\w", term):
        return set()
    return {tuple(re.findall(r"[^\W_]+\*?", fold(re.sub(r"(?<=\w)-(?=\w)", "", term))))}


def _with_initials(term: str) -> set[Pattern]:
    """`US` is written `U.S.` too, which is cut into the words u and s, and the other way round."""
    found = set()
    if re.search(r"\b\w\.\w", term):
        found.add(tuple(re.findall(r"[^\W_]+\*?", fold(re.sub(r"(?<=\b\w)\.", "", term)))))
    if re.search(r"\b[A-Z]{2,4}\b", term):
        spread = re.sub(r"\b[A-Z]{2,4}\b", lambda initials: " ".join(initials.group()), term)
        found.add(tuple(re.findall(r"[^\W_]+\*?", fold(spread))))
    return found
