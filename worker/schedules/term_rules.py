"""What a term may look like: the rules for words and phrases that operators (and subscribers' searches) write."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

MAX_WORDS = 8
MIN_PREFIX = 3
MAX_PREFIXES = 2
"""Words with * in one term: each leads a text on to any number of others, so that more of them cost without end."""
MAX_LENGTH = 100

_CONFUSABLE = {name.upper(): name for name in ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee")}
"""Alphabets with letters that look alike: a word that mixes two of them is a slip that nobody sees."""

_VISIBLE_FORMATS = frozenset("\xad\u200c\u200d\u200b\u2060\ufeff")
"""Invisible characters that come with pasted text and change nothing; they are dropped."""


def usable_term(term: str) -> str:
    """`term` itself; ValueError says what is wrong with it."""
    words = re.findall(r"\w+\*?|\*", term)
    if not any(character.isalnum() for character in term):
        raise ValueError("has no letter or digit")
    if len(words) > MAX_WORDS:
        raise ValueError(f"has more than {MAX_WORDS} words")
    if "*" in re.sub(r"\w\*(?!\w)", "", term):
        raise ValueError("may use * only at the end of a word, such as drone*")
    if sum(word.endswith("*") for word in words) > MAX_PREFIXES:
        raise ValueError(f"has more than {MAX_PREFIXES} words with *")
    if words[0].endswith("*") and len(words[0]) <= MIN_PREFIX:
        raise ValueError(f"needs {MIN_PREFIX} letters or more before *")
    for word in words:
        _refuse_mixed(word)
    return term


def visible_text(text: object) -> object:
    """`text` composed (NFC) and without invisible characters; ValueError for control characters."""
    if not isinstance(text, str):
        return text
    kept = "".join(character for character in text if character not in _VISIBLE_FORMATS)
    for character in kept:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co"):
            raise ValueError(f"holds the unprintable character U+{ord(character):04X}; write it without")
    return unicodedata.normalize("NFC", kept)


def _refuse_mixed(word: str) -> None:
    if word.isascii():
        return
    letters: dict[str, str] = {}
    for letter in word:
        if letter.isalpha() and (script := unicodedata.name(letter, "").split(" ")[0]) in _CONFUSABLE:
            letters.setdefault(_CONFUSABLE[script], letter)
    if len(letters) > 1:
        shown = " and ".join(f"{script} ({letter})" for script, letter in sorted(letters.items()))
        raise ValueError(f"mixes {shown} letters in one word; such letters look alike, write it in one alphabet")


Term = Annotated[
    str,
    BeforeValidator(visible_text),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LENGTH),
    AfterValidator(usable_term),
]
"""A word or phrase. Plurals and possessives are understood; `drone*` stands for any ending."""

Terms = tuple[Term, ...]
