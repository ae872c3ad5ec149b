"""What a query says, as a tree. Made by `parse`; written back by `str`, which `parse` reads as the same tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """Where a word is looked for."""

    ANY = "any"
    """Title, summary, text and tags."""
    TITLE = "title"
    SOURCE = "source"
    """The name and the host of the source."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A word or a phrase, folded as articles' words are.

    One word that is not `exact` stands for its inflections too (drone, drones); a phrase is looked for as it is
    written, within a sentence. With `prefix` the last word may go on.
    """

    words: tuple[str, ...]
    field: Field = Field.ANY
    exact: bool = False
    prefix: bool = False

    def __str__(self) -> str:
        written = " ".join(self.words) + ("*" if self.prefix else "")
        if self.exact or len(self.words) > 1:
            written = f'"{written}"'
        return written if self.field is Field.ANY else f"{self.field}:{written}"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """One or more of the parts."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    part: Query

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part, Or, And)}"


@dataclass(frozen=True, slots=True)
class About:
    """What the article has to be mainly about, by the rule that topics are judged by."""

    part: Query

    def __str__(self) -> str:
        alone = isinstance(self.part, Leaf) and self.part.field is Field.ANY
        return f"about:{self.part}" if alone else f"about:({self.part})"


Query = Leaf | And | Or | Not | About


def _bracketed(part: Query, *kinds: type[And] | type[Or]) -> str:
    return f"({part})" if isinstance(part, kinds) else str(part)


def normal(query: Query) -> Query:
    """The same query with nested ANDs and ORs flattened, repetitions dropped and parts in a fixed order.

    Two queries that differ in nothing else have the same normal form.
    """
    if isinstance(query, And | Or):
        kind = type(query)
        flat: dict[Query, None] = {}
        for part in map(normal, query.parts):
            flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
        ordered = tuple(sorted(flat, key=str))
        return ordered[0] if len(ordered) == 1 else kind(ordered)
    if isinstance(query, Not):
        inner = normal(query.part)
        return inner.part if isinstance(inner, Not) else Not(inner)
    if isinstance(query, About):
        inner = normal(query.part)
        return inner if isinstance(inner, About) else About(inner)
    return query


def leaves(query: Query) -> Iterator[Leaf]:
    """Every leaf, from left to right, denied ones too."""
    if isinstance(query, Leaf):
        yield query
    elif isinstance(query, And | Or):
        for part in query.parts:
            yield from leaves(part)
    else:
        yield from leaves(query.part)


def wanted(query: Query) -> Iterator[Leaf]:
    """The leaves that speak for an article, those under NOT left out."""
    if isinstance(query, Leaf):
        yield query
    elif isinstance(query, And | Or):
        for part in query.parts:
            yield from wanted(part)
    elif isinstance(query, About):
        yield from wanted(query.part)
    elif isinstance(query.part, Not):
        yield from wanted(query.part.part)
