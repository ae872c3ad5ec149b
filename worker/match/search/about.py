"""What an article is mainly about, for `about:`: the points of worker/match/scoring.py, for words of a query.

Of parts joined by AND each must be there enough; of parts joined by OR all count together, as a topic's words do.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from worker.match.scoring import ADDED_WORDS, HALF_DENSITY, SHORT_TEXT, TEXT_POINTS, TITLE_POINTS
from worker.match.search.article import Reading
from worker.match.search.query import About, And, Field, Leaf, Not, Query
from worker.schedules.topic_definition import DEFAULT_THRESHOLD


class Evidence(NamedTuple):
    """How often something is in the title (0 or 1 is enough) and in the text."""

    title: int
    text: int


def mainly_about(query: Query, reading: Reading) -> bool:
    """Whether the article answers `query` and is mainly about what it asks for."""
    if not _may_be(query, reading):
        return False
    evidence = _evidence(query, reading)
    return evidence is not None and score(evidence, reading.length) >= DEFAULT_THRESHOLD


def _may_be(query: Query, reading: Reading) -> bool:
    """False where already one of the words that must all be there says too little, wherever it stands; for that the
    article need not be counted by field."""
    for leaf in query.parts if isinstance(query, And) else (query,):
        if isinstance(leaf, Leaf) and leaf.field is Field.ANY:
            times = reading.any.count(leaf.words, exact=leaf.exact, prefix=leaf.prefix)
            in_title = reading.title.count(leaf.words, exact=leaf.exact, prefix=leaf.prefix)
            if score(Evidence(in_title, times), reading.length) < DEFAULT_THRESHOLD:
                return False
    return True


def score(evidence: Evidence, words: int) -> float:
    """The points of a text of so many words."""
    found = evidence.text + (evidence.title if words < SHORT_TEXT else 0)
    density = 1000 * found / (words + ADDED_WORDS)
    return TITLE_POINTS * min(evidence.title, 1) + TEXT_POINTS * math.log1p(density / HALF_DENSITY)


def _evidence(query: Query, reading: Reading) -> Evidence | None:
    """What speaks for the article; None where it does not answer."""
    if isinstance(query, Leaf):
        return _of_leaf(query, reading)
    if isinstance(query, Not):
        denied = _evidence(query.part, reading)
        return None if denied is not None else _NEUTRAL
    if isinstance(query, About):
        return _evidence(query.part, reading)
    found = [_evidence(part, reading) for part in query.parts]
    given = [one for one in found if one is not None]
    if isinstance(query, And):
        if len(given) < len(found):
            return None
        counted = [one for one in given if one is not _NEUTRAL]
        return Evidence(min(one.title for one in counted), min(one.text for one in counted)) if counted else _NEUTRAL
    return Evidence(sum(one.title for one in given), sum(one.text for one in given)) if given else None


def _of_leaf(leaf: Leaf, reading: Reading) -> Evidence | None:
    if leaf.field is Field.SOURCE:
        there = reading.source.count(leaf.words, exact=leaf.exact, prefix=leaf.prefix)
        return _NEUTRAL if there else None
    in_title = reading.title.count(leaf.words, exact=leaf.exact, prefix=leaf.prefix)
    in_text = (
        0 if leaf.field is Field.TITLE else reading.times_in_text(leaf.words, exact=leaf.exact, prefix=leaf.prefix)
    )
    if in_title or in_text:
        return Evidence(in_title, in_text)
    if leaf.field is Field.ANY and reading.any.count(leaf.words, exact=leaf.exact, prefix=leaf.prefix):
        return Evidence(0, 0)  # in a tag alone
    return None


_NEUTRAL = Evidence(0, 0)
"""Answers, and says nothing of what the article is about."""
