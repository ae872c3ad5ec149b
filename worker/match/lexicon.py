"""The terms of all topics in one automaton over words: a tree of phrases, entered by one look-up for each word.

However many topics and terms there are, an article is gone through once. Memory is bounded: what is remembered of
words seen is dropped when it grows past a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from worker.match.stemming import opening, stemmer_of
from worker.match.terms import STEM_MARK, Pattern, forms_of
from worker.match.text import plain
from worker.schedules.topic_definition import STEMMED, TopicDefinition


class Kind(IntEnum):
    """What finding a term means to its topic; of two for the same words the lower one counts."""

    EXCLUDED = 0
    OWN = 1
    SUPPORTING = 2
    AGAINST = 3
    NEEDED = 4
    UNLESS = 5
    REQUIRED = 6


ASKING = (Kind.NEEDED, Kind.UNLESS, Kind.REQUIRED)
"""Kinds that only ask whether something is there; the others compete for the words of a text."""


@dataclass(eq=False, slots=True)
class Sense:
    """One term in the role it has for one topic."""

    topic: str
    kind: Kind
    term: str
    group: int = 0
    """Which of the topic's supporting groups it belongs to."""
    language: str | None = None
    stemmed: bool = False


@dataclass(slots=True)
class Node:
    """A place in the tree: what ends here, and how it may go on."""

    senses: list[Sense] = field(default_factory=list)
    after: dict[str, Node] = field(default_factory=dict)
    after_prefix: list[tuple[str, Node]] = field(default_factory=list)
    after_stem: dict[str, dict[str, Node]] = field(default_factory=dict)
    """By language, by stem."""

    @property
    def goes_on(self) -> bool:
        return bool(self.after or self.after_prefix or self.after_stem)

    @property
    def onward(self) -> frozenset[str] | None:
        """The words that something goes on with; None where that cannot be told beforehand."""
        return None if self.after_prefix or self.after_stem else frozenset(self.after)

    def step(self, word: str) -> list[Node]:
        """The nodes that `word` leads to."""
        found = [node for prefix, node in self.after_prefix if word.startswith(prefix)]
        for language, stems in self.after_stem.items():
            if (node := stems.get(stemmer_of(language).stem(word))) is not None:
                found.append(node)
        exact = self.after.get(word)
        return [exact, *found] if exact is not None else found

    def grow(self, word: str) -> Node:
        language, stemmed, stem = word.partition(STEM_MARK)
        if stemmed:
            return self.after_stem.setdefault(language, {}).setdefault(stem, Node())
        if not word.endswith("*"):
            return self.after.setdefault(word, Node())
        for prefix, node in self.after_prefix:
            if prefix == word[:-1]:
                return node
        self.after_prefix.append((word[:-1], made := Node()))
        return made


class Entrance(NamedTuple):
    """What begins with a word."""

    nodes: tuple[Node, ...]
    here: tuple[Sense, ...]
    """What the word is by itself."""
    onward: frozenset[str] | None
    """As Node.onward, for all nodes."""


class Entrances(dict[str, Entrance | None]):
    """From a word, with its stops, to what it enters from the root; a new word is worked out and remembered."""

    remembered = 100_000
    """The most words kept; with more, all are worked out anew."""

    def __init__(self, root: Node) -> None:
        super().__init__()
        self._root = root
        self._prefixes: dict[int, dict[str, Node]] = {}
        for prefix, node in root.after_prefix:
            self._prefixes.setdefault(len(prefix), {})[prefix] = node
        self._stems = [
            (stemmer_of(language), {opening(stem) for stem in stems}, stems)
            for language, stems in root.after_stem.items()
        ]

    def __missing__(self, word: str) -> Entrance | None:
        if len(self) >= self.remembered:
            self.clear()
        nodes = tuple(self._enter(plain(word)))
        self[word] = entrance = _entrance(nodes) if nodes else None
        return entrance

    def _enter(self, word: str) -> list[Node]:
        exact = self._root.after.get(word)
        nodes = [] if exact is None else [exact]
        for length, prefixes in self._prefixes.items():
            if (node := prefixes.get(word[:length])) is not None:
                nodes.append(node)
        for stemmer, openings, stems in self._stems:
            if opening(word) in openings and (node := stems.get(stemmer.stem(word))) is not None:
                nodes.append(node)
        return nodes


def _entrance(nodes: tuple[Node, ...]) -> Entrance:
    onwards = [node.onward for node in nodes]
    onward = None if None in onwards else frozenset().union(*(one for one in onwards if one))
    return Entrance(nodes, tuple(sense for node in nodes for sense in node.senses), onward)


class Lexicon:
    """The terms of several topics, ready to be looked for."""

    def __init__(self, definitions: Iterable[TopicDefinition]) -> None:
        self._root = Node()
        for definition in definitions:
            for spelling, sense in _senses(definition):
                for form in forms_of(spelling, sense.language if sense.stemmed else None):
                    self._add(form, sense)
        self.entrances = Entrances(self._root)

    def _add(self, form: Pattern, sense: Sense) -> None:
        node = self._root
        for word in form:
            node = node.grow(word)
        node.senses.append(sense)


def _senses(definition: TopicDefinition) -> Iterator[tuple[str, Sense]]:
    """Each spelling that is looked for, with what it means."""
    slug = definition.slug
    for term in (*definition.words, *definition.phrases):
        yield term, Sense(slug, Kind.OWN, term)
    for name, variants in definition.names.items():
        for spelling in (name, *variants):
            yield spelling, Sense(slug, Kind.OWN, name)
    for term in definition.exclude:
        yield term, Sense(slug, Kind.EXCLUDED, term)
    for term in definition.against:
        yield term, Sense(slug, Kind.AGAINST, term)
    for term in definition.require:
        yield term, Sense(slug, Kind.REQUIRED, term)
    own = {term.casefold() for term in definition.own_terms()}
    for number, group in enumerate(definition.supporting):
        for kind, terms in (
            (Kind.SUPPORTING, (*group.words, *group.phrases)),
            (Kind.NEEDED, tuple(term for term in group.needs if term.casefold() not in own)),  # own terms do anyway
            (Kind.UNLESS, group.unless),
        ):
            for term in terms:
                yield term, Sense(slug, kind, term, number)
    for language, listed in definition.languages.items():
        stemmed = listed.stem and language in STEMMED
        for term in (*listed.words, *listed.phrases):
            yield term, Sense(slug, Kind.OWN, term, language=language, stemmed=stemmed)
        for term in listed.exclude:
            yield term, Sense(slug, Kind.EXCLUDED, term, language=language, stemmed=stemmed)
