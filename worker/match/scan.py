"""Finds the terms of all topics in a list of words, in one pass; of overlapping ones the leftmost longest counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from typing import NamedTuple

from worker.match.lexicon import ASKING, Entrance, Entrances, Node, Sense
from worker.match.text import STOP, ends_sentence, plain


class Hit(NamedTuple):
    """A term found: words `start` up to `end` (exclusive)."""

    start: int
    end: int
    sense: Sense


_NOTHING = Entrance((), (), frozenset())


def find_hits(words: list[str], entrances: Entrances, language: str | None) -> dict[str, list[Hit]]:
    """For each topic with any, its hits in order, none overlapping another that counts.

    An excluded phrase takes its words away from the terms inside it, unless a term begins before it or is longer.
    Terms listed for another language than the article's are left out.
    """
    found: dict[str, list[Hit]] = {}
    entered = list(map(entrances.__getitem__, words))
    following = [*words[1:], ""]
    for start in compress(range(len(words)), entered):
        nodes, here, onward = entered[start] or _NOTHING
        goes_on = True
        if onward is not None:  # most words that begin a phrase do not go on
            word = following[start]
            goes_on = word in onward or (STOP in word and plain(word) in onward)
            if not goes_on and not here:
                continue
        ends = _from(start, nodes, words) if goes_on else [(start + 1, sense) for sense in here]
        for end, sense in ends:
            if sense.language is None or language is None or sense.language == language:
                found.setdefault(sense.topic, []).append(Hit(start, end, sense))
    return {topic: _settled(hits) for topic, hits in found.items()}


def _following(words: list[str], at: int) -> str:
    """The next word of the same sentence; empty at its end."""
    if at + 1 == len(words) or (words[at][-1] == STOP and ends_sentence(words[at])):
        return ""
    return plain(words[at + 1])


def _from(start: int, nodes: Iterable[Node], words: list[str]) -> Iterator[tuple[int, Sense]]:
    """Every (end, sense) that begins with the word at `start`; no deeper than the longest term."""
    end = start + 1
    while True:
        onward = []
        for node in nodes:
            for sense in node.senses:
                yield end, sense
            if node.goes_on:
                onward.append(node)
        if not onward or not (word := _following(words, end - 1)):
            return
        nodes = [after for node in onward for after in node.step(word)]
        if not nodes:
            return
        end += 1


def _settled(hits: list[Hit]) -> list[Hit]:
    if len(hits) > 1:
        hits.sort(key=_precedence)
    kept: list[Hit] = []
    free_from = 0
    for hit in hits:
        if hit.sense.kind in ASKING:
            kept.append(hit)
        elif hit.start >= free_from:
            kept.append(hit)
            free_from = hit.end
    return kept


def _precedence(hit: Hit) -> tuple[int, int, int]:
    """Leftmost, then longest; of the same words an exclusion goes first, then an own term."""
    return hit.start, -hit.end, hit.sense.kind
