"""A query made ready to be worked out against an article: numbers of words first, for they are cheapest."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from worker.match.search.about import mainly_about
from worker.match.search.article import Reading
from worker.match.search.query import About, And, Leaf, Not, Or, Query
from worker.match.search.vocabulary import Token, Vocabulary


class Program(NamedTuple):
    """True where all required words are there, no forbidden one is, one of each choice is, and the other parts hold."""

    required: tuple[Token, ...] = ()
    forbidden: tuple[Token, ...] = ()
    choices: tuple[tuple[Token, ...], ...] = ()
    others: tuple[Part, ...] = ()


class Phrase(NamedTuple):
    """Words side by side; that each of them is there was asked before."""

    leaf: Leaf


class Either(NamedTuple):
    words: tuple[Token, ...]
    """One word that is there is enough."""
    programs: tuple[Program, ...]


class Denied(NamedTuple):
    program: Program


class Mainly(NamedTuple):
    query: Query


Part = Phrase | Either | Denied | Mainly


def compiled(query: Query, vocabulary: Vocabulary) -> Program:
    """The program of a query in its normal form; words that are new to the vocabulary get numbers."""
    required: list[Token] = []
    forbidden: list[Token] = []
    choices: list[tuple[Token, ...]] = []
    others: list[Part] = []
    for part in query.parts if isinstance(query, And) else (query,):
        if isinstance(part, Leaf):
            required += vocabulary.tokens_of(part)
            if len(part.words) > 1:
                others.append(Phrase(part))
        elif isinstance(part, Not) and isinstance(part.part, Leaf) and len(part.part.words) == 1:
            forbidden += vocabulary.tokens_of(part.part)
        elif isinstance(part, Not):
            others.append(Denied(compiled(part.part, vocabulary)))
        elif isinstance(part, About):
            inner = compiled(part.part, vocabulary)
            required += inner.required
            forbidden += inner.forbidden
            choices += inner.choices
            others += [*inner.others, Mainly(part.part)]
        elif isinstance(part, Or):
            either = _either(part, vocabulary)
            if either.programs:
                others.append(either)
            else:
                choices.append(either.words)
    return Program(tuple(dict.fromkeys(required)), tuple(dict.fromkeys(forbidden)), tuple(choices), tuple(others))


def _either(query: Or, vocabulary: Vocabulary) -> Either:
    words: list[Token] = []
    programs: list[Program] = []
    for part in query.parts:
        if isinstance(part, Leaf) and len(part.words) == 1:
            words += vocabulary.tokens_of(part)
        else:
            programs.append(compiled(part, vocabulary))
    return Either(tuple(words), tuple(programs))


class Verifier:
    """Works out programs against one article."""

    def __init__(self, tokens: set[Token], reading: Reading) -> None:
        self._tokens, self._reading = tokens, reading
        self._phrases: dict[Leaf, bool] = {}
        self._ways: dict[type[Part], Callable[..., bool]] = {
            Phrase: self._phrase,
            Either: self._either,
            Denied: self._denied,
            Mainly: self._mainly,
        }

    def true(self, program: Program) -> bool:
        required, forbidden, choices, others = program
        tokens = self._tokens
        if not tokens.issuperset(required) or not tokens.isdisjoint(forbidden):
            return False
        for words in choices:
            if tokens.isdisjoint(words):
                return False
        return not others or all(self._ways[type(part)](part) for part in others)

    def _phrase(self, part: Phrase) -> bool:
        known = self._phrases.get(part.leaf)
        if known is None:
            leaf = part.leaf
            known = self._reading.words(leaf.field).has_phrase(leaf.words, prefix=leaf.prefix)
            self._phrases[leaf] = known
        return known

    def _either(self, part: Either) -> bool:
        return not self._tokens.isdisjoint(part.words) or any(map(self.true, part.programs))

    def _denied(self, part: Denied) -> bool:
        return not self.true(part.program)

    def _mainly(self, part: Mainly) -> bool:
        return mainly_about(part.query, self._reading)
