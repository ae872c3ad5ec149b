"""One word or phrase of a query, checked and folded as articles' words are."""

from __future__ import annotations

import re
import unicodedata

from worker.match.search.query import Field, Leaf
from worker.match.search.tokens import QueryError, Token
from worker.match.text import fold, plain, words_of

MAX_PHRASE = 8
"""Words of a phrase."""
MIN_PREFIX = 3
"""Letters before a *."""

_OPERATORS = ("and", "or", "not")
_ANY_FIELD = re.compile(r"([^\W\d_]+):(?=.|$)")
_STAR = "\ua66e"
"""A letter that stands for * while words are cut; nobody may write it."""


def read_leaf(token: Token, field: Field, query: str) -> Leaf:
    """What a word or phrase of `query` asks for; QueryError says what is wrong with it."""
    quoted = token.kind == "phrase"
    if quoted and (len(token.text) < 2 or not token.text.endswith('"')):
        raise QueryError('This phrase is never closed: write " where it ends', query, token.at)
    written = token.text[1:-1] if quoted else token.text
    if problem := _problem(written, quoted):
        raise QueryError(problem, query, token.at)
    cut = (plain(word) for word in words_of(fold(written.replace("*", _STAR))))
    words = tuple(word for word in cut if word)
    if problem := _problem_of_words(words, quoted):
        raise QueryError(problem, query, token.at)
    prefix = words[-1].endswith(_STAR)
    words = (*words[:-1], words[-1].rstrip(_STAR))
    if any(_STAR in word for word in words):
        at = token.at + quoted + written.index("*")
        raise QueryError("* may stand only at the end of a word, such as dron*", query, at)
    if prefix and len(words[-1]) < MIN_PREFIX:
        raise QueryError(f"* needs {MIN_PREFIX} letters or more before it, such as dron*", query, token.at)
    if len(words) > MAX_PHRASE:
        raise QueryError(f"A phrase may have {MAX_PHRASE} words; this one has {len(words)}", query, token.at)
    return Leaf(words, field, exact=quoted or len(words) > 1, prefix=prefix)


def _problem(written: str, quoted: bool) -> str | None:
    """What is wrong with a word or phrase as it is written."""
    for char in written:
        if char == _STAR or (unicodedata.category(char) in ("Cc", "Cs", "Co") and not char.isspace()):
            return "This holds a character that no word has: write the word again"
    if quoted:
        return None
    if written.startswith("-") and len(written) > 1:
        return "A minus sign stands before all that it denies, such as -title:border: put it first"
    if (found := _ANY_FIELD.match(written)) is not None and not written.startswith(("http:", "https:")):
        return f"{found[1]}: is no field: there are title:, source: and about:. For the word itself write quotes"
    return None


def _problem_of_words(words: tuple[str, ...], quoted: bool) -> str | None:
    """What is wrong with its words once they are cut."""
    for word in words:
        if (mixed := _mixed_word(word.replace(_STAR, ""))) is not None:
            return f"{mixed!r} mixes letters of two alphabets that look alike: write it again"
    if not any(char.isalnum() for word in words for char in word.replace(_STAR, "")):
        return f"This {'phrase' if quoted else 'sign'} holds no letter or digit: write a word"
    if not quoted and len(words) == 1 and words[0] in _OPERATORS:
        (said,) = words
        return (
            f'Write {said.upper()} in capitals, and before any field, to combine words, or "{said}" in quotes to '
            "look for it"
        )
    return None


def _mixed_word(written: str) -> str | None:
    """The first word with Latin letters beside Cyrillic or Greek ones, which nobody types on purpose."""
    if written.isascii():
        return None
    for word in re.findall(r"[^\W\d_]+", written):
        alphabets = {unicodedata.name(char, "").partition(" ")[0] for char in word} & {"LATIN", "CYRILLIC", "GREEK"}
        if len(alphabets) > 1:
            return str(word)
    return None
