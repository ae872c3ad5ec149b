"""Finds the terms of all topics in a list of words, in one pass; of overlapping ones the leftmost longest counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

from worker.match.lexicon import SELECTABLE, Entrances, Kind, Node, Sense
from worker.match.text import BREAK


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found: words `start` up to `end` (exclusive)."""

    start: int
    end: int
    sense: Sense


def find_hits(words: list[str], entrances: Entrances, language: str | None) -> dict[str, list[Hit]]:
    """For each topic with any, its hits in order, none overlapping another that counts.

    An excluded phrase takes its words away from the terms inside it, unless a term begins before it or is longer.
    Terms listed for another language than the article's are left out.
    """
    found: dict[str, list[Hit]] = {}
    entered = list(map(entrances.__getitem__, words))
    ahead = [*words, BREAK]
    for start in compress(range(len(words)), entered):
        nodes = entered[start]
        if nodes and (nodes[0].leads_on(ahead[start + 1]) or len(nodes) > 1):
            for end, sense in _from(start, nodes, words):
                if sense.language is None or language is None or sense.language == language:
                    found.setdefault(sense.topic, []).append(Hit(start, end, sense))
    return {topic: _settled(hits) for topic, hits in found.items()}


def _from(start: int, nodes: Iterable[Node], words: list[str]) -> Iterable[tuple[int, Sense]]:
    """Every (end, sense) that begins with the word at `start`; no deeper than the longest term."""
    end = start + 1
    while nodes:
        for node in nodes:
            for sense in node.senses:
                yield end, sense
        if end == len(words):
            return
        nodes = [after for node in nodes for after in node.step(words[end])]
        end += 1


def _settled(hits: list[Hit]) -> list[Hit]:
    hits.sort(key=_precedence)
    kept: list[Hit] = []
    free_from = 0
    asked: set[tuple[int, Sense]] = set()
    for hit in hits:
        if hit.sense.kind not in SELECTABLE:
            if (hit.start, hit.sense) not in asked:
                asked.add((hit.start, hit.sense))
                kept.append(hit)
        elif hit.start >= free_from:
            kept.append(hit)
            free_from = hit.end
    return kept


def _precedence(hit: Hit) -> tuple[int, int, int]:
    """Leftmost, then longest; of the same words an exclusion goes first, then an own term."""
    return hit.start, -hit.end, 0 if hit.sense.kind is Kind.EXCLUDED else 1 + hit.sense.kind
