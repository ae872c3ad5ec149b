"""Words, phrases and exclusions proposed from labelled articles, each with what it would change on those articles.

Candidates are what sets the articles about the topic apart (log-odds, ordered by chi-square), what stands around its
terms in those that are not about it, and its own terms that do harm. Each is tried by judging the articles that hold it
anew; the best goes in, and the next ones are tried on top of it. What it is worth beyond these articles is measured by
cross-validation: suggestions are made from four fifths and measured on the rest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from worker.match.candidates import candidates
from worker.match.evaluation import Figures, LabelledArticle, count
from worker.match.trial import Case, Kind, Trial, changed
from worker.schedules.topic_definition import TopicDefinition

FEWEST = 10
"""Articles of each kind (about, not about) from which cross-validation means anything."""
FOLDS = 5
_FOUND = 2
"""Missed articles that a word must find: a single one has a thousand words of its own."""
_BETTER = 1e-9
_HELPS, _HARDLY = 0.005, 0.001
"""What F1 must gain on other articles: from the one on it helps, below the other it does not."""


@dataclass(frozen=True)
class Suggestion:
    """One change to the definition, and what it does on the articles after the changes before it."""

    kind: Kind
    term: str
    before: Figures
    after: Figures

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "term": self.term,
            **{
                name: count(round(getattr(self.after, name) - getattr(self.before, name), 6))
                for name in ("tp", "fp", "fn")
            },
            "f1_before": round(self.before.f1, 4),
            "f1_after": round(self.after.f1, 4),
        }


@dataclass(frozen=True)
class Checked:
    """What such suggestions are worth on articles that they were not made from."""

    before: Figures
    after: Figures
    folds: int


@dataclass(frozen=True)
class Suggested:
    """The suggestions in the order in which they were tried; `checked` is None where there are too few articles."""

    articles: int
    about: int
    before: Figures
    after: Figures
    suggestions: tuple[Suggestion, ...]
    checked: Checked | None

    @property
    def helps(self) -> bool | None:
        """Whether such suggestions are worth anything on other articles; None where that is open."""
        if self.checked is None:
            return None
        gained = self.checked.after.f1 - self.checked.before.f1
        return True if gained > _HELPS else None if gained >= _HARDLY else False


def suggest(
    definition: TopicDefinition,
    labelled: Sequence[LabelledArticle],
    *,
    limit: int = 10,
    progress: Callable[[float], None] = lambda share: None,
) -> Suggested:
    """Changes that raise F1 on these articles, at most `limit`. Those without a label for the topic are left out."""
    cases = [Case.of(one, definition.slug) for one in labelled if definition.slug in one.labels]
    rounds = FOLDS + 1
    checked = _cross_validate(definition, cases, limit, lambda done: progress(done / rounds))
    trial = Trial(definition, cases)
    before = trial.figures
    suggestions = tuple(_choose(trial, limit))
    progress(1.0)
    return Suggested(len(cases), sum(case.about for case in cases), before, trial.figures, suggestions, checked)


def apply(definition: TopicDefinition, changes: Iterable[Suggestion]) -> TopicDefinition:
    """The definition with these changes."""
    for change in changes:
        definition = changed(definition, change.kind, change.term)
    return definition


def _choose(trial: Trial, limit: int) -> Iterator[Suggestion]:
    """The candidates that help, the best of them first; each is tried again on top of those before it."""
    before = trial.figures
    tried = [(trial.attempt(kind, term).figures.f1, kind, term) for kind, term in candidates(trial)]
    helpful = sorted(
        (each for each in tried if each[0] > before.f1 + _BETTER), key=lambda each: (-each[0], len(each[2]))
    )
    chosen = 0
    for _, kind, term in helpful:
        if chosen >= limit:
            return
        before = trial.figures
        attempt = trial.attempt(kind, term)
        finds = attempt.figures.tp - before.tp
        if attempt.figures.f1 > before.f1 + _BETTER and (kind not in ("words", "phrases") or finds >= _FOUND):
            trial.accept(attempt)
            chosen += 1
            yield Suggestion(kind, term, before, attempt.figures)


def _cross_validate(
    definition: TopicDefinition, cases: Sequence[Case], limit: int, progress: Callable[[int], None]
) -> Checked | None:
    sides = [[case for case in cases if case.about is about] for about in (True, False)]
    if min(map(len, sides)) < FEWEST:
        return None
    folds: list[list[Case]] = [[] for _ in range(FOLDS)]
    for side in sides:
        shuffled = sorted(side, key=lambda case: case.labelled.id)
        random.Random(7).shuffle(shuffled)  # noqa: S311 - the same folds each time
        for number, case in enumerate(shuffled):
            folds[number % FOLDS].append(case)
    before, after = Figures(0, 0, 0), Figures(0, 0, 0)
    for number, held_out in enumerate(folds):
        rest = [case for other in folds if other is not held_out for case in other]
        trial = Trial(definition, rest)
        list(_choose(trial, limit))
        before = _sum(before, Trial(definition, held_out).figures)
        after = _sum(after, Trial(trial.definition, held_out).figures)
        progress(number + 1)
    return Checked(before, after, FOLDS)


def _sum(one: Figures, other: Figures) -> Figures:
    return Figures(one.tp + other.tp, one.fp + other.fp, one.fn + other.fn)
