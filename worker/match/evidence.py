"""What speaks for a verdict: terms, how often and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.match.lexicon import Kind
from worker.match.positions import places_of
from worker.match.scan import Hit
from worker.match.scoring import Found, Weighed
from worker.match.text import Cut

MAX_POSITIONS = 20
"""Places kept for one term in one field; `count` goes on."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term in a field of the article.

    Positions are character offsets in that field as it was written, of the first places only.
    """

    field: str
    term: str
    count: int
    positions: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        return {"field": self.field, "term": self.term, "count": self.count, "positions": list(self.positions)}


def evidence_in(found: Found, weighed: Weighed, texts: Mapping[str, Cut]) -> tuple[Evidence, ...]:
    """The terms that counted: title first, then by how often."""

    def counted(hit: Hit) -> bool:
        kind = hit.sense.kind
        return kind is Kind.OWN or (kind is Kind.SUPPORTING and hit.sense.group in weighed.counting)

    return _collect(found, texts, counted)


def excluded_in(found: Found, texts: Mapping[str, Cut]) -> tuple[Evidence, ...]:
    """The phrases that were found and mean something else."""
    return _collect(found, texts, lambda hit: hit.sense.kind is Kind.EXCLUDED)


def _collect(found: Found, texts: Mapping[str, Cut], wanted: Callable[[Hit], bool]) -> tuple[Evidence, ...]:
    pieces: list[Evidence] = []
    for field in ("title", "summary", "body", "tags"):
        starts: dict[str, list[int]] = {}
        for hit in found.hits.get(field, ()):
            if wanted(hit):
                starts.setdefault(hit.sense.term, []).append(hit.start)
        kept = {number for numbers in starts.values() for number in numbers[:MAX_POSITIONS]}
        places = places_of(texts[field], kept)
        in_field = [
            Evidence(field, term, len(numbers), tuple(places[number] for number in numbers[:MAX_POSITIONS]))
            for term, numbers in starts.items()
        ]
        pieces += sorted(in_field, key=lambda piece: -piece.count)
    return tuple(pieces)
