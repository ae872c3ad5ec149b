"""Finds the searches that an article answers, whatever their number.

Each search hangs on an anchor: words of which the article must hold one, chosen as rare as possible. An article looks
up the searches that hang on its words, and only those are verified: at once where the anchor was all they asked for,
by one set operation where a second word is needed, else by working out the query. Adding or removing one touches its
anchors alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.match.search.article import Reading
from worker.match.search.program import Program, Verifier, compiled
from worker.match.search.query import About, And, Field, Leaf, Or, Query, normal
from worker.match.search.vocabulary import Token, Vocabulary
from worker.match.search.words import COMMON
from worker.match.text import ArticleText

SearchId = int
_Asking = tuple[SearchId, Program]

_COMMON_SHARE = 0.9
_UNKNOWN_SHARE = 0.001
_PREFIX_FACTOR = 5.0
_TITLE_FACTOR = 0.15
_SOURCE_SHARE = 0.05


@dataclass(slots=True)
class _Posting:
    """The searches that hang on one word. What is empty is None: most words bear one search."""

    sure: list[SearchId] | None = None
    """Ask for nothing else."""
    second: dict[Token, list[SearchId | _Asking]] | None = None
    """Ask for another word, and for nothing else; or for more."""
    rest: list[_Asking] | None = None


class Percolator:
    """Any number of searches, by their ids. Not locked: add and remove from one thread at a time.

    `shares` tells of a folded word in which share of articles it stands, to anchor searches on rare words; it must
    not change while the percolator lives.
    """

    def __init__(self, shares: Mapping[str, float] | None = None) -> None:
        self._shares = shares or {}
        self._vocabulary = Vocabulary()
        self._postings: dict[Token, _Posting] = {}
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
        program: Program | None = None
        anchors = tuple(dict.fromkeys(token for leaf in self._anchors(query) for token in self._rarest(leaf)))
        for token in anchors:
            posting = self._postings.setdefault(token, _Posting())
            other = self._other(query, token)
            if other is None:
                program = program or compiled(query, self._vocabulary)
                _hang(posting, token, search_id, program)
            elif other == token:
                posting.sure = [] if posting.sure is None else posting.sure
                posting.sure.append(search_id)
            else:
                _second(posting, other).append(search_id)
        self._hung[search_id] = anchors[0] if len(anchors) == 1 else anchors

    def remove(self, search_id: SearchId) -> None:
        """Look for it no longer; nothing happens where nobody does."""
        anchors = self._hung.pop(search_id, ())
        for token in (anchors,) if isinstance(anchors, int) else anchors:
            _take_out(self._postings[token], search_id)

    def find(self, article: ArticleText) -> set[SearchId]:
        """The searches that the article answers."""
        reading = Reading(article)
        tokens = self._vocabulary.found_in(reading)
        true = Verifier(tokens, reading).true
        found: set[SearchId] = set()
        for posting in map(self._postings.get, tokens):
            if posting is None:
                continue
            if posting.sure:
                found.update(posting.sure)
            if posting.second:
                for other in posting.second.keys() & tokens:
                    for asking in posting.second[other]:
                        if isinstance(asking, int):
                            found.add(asking)
                        elif true(asking[1]):
                            found.add(asking[0])
            if posting.rest:
                found.update([search_id for search_id, program in posting.rest if true(program)])
        return found

    def _other(self, query: Query, anchor: Token) -> Token | None:
        """The one other word that a search asks for; the anchor itself where it asks for nothing else."""
        if isinstance(query, Leaf) and len(query.words) == 1:
            return anchor
        if isinstance(query, Or) and all(isinstance(part, Leaf) and len(part.words) == 1 for part in query.parts):
            return anchor
        if isinstance(query, And) and len(query.parts) == 2:
            tokens = [token for part in query.parts if isinstance(part, Leaf) for token in self._single(part)]
            if len(tokens) == 2 and anchor in tokens:
                return tokens[1] if tokens[0] == anchor else tokens[0]
        return None

    def _single(self, leaf: Leaf) -> list[Token]:
        return self._vocabulary.tokens_of(leaf) if len(leaf.words) == 1 else []

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


def _hang(posting: _Posting, anchor: Token, search_id: SearchId, program: Program) -> None:
    """Where the search is looked at both its words are there: they need not be asked for again."""
    other = next((token for token in program.required if token != anchor), None)
    left = tuple(token for token in program.required if token not in (anchor, other))
    asking = (search_id, program._replace(required=left))
    if other is None:
        posting.rest = [] if posting.rest is None else posting.rest
        posting.rest.append(asking)
    else:
        _second(posting, other).append(asking)


def _second(posting: _Posting, other: Token) -> list[SearchId | _Asking]:
    if posting.second is None:
        posting.second = {}
    return posting.second.setdefault(other, [])


def _take_out(posting: _Posting, search_id: SearchId) -> None:
    """Once is enough: on one word a search hangs once."""
    if posting.sure and search_id in posting.sure:
        posting.sure.remove(search_id)
        return
    for other, askings in (posting.second or {}).items():
        kept = [one for one in askings if (one if isinstance(one, int) else one[0]) != search_id]
        if len(kept) < len(askings) and posting.second:
            posting.second[other] = kept
            if not kept:
                del posting.second[other]
            return
    posting.rest = [asking for asking in posting.rest or () if asking[0] != search_id] or None
