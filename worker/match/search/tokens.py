"""A query cut into words, phrases and brackets, each with its place; and how a mistake in it is told."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from worker.errors import InvalidInput

_TOKEN = re.compile(r'\s+|(?P<phrase>"[^"]*"?)|(?P<open>\()|(?P<close>\))|(?P<word>[^\s()"]+)')
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\uff02": '"'})


class QueryError(InvalidInput):
    """A query that cannot be used; `position` counts characters from 1."""

    def __init__(self, problem: str, query: str, position: int) -> None:
        shown = "".join(" " if unicodedata.category(char).startswith("C") else char for char in query)
        super().__init__(f"{problem} (at character {position})\n  {shown}\n  {' ' * (position - 1)}^")
        self.problem, self.query, self.position = problem, query, position


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: `word`, `phrase`, `open` or `close`; `at` counts characters from 1."""

    kind: str
    text: str
    at: int

    def says(self, operator: str) -> bool:
        """Whether it is AND, OR or NOT."""
        return self.kind == "word" and self.text == operator


def tokens_of(text: str) -> list[Token]:
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text.translate(_QUOTES)):
        if found.lastgroup is not None:
            tokens.append(Token(found.lastgroup, found[0], found.start() + 1))
    return tokens
