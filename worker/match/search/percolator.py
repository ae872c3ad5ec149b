"""Finds the searches that an article answers, whatever their number.

Each search hangs on an anchor: words of which the article must hold one, chosen as rare as possible. An article looks
up the searches that hang on its words, of which most need a second word too. Those left are the candidates; what some
of them ask for besides is worked out then. Adding or removing one touches its anchors alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worker.match.search.article import Reading
from worker.match.search.postings import Entry, Postings, SearchId
from worker.match.search.program import Program, Verifier, compiled
from worker.match.search.query import About, And, Field, Leaf, Or, Query, normal
from worker.match.search.vocabulary import Token, Vocabulary
from worker.match.search.words import COMMON
from worker.match.text import ArticleText

_COMMON_SHARE = 0.9
_UNKNOWN_SHARE = 0.001
_PREFIX_FACTOR = 5.0
_TITLE_FACTOR = 0.15
_SOURCE_SHARE = 0.05


class Percolator:
    """Any number of searches, by their ids. Not locked: add and remove from one thread at a time.

    `shares` tells of a folded word in which share of articles it stands, to anchor searches on rare words; it must
    not change while the percolator lives.
    """

    def __init__(self, shares: Mapping[str, float] | None = None) -> None:
        self._shares = shares or {}
        self._vocabulary = Vocabulary()
        self._postings = Postings()
        self._programs: dict[SearchId, Program] = {}
        """What is still to be asked of candidates; the other searches are answered by then."""
        self._hung: dict[SearchId, Token | tuple[Token, ...]] = {}
        """The anchors of each search."""

    def __len__(self) -> int:
        return len(self._hung)

    def __contains__(self, search_id: object) -> bool:
        return search_id in self._hung

    def add(self, search_id: SearchId, query: Query) -> None:
        """Look for `query` from now on, instead of what was looked for under that id before."""
        self.remove(search_id)
        query = normal(query)
        choices = self._choices(query)
        anchors = tuple(dict.fromkeys(token for leaf in self._anchors(query) for token in self._rarest(leaf)))
        program = None if _settled(anchors, choices) else compiled(query, self._vocabulary)
        if program:
            self._programs[search_id] = program
            choices = [[token] for token in program.required]
        self._postings.add(
            Entry(token, other, search_id)
            for token in anchors
            for other in next((choice for choice in choices if token not in choice), (token,))
        )
        self._hung[search_id] = anchors[0] if len(anchors) == 1 else anchors

    def remove(self, search_id: SearchId) -> None:
        """Look for it no longer; nothing happens where nobody does."""
        anchors = self._hung.pop(search_id, ())
        self._programs.pop(search_id, None)
        self._postings.remove(search_id, (anchors,) if isinstance(anchors, int) else anchors)

    def find(self, article: ArticleText) -> set[SearchId]:
        """The searches that the article answers."""
        reading = Reading(article)
        tokens = self._vocabulary.found_in(reading)
        found = self._postings.find(tokens)
        true = Verifier(tokens, reading).true
        found.difference_update(
            [search_id for search_id in self._programs.keys() & found if not true(self._programs[search_id])]
        )
        return found

    def _choices(self, query: Query) -> list[list[Token]]:
        """Sets of words of each of which the query asks for one, and for nothing else; empty where it asks for more."""
        choices = []
        for part in query.parts if isinstance(query, And) else (query,):
            leaves = [leaf for leaf in (part.parts if isinstance(part, Or) else (part,)) if isinstance(leaf, Leaf)]
            tokens = [token for leaf in leaves if len(leaf.words) == 1 for token in self._vocabulary.tokens_of(leaf)]
            if len(tokens) != (len(part.parts) if isinstance(part, Or) else 1):
                return []
            choices.append(list(dict.fromkeys(tokens)))
        return choices

    def _anchors(self, query: Query) -> list[Leaf]:
        """Leaves of which one must be true for the query to be; the rarest such choice. Empty: there is none."""
        if isinstance(query, Leaf):
            return [query]
        if isinstance(query, Or):
            parts = [self._anchors(part) for part in query.parts]
            return [leaf for part in parts for leaf in part] if all(parts) else []
        if isinstance(query, And):
            choices = [choice for part in query.parts if (choice := self._anchors(part))]
            return min(choices, key=self._share_of_all, default=[])
        return self._anchors(query.part) if isinstance(query, About) else []

    def _share_of_all(self, choice: list[Leaf]) -> float:
        return sum(min(self._share(leaf, word) for word in leaf.words) for leaf in choice)

    def _rarest(self, leaf: Leaf) -> list[Token]:
        tokens = self._vocabulary.tokens_of(leaf)
        shares = [self._share(leaf, word) for word in leaf.words]
        return [tokens[shares.index(min(shares))]]

    def _share(self, leaf: Leaf, word: str) -> float:
        if leaf.field is Field.SOURCE:
            return _SOURCE_SHARE
        share = self._shares.get(word, _COMMON_SHARE if word in COMMON else _UNKNOWN_SHARE)
        if leaf.prefix and word == leaf.words[-1]:
            share = min(1.0, share * _PREFIX_FACTOR)
        return share * _TITLE_FACTOR if leaf.field is Field.TITLE else share


def alone(query: Query, reading: Reading) -> bool:
    """Whether one article answers one query, for which nothing was prepared."""
    vocabulary = Vocabulary()
    program = compiled(normal(query), vocabulary)
    return Verifier(vocabulary.found_in(reading), reading).true(program)


def _settled(anchors: Sequence[Token], choices: Sequence[Sequence[Token]]) -> bool:
    """Whether a search is answered wherever one of its anchors and one word more are there."""
    return bool(choices) and all(sum(token not in choice for choice in choices) <= 1 for token in anchors)
