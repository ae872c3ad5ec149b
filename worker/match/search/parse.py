"""Reads a query: `drones AND (Belarus OR Minsk) NOT "drone show" title:border* source:reuters about:icebreaker`.

Words side by side are all wanted, as with AND; NOT (or a minus sign) binds closest, then AND, then OR. A mistake is
reported with its place. Lengths and depths are bounded, so that no query costs more than a fixed amount.
"""

from __future__ import annotations

import re

from worker.match.search.leaf import read_leaf
from worker.match.search.query import About, And, Field, Leaf, Not, Or, Query
from worker.match.search.tokens import QueryError, Token, tokens_of
from worker.match.search.words import COMMON

__all__ = ["QueryError", "parse"]

MAX_LENGTH = 500
"""Characters of a query."""
MAX_LEAVES = 40
"""Words and phrases of a query."""
MAX_DEPTH = 8
"""Brackets within brackets."""

_FIELD = re.compile(r"(title|source|about):", re.IGNORECASE)


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
        self._tokens = tokens_of(text)
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
        while (token := self._next()) is not None and token.kind != "close" and not token.says("OR"):
            self._skip("AND")
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Query:
        token = self._next()
        if token is None:
            raise self._error("Something is missing here: write a word, a phrase or a bracket", len(self._text) + 1)
        if token.says("NOT"):
            self._at += 1
            return self._deeper(token, lambda: Not(self._one()))
        if token.kind == "word" and token.text.startswith("-") and len(token.text) > 1:
            self._replace(token, token.text[1:], token.at + 1)
            return self._deeper(token, lambda: Not(self._one()))
        if token.text == "-" and self._touches_next(token):
            self._at += 1
            return self._deeper(token, lambda: Not(self._one()))
        if token.kind == "close" or token.says("AND") or token.says("OR"):
            if token.kind == "close" and self._at and self._tokens[self._at - 1].kind == "open":
                raise self._error("These brackets are empty: a word is missing in them", token.at)
            before = "after AND, OR or NOT" if self._at and token.kind == "close" else f"before {token.text}"
            raise self._error(f"A word is missing {before}: operators stand between two words", token.at)
        self._at += 1
        if token.kind == "open":
            return self._bracket(token, Field.ANY, about=False)
        if token.kind == "word" and (found := _FIELD.match(token.text)):
            return self._in_field(token, found)
        return self._leaf(token, Field.ANY)

    def _bracket(self, opened: Token, field: Field, *, about: bool) -> Query:
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

    def _in_field(self, token: Token, found: re.Match[str]) -> Query:
        name = found[1].lower()
        about = name == "about"
        if about and self._in_about:
            raise self._error("about: stands inside about: already; write it once", token.at)
        field = Field.ANY if about else Field(name)
        rest, at = token.text[found.end() :], token.at + found.end()
        if rest:
            inner = Token("word", rest, at)
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

    def _placed(self, query: Query, field: Field, opened: Token) -> Query:
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

    def _leaf(self, token: Token, field: Field) -> Leaf:
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise self._error(f"A search may have {MAX_LEAVES} words and phrases; save two searches instead", token.at)
        return read_leaf(token, field, self._text)

    def _deeper(self, token: Token, read: object) -> Query:
        assert callable(read)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"More than {MAX_DEPTH} brackets or NOTs lie in one another: write it simpler", token.at)
        query: Query = read()
        self._depth -= 1
        return query

    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _skip(self, operator: str) -> bool:
        token = self._next()
        if token is None or not token.says(operator):
            return False
        self._at += 1
        return True

    def _touches_next(self, token: Token) -> bool:
        """Whether something follows without a space: `-(Minsk)` denies, a dash between two words does not."""
        following = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else None
        return following is not None and following.at == token.at + 1 and following.kind != "close"

    def _replace(self, token: Token, text: str, at: int) -> None:
        """Put the rest of a token in its place."""
        self._tokens[self._at] = Token(token.kind, text, at)

    def _error(self, problem: str, at: int) -> QueryError:
        return QueryError(problem, self._text, at)


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
