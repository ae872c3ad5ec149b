"""Reads a query: `drones AND (Belarus OR Minsk) NOT "drone show" title:border* source:reuters about:icebreaker`.

Words side by side are all wanted, as with AND; NOT (or a minus sign) binds closest, then AND, then OR. A mistake is
reported with its place. Lengths and depths are bounded, so that no query costs more than a fixed amount.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from worker.errors import InvalidInput
from worker.match.search.query import About, And, Field, Leaf, Not, Or, Query
from worker.match.search.words import COMMON
from worker.match.text import fold, plain, words_of

MAX_LENGTH = 500
"""Characters of a query."""
MAX_LEAVES = 40
"""Words and phrases of a query."""
MAX_DEPTH = 8
"""Brackets within brackets."""
MAX_PHRASE = 8
"""Words of a phrase."""
MIN_PREFIX = 3
"""Letters before a *."""

_TOKEN = re.compile(r'\s+|(?P<phrase>"[^"]*"?)|(?P<open>\()|(?P<close>\))|(?P<word>[^\s()"]+)')
_FIELD = re.compile(r"(title|source|about):", re.IGNORECASE)
_ANY_FIELD = re.compile(r"([^\W\d_]+):(?=.|$)")
_STAR = "\ua66e"
"""A letter that stands for * while words are cut."""
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\uff02": '"'})


class QueryError(InvalidInput):
    """A query that cannot be used; `position` counts characters from 1."""

    def __init__(self, problem: str, query: str, position: int) -> None:
        shown = "".join(" " if unicodedata.category(char).startswith("C") else char for char in query)
        super().__init__(f"{problem} (at character {position})\n  {shown}\n  {' ' * (position - 1)}^")
        self.problem, self.query, self.position = problem, query, position


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Query:
    """The query that `text` writes; QueryError says what is wrong with it, and where."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"A search may have {MAX_LENGTH} characters; this one has {len(text)}", text[:60], 1)
    query = _Parser(text).read()
    _refuse_unbound(query, text)
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._leaves = 0
        self._depth = 0
        self._in_about = False

    def read(self) -> Query:
        if not self._tokens:
            raise self._error("The search is empty: write a word, such as drones", 1)
        query = self._either()
        if (token := self._next()) is not None:
            raise self._error("This bracket closes nothing: remove it, or open one before", token.at)
        return query

    def _either(self) -> Query:
        parts = [self._all()]
        while self._skip("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Query:
        parts = [self._one()]
        while (token := self._next()) is not None and token.kind != "close" and not _is(token, "OR"):
            self._skip("AND")
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Query:
        token = self._next()
        if token is None:
            raise self._error("Something is missing here: write a word, a phrase or a bracket", len(self._text) + 1)
        if _is(token, "NOT"):
            self._at += 1
            return self._deeper(token, lambda: Not(self._one()))
        if token.kind == "word" and token.text.startswith("-") and len(token.text) > 1:
            self._replace(token, token.text[1:], token.at + 1)
            return self._deeper(token, lambda: Not(self._one()))
        if token.text == "-":
            self._at += 1
            return self._deeper(token, lambda: Not(self._one()))
        if token.kind == "close" or _is(token, "AND") or _is(token, "OR"):
            before = "after AND, OR or NOT" if self._at and token.kind == "close" else f"before {token.text}"
            raise self._error(f"A word is missing {before}: operators stand between two words", token.at)
        self._at += 1
        if token.kind == "open":
            return self._bracket(token, Field.ANY, about=False)
        if token.kind == "word" and (found := _FIELD.match(token.text)):
            return self._in_field(token, found)
        return self._leaf(token, Field.ANY)

    def _bracket(self, opened: _Token, field: Field, *, about: bool) -> Query:
        def inside() -> Query:
            query = self._either()
            if (token := self._next()) is None or token.kind != "close":
                raise self._error("This bracket is never closed: write ) where it ends", opened.at)
            self._at += 1
            return query

        self._in_about = self._in_about or about
        query = self._deeper(opened, inside)
        self._in_about = self._in_about and not about
        return About(query) if about else query if field is Field.ANY else self._placed(query, field, opened)

    def _in_field(self, token: _Token, found: re.Match[str]) -> Query:
        name = found[1].lower()
        about = name == "about"
        if about and self._in_about:
            raise self._error("about: stands inside about: already; write it once", token.at)
        field = Field.ANY if about else Field(name)
        rest, at = token.text[found.end() :], token.at + found.end()
        if rest:
            inner = _Token("word", rest, at)
            if _FIELD.match(rest):
                raise self._error("A field cannot stand in another: write one word or phrase after the colon", at)
            leaf = self._leaf(inner, field)
            return About(leaf) if about else leaf
        following = self._next()
        if following is None or following.at != at or following.kind not in ("phrase", "open"):
            raise self._error(f"Nothing follows {name}: write a word or a phrase right after the colon", token.at)
        self._at += 1
        if following.kind == "open":
            return self._bracket(following, field, about=about)
        leaf = self._leaf(following, field)
        return About(leaf) if about else leaf

    def _placed(self, query: Query, field: Field, opened: _Token) -> Query:
        """The same query with every word looked for in `field`."""
        if isinstance(query, Leaf):
            if query.field is not Field.ANY:
                raise self._error("A field cannot stand in another: write it outside of these brackets", opened.at)
            return Leaf(query.words, field, query.exact, query.prefix)
        if isinstance(query, And | Or):
            return type(query)(tuple(self._placed(part, field, opened) for part in query.parts))
        if isinstance(query, Not):
            return Not(self._placed(query.part, field, opened))
        raise self._error("about: cannot stand inside title: or source:", opened.at)

    def _leaf(self, token: _Token, field: Field) -> Leaf:
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise self._error(f"A search may have {MAX_LEAVES} words and phrases; save two searches instead", token.at)
        if token.kind == "phrase" and (len(token.text) < 2 or not token.text.endswith('"')):
            raise self._error('This phrase is never closed: write " where it ends', token.at)
        quoted = token.kind == "phrase"
        written = token.text[1:-1] if quoted else token.text
        self._check_word(written, token, quoted)
        cut = (plain(word) for word in words_of(fold(written.replace("*", _STAR))))
        words = tuple(word for word in cut if word)
        self._check_alphabets(words, token)
        if not words or not any(char.isalnum() for word in words for char in word.replace(_STAR, "")):
            said = "phrase" if quoted else "sign"
            raise self._error(f"This {said} holds no letter or digit: write a word", token.at)
        prefix = words[-1].endswith(_STAR)
        words = (*words[:-1], words[-1].rstrip(_STAR))
        if any(_STAR in word for word in words):
            raise self._error("* may stand only at the end of a word, such as dron*", token.at + written.index("*"))
        if prefix and len(words[-1]) < MIN_PREFIX:
            raise self._error(f"* needs {MIN_PREFIX} letters or more before it, such as dron*", token.at)
        if len(words) > MAX_PHRASE:
            raise self._error(f"A phrase may have {MAX_PHRASE} words; this one has {len(words)}", token.at)
        return Leaf(words, field, exact=quoted or len(words) > 1, prefix=prefix)

    def _check_word(self, written: str, token: _Token, quoted: bool) -> None:
        for char in written:
            if unicodedata.category(char) in ("Cc", "Cs", "Co") and not char.isspace():
                raise self._error("This holds a control character: write the word again", token.at)
        if quoted:
            return
        if written in ("and", "or", "not"):
            told = f'Write {written.upper()} in capitals to combine words, or "{written}" in quotes to look for it'
            raise self._error(told, token.at)
        if (found := _ANY_FIELD.match(written)) is not None and not written.startswith(("http:", "https:")):
            told = f"{found[1]}: is no field: there are title:, source: and about:. For the word itself write quotes"
            raise self._error(told, token.at)

    def _check_alphabets(self, words: Iterable[str], token: _Token) -> None:
        for word in words:
            if (mixed := _mixed_word(word.replace(_STAR, ""))) is not None:
                raise self._error(f"{mixed!r} mixes letters of two alphabets that look alike: write it again", token.at)

    def _deeper(self, token: _Token, read: object) -> Query:
        assert callable(read)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"More than {MAX_DEPTH} brackets or NOTs lie in one another: write it simpler", token.at)
        query: Query = read()
        self._depth -= 1
        return query

    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _skip(self, operator: str) -> bool:
        token = self._next()
        if token is None or not _is(token, operator):
            return False
        self._at += 1
        return True

    def _replace(self, token: _Token, text: str, at: int) -> None:
        """Put the rest of a token in its place."""
        self._tokens[self._at] = _Token(token.kind, text, at)

    def _error(self, problem: str, at: int) -> QueryError:
        return QueryError(problem, self._text, at)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(text.translate(_QUOTES)):
        if found.lastgroup is not None:
            tokens.append(_Token(found.lastgroup, found[0], found.start() + 1))
    return tokens


