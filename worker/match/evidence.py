"""What speaks for a verdict: terms, how often and where."""

from __future__ import annotations

import re
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


_SHOWN = 60
_WORD_THERE = re.compile(r"[\w\xad\u0300-\u036f\u200b-\u200d\u2060]+(?:\.\w+)*")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term in a field of the article.

    Positions are character offsets in that field as it was written, of the first places only; of the tags they are
    offsets in the list with a comma and a space between.
    """

    field: str
    term: str
    count: int
    positions: tuple[int, ...]
    shown: str = ""
    """How it is written where it stands first."""

    def to_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "term": self.term,
            "count": self.count,
            "positions": list(self.positions),
            "shown": self.shown,
        }


def evidence_in(found: Found, weighed: Weighed, texts: Mapping[str, Cut]) -> tuple[Evidence, ...]:
    """The terms that counted: title first, then by how often."""

    def counted(hit: Hit) -> bool:
        kind = hit.sense.kind
        return kind is Kind.OWN or (kind is Kind.SUPPORTING and hit.sense.group in weighed.counting)

    return _collect(found, texts, counted)


def excluded_in(found: Found, weighed: Weighed, texts: Mapping[str, Cut]) -> tuple[Evidence, ...]:
    """What was found and means something else: the topic's exclusions, and words against terms that are there."""
    kinds = (Kind.EXCLUDED, Kind.AGAINST) if weighed.own else (Kind.EXCLUDED,)
    return _collect(found, texts, lambda hit: hit.sense.kind in kinds)


def _collect(found: Found, texts: Mapping[str, Cut], wanted: Callable[[Hit], bool]) -> tuple[Evidence, ...]:
    pieces: list[Evidence] = []
    for field in ("title", "summary", "body", "tags"):
        hits: dict[str, list[Hit]] = {}
        for hit in found.hits.get(field, ()):
            if wanted(hit):
                hits.setdefault(hit.sense.term, []).append(hit)
        if hits:
            pieces += _in_field(field, hits, texts[field])
    return tuple(pieces)


def _in_field(field: str, hits: Mapping[str, list[Hit]], text: Cut) -> list[Evidence]:
    kept = {hit.start for found in hits.values() for hit in found[:MAX_POSITIONS]}
    places = places_of(text, kept | {found[0].end - 1 for found in hits.values()})
    pieces = [
        Evidence(
            field,
            term,
            len(found),
            tuple(places[hit.start] for hit in found[:MAX_POSITIONS]),
            _as_written(text.original, places[found[0].start], places[found[0].end - 1]),
        )
        for term, found in hits.items()
    ]
    return sorted(pieces, key=lambda piece: -piece.count)


def _as_written(text: str, begin: int, last: int) -> str:
    """From the first word of a term to the end of its last."""
    word = _WORD_THERE.match(text, last)
    written = " ".join(text[begin : word.end() if word else last + 1].split())
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…"
