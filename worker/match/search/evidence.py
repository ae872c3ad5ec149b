"""Which words of a query an article holds, and where: worked out for the few that were found, to tell people why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from worker.match.evidence import MAX_POSITIONS, Evidence
from worker.match.positions import places_of
from worker.match.search.article import Reading
from worker.match.search.query import Field, Leaf, Query, wanted
from worker.match.search.words import stem
from worker.match.text import cut, ends_sentence, plain

_FIELDS = {
    Field.ANY: ("title", "summary", "body", "tags"),
    Field.TITLE: ("title",),
    Field.SOURCE: ("source",),
}
_IN = {
    "title": "in the title",
    "summary": "in the text",
    "body": "in the text",
    "tags": "in its tags",
    "source": "as its source",
}
_NAMED = 4
_SHOWN = 80
"""Characters of a query in a sentence."""


class Findings:
    """An article in which many queries' words are looked up; each word is looked up once."""

    def __init__(self, reading: Reading) -> None:
        self._places = {name: _Places(text) for name, text in reading.fields.items()}
        self._known: dict[Leaf, tuple[Evidence, ...]] = {}

    def of(self, query: Query) -> tuple[Evidence, ...]:
        """The words and phrases that the query asks for and the article holds, title first."""
        pieces = dict.fromkeys(piece for leaf in wanted(query) for piece in self._of_leaf(leaf))
        order = list(self._places)
        return tuple(sorted(pieces, key=lambda piece: (order.index(piece.field), -piece.count)))

    def _of_leaf(self, leaf: Leaf) -> tuple[Evidence, ...]:
        known = self._known.get(leaf)
        if known is None:
            known = tuple(piece for name in _FIELDS[leaf.field] if (piece := self._in_field(leaf, name)) is not None)
            self._known[leaf] = known
        return known

    def _in_field(self, leaf: Leaf, name: str) -> Evidence | None:
        places = self._places[name]
        numbers = places.of(leaf)
        if not numbers:
            return None
        kept = numbers[:MAX_POSITIONS]
        at = places_of(places.cut, set(kept))
        term = " ".join(leaf.words) + ("*" if leaf.prefix else "")
        return Evidence(name, term, len(numbers), tuple(at[number] for number in kept))


class _Places:
    """Where each word of one field stands."""

    def __init__(self, text: str) -> None:
        self.cut = cut(text)
        self._plain = [plain(word) for word in self.cut.words]

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, word in enumerate(self._plain):
            found.setdefault(word, []).append(number)
        return found

    @cached_property
    def _by_stem(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for word, numbers in self._by_word.items():
            found.setdefault(stem(word), []).extend(numbers)
        return found

    def of(self, leaf: Leaf) -> list[int]:
        """The numbers of the words at which the leaf begins."""
        first = leaf.words[0]
        if len(leaf.words) > 1:
            return [number for number in self._by_word.get(first, ()) if self._goes_on(leaf, number)]
        if leaf.prefix:
            return self._merged(word for word in self._by_word if word.startswith(first))
        return self._by_word.get(first, []) if leaf.exact else sorted(self._by_stem.get(stem(first), ()))

    def _merged(self, words: Iterable[str]) -> list[int]:
        return sorted(number for word in words for number in self._by_word[word])

    def _goes_on(self, leaf: Leaf, start: int) -> bool:
        end = start + len(leaf.words)
        words = self._plain[start:end]
        if len(words) < len(leaf.words) or any(map(ends_sentence, self.cut.words[start : end - 1])):
            return False
        last = words[-1].startswith(leaf.words[-1]) if leaf.prefix else words[-1] == leaf.words[-1]
        return last and tuple(words[:-1]) == leaf.words[:-1]


def sentence_for(query: str, evidence: Sequence[Evidence]) -> str:
    """Such as: Because your search 'drones Minsk' found 'drones' in the title and 'minsk' 3 times in the text."""
    parts = list(_told(evidence))
    more = ", ..." if len(parts) > _NAMED else ""
    named = parts[:_NAMED]
    listed = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 and not more else ", ".join(named)
    shown = query if len(query) <= _SHOWN else f"{query[: _SHOWN - 1]}…"
    return f"Because your search '{shown}' found {listed or 'what it asks for'}{more}."


def _told(evidence: Iterable[Evidence]) -> Iterator[str]:
    """Each term once, where it counts most."""
    times: Counter[tuple[str, str]] = Counter()
    for piece in evidence:
        times[piece.term, _IN[piece.field]] += piece.count
    told: set[str] = set()
    for (term, where), count in times.items():
        if term not in told:
            told.add(term)
            often = "" if count == 1 or where != "in the text" else f"{count} times "
            yield f"'{term}' {often}{where}"