def _is(token: _Token, operator: str) -> bool:
    return token.kind == "word" and token.text == operator


def _mixed_word(written: str) -> str | None:
    """The first word with Latin letters beside Cyrillic or Greek ones, which nobody types on purpose."""
    if written.isascii():
        return None
    for word in re.findall(r"[^\W\d_]+", written):
        alphabets = {unicodedata.name(char, "").partition(" ")[0] for char in word} & {"LATIN", "CYRILLIC", "GREEK"}
        if len(alphabets) > 1:
            return str(word)
    return None


def _refuse_unbound(query: Query, text: str) -> None:
    """A query has to want something: one that only denies, or that any article answers, finds nearly everything."""
    if not _binds(query):
        told = "This finds nearly every article: it needs a word that is to be found, not only NOTs or common words"
        raise QueryError(told, text, 1)


def _binds(query: Query) -> bool:
    """Whether no article can answer the query without some particular word."""
    if isinstance(query, Leaf):
        return query.prefix or len(query.words) > 2 or not COMMON.issuperset(query.words)
    if isinstance(query, And):
        return any(_binds(part) for part in query.parts)
    if isinstance(query, Or):
        return all(_binds(part) for part in query.parts)
    if isinstance(query, Not):
        return isinstance(query.part, Not) and _binds(query.part.part)
    return _binds(query.part)
