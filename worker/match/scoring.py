"""Weighs the evidence: what is an article about, what does it only mention?

One rule for all topics, fitted on labelled articles by cross-validated logistic regression and rounded:

    score = 2.1 x title + 2.9 x ln(1 + density / 5) + tags + source,      about from 3 on

`title` is the strongest term in the title (0 to 1; a supporting term has its own weight), `density` the number of
terms in 1000 words of text, where 200 words are added to every text so that one word in a short notice is not taken
for density, `tags` is 1 when a tag or category names the topic, `source` when the source is dedicated to it. So a
topic in the title needs about two terms in a thousand words to bear it out, and one that is not in the title about
nine. Where in the text they stand, and how often other words do, was tried as well and told nothing more.

Phrases that mean something else (`drone footage`) and words of another subject (`photographer`) count against the
others: a text that uses a word in the other sense tends to do so throughout.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worker.match.lexicon import Kind
from worker.match.scan import Hit
from worker.schedules.topics import TopicDefinition

TITLE_POINTS = 2.1
TEXT_POINTS = 2.9
TAG_POINTS = 1.0
SOURCE_POINTS = 1.0
HALF_DENSITY = 5.0
ADDED_WORDS = 200
LEAD_WORDS = 100
SHORT_TEXT = 20

Field = str
"""`title`, `summary`, `body` or `tags`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one topic in one article: hits by field, and how long the text is in words."""

    hits: Mapping[Field, Sequence[Hit]]
    words: int
    in_category: bool = False
    in_source: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """The score, and what of the hits made it."""

    score: float
    own: int
    """Terms that name the topic, in all fields."""
    counting: frozenset[int]
    """The supporting groups that counted."""
    required: bool
    """Whether a required term is there."""


def weigh(definition: TopicDefinition, found: Found) -> Weighed:
    """The score of one topic. Pure arithmetic over the hits."""
    asked = _look(found)
    counting = _counting_groups(definition, asked)
    worth = _worths(definition, asked, counting)
    weights = definition.weights
    in_title = [
        worth[hit.sense.group] if hit.sense.kind is Kind.SUPPORTING else 1.0 for hit in _speaking(found, "title")
    ]
    text = _text(definition, found, asked, worth)
    if found.words < SHORT_TEXT:  # a headline alone is all the text there is
        text += sum(in_title)
    density = 1000 * text * asked.share_meant / (found.words + ADDED_WORDS)
    tagged = [worth[hit.sense.group] if hit.sense.kind is Kind.SUPPORTING else 1.0 for hit in _speaking(found, "tags")]
    score = (
        TITLE_POINTS * weights.title * max(in_title, default=0.0)
        + TEXT_POINTS * math.log1p(density / HALF_DENSITY)
        + TAG_POINTS * weights.tags * max(tagged, default=0.0 if not found.in_category else 1.0)
        + SOURCE_POINTS * weights.source * found.in_source
    )
    return Weighed(round(score, 3), asked.own + _named_weakly(definition, found), counting, asked.required)


def _text(definition: TopicDefinition, found: Found, asked: _Asked, worth: Sequence[float]) -> float:
    """What the terms in summary and body are worth; ordinary words in a topic's company at most double its own."""
    weights = definition.weights
    own = 0.0
    groups = [0.0] * len(worth)
    for where in ("summary", "body"):
        for hit in _speaking(found, where):
            weight = weights.lead if where == "summary" or hit.start < LEAD_WORDS else weights.body
            if hit.sense.kind is Kind.OWN:
                own += weight
            else:
                groups[hit.sense.group] += weight * worth[hit.sense.group]
    limits = [
        float(asked.own + asked.needed[number]) if group.needs else math.inf
        for number, group in enumerate(definition.supporting)
    ]
    return own + sum(map(min, groups, limits))


def _named_weakly(definition: TopicDefinition, found: Found) -> int:
    """How many supporting terms name the topic itself."""
    naming = {number for number, group in enumerate(definition.supporting) if group.mentions}
    if not naming:
        return 0
    return sum(
        hit.sense.kind is Kind.SUPPORTING and hit.sense.group in naming for hits in found.hits.values() for hit in hits
    )


def _speaking(found: Found, where: Field) -> Iterator[Hit]:
    return (hit for hit in found.hits.get(where, ()) if hit.sense.kind in (Kind.OWN, Kind.SUPPORTING))


def _worths(definition: TopicDefinition, asked: _Asked, counting: frozenset[int]) -> list[float]:
    """What one term of each supporting group is worth; without any of the topic's own terms it is half as much."""
    alone = 1.0 if asked.own else 0.5
    return [group.weight * alone if number in counting else 0.0 for number, group in enumerate(definition.supporting)]


@dataclass(slots=True)
class _Asked:
    own: int = 0
    other: float = 0.0
    """Exclusions and half of the words against the topic, those in the title thrice."""
    required: bool = False
    needed: Counter[int] = field(default_factory=Counter)
    unless: Counter[int] = field(default_factory=Counter)

    @property
    def share_meant(self) -> float:
        """How much of the topic's vocabulary is used in the topic's sense."""
        return self.own / (self.own + self.other) if self.own and self.other else 1.0


def _look(found: Found) -> _Asked:
    asked = _Asked()
    for where, hits in found.hits.items():
        for hit in hits:
            kind = hit.sense.kind
            if kind is Kind.OWN:
                asked.own += 1
            elif kind is Kind.EXCLUDED:
                asked.other += 3.0 if where == "title" else 1.0
            elif kind is Kind.AGAINST:
                asked.other += 1.5 if where == "title" else 0.5
            elif kind is Kind.NEEDED:
                asked.needed[hit.sense.group] += 1
            elif kind is Kind.UNLESS:
                asked.unless[hit.sense.group] += 1
            elif kind is Kind.REQUIRED:
                asked.required = True
    return asked


def _counting_groups(definition: TopicDefinition, asked: _Asked) -> frozenset[int]:
    """Supporting groups whose company is there, and whose contrary does not outweigh the topic itself."""
    return frozenset(
        number
        for number, group in enumerate(definition.supporting)
        if (not group.needs or asked.own or number in asked.needed) and asked.unless[number] <= asked.own
    )


def about(definition: TopicDefinition, weighed: Weighed) -> bool:
    """Whether the score reaches the threshold, and a required term is there where one is asked for."""
    return weighed.score >= definition.threshold and (weighed.required or not definition.require)
