"""Weighs the evidence: what is an article about, what does it only mention?

One rule for all topics, fitted on labelled articles by logistic regression and rounded:

    score = 2 x title + 3 x ln(1 + density / 5) + tags,      about from 3 on

`title` is the strongest term in the title (0 to 1; a supporting term has its own weight), `density` the number of
terms in 1000 words of text, where 200 words are added to every text so that one word in a short notice is not taken
for density, and `tags` is 1 when a tag or category names the topic. So a topic in the title needs about two terms in
a thousand words to bear it out, and one that is not in the title about nine.

Phrases that mean something else (`drone footage`) count against the others: a text that uses a word in the other
sense tends to do so throughout.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.match.lexicon import Kind
from worker.match.scan import Hit
from worker.schedules.topics import TopicDefinition

TITLE_POINTS = 2.0
TEXT_POINTS = 3.0
TAG_POINTS = 1.0
HALF_DENSITY = 5.0
ADDED_WORDS = 200
LEAD_WORDS = 100

Field = str
"""`title`, `summary`, `body` or `tags`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one topic in one article: hits by field, and how long the text is in words."""

    hits: Mapping[Field, Sequence[Hit]]
    words: int
    in_category: bool = False

    def counts(self) -> Counter[Kind]:
        return Counter(hit.sense.kind for hits in self.hits.values() for hit in hits)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The score with what it is made of."""

    score: float
    own: int
    title: float
    text: float
    """Weighted number of terms in summary and body."""
    counting: frozenset[int]
    """The supporting groups that counted."""


def weigh(definition: TopicDefinition, found: Found) -> Weighed:
    """The score of one topic. Pure arithmetic over the hits."""
    kinds = found.counts()
    own = kinds[Kind.OWN]
    counting = _counting_groups(definition, found, own)
    alone = 1.0 if own else 0.5  # supporting terms without any of the topic's own are half as good

    def worth(hit: Hit) -> float:
        if hit.sense.kind is Kind.OWN:
            return 1.0
        if hit.sense.kind is Kind.SUPPORTING and hit.sense.group in counting:
            return definition.supporting[hit.sense.group].weight * alone
        return 0.0

    weights = definition.weights
    title = max(map(worth, found.hits.get("title", ())), default=0.0)
    text = sum(worth(hit) * weights.lead for hit in found.hits.get("summary", ()))
    for hit in found.hits.get("body", ()):
        text += worth(hit) * (weights.lead if hit.start < LEAD_WORDS else weights.body)
    tagged = found.in_category or any(map(worth, found.hits.get("tags", ())))
    density = 1000 * text * _share_meant(found, own) / (found.words + ADDED_WORDS)
    score = (
        TITLE_POINTS * weights.title * title
        + TEXT_POINTS * math.log1p(density / HALF_DENSITY)
        + TAG_POINTS * weights.tags * tagged
    )
    return Weighed(round(score, 3), own, title, text, counting)


def _counting_groups(definition: TopicDefinition, found: Found, own: int) -> frozenset[int]:
    """Supporting groups whose company is there, and whose contrary does not outweigh the topic itself."""
    if not definition.supporting:
        return frozenset()
    groups = Counter(
        (hit.sense.kind, hit.sense.group)
        for hits in found.hits.values()
        for hit in hits
        if hit.sense.kind in (Kind.NEEDED, Kind.UNLESS)
    )
    return frozenset(
        number
        for number, group in enumerate(definition.supporting)
        if (not group.needs or own or groups[Kind.NEEDED, number]) and groups[Kind.UNLESS, number] <= own
    )


def _share_meant(found: Found, own: int) -> float:
    """How much of the topic's vocabulary is used in the topic's sense; the title counts double."""
    other = sum(hit.sense.kind is Kind.EXCLUDED for hits in found.hits.values() for hit in hits)
    other += 2 * sum(hit.sense.kind is Kind.EXCLUDED for hit in found.hits.get("title", ()))
    return own / (own + other) if own and other else 1.0


def about(definition: TopicDefinition, found: Found, weighed: Weighed) -> bool:
    """Whether the score reaches the threshold, and a required term is there where one is asked for."""
    if weighed.score < definition.threshold:
        return False
    return not definition.require or found.counts()[Kind.REQUIRED] > 0
