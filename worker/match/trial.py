"""Trying a change to a definition on labelled articles: only those that hold the term are judged anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from worker.match.evaluation import Figures, LabelledArticle
from worker.match.matcher import Matcher
from worker.match.phrases import Sentence, phrases_in, sentences_of
from worker.match.terms import Pattern, forms_of
from worker.schedules.topic_definition import TopicDefinition

Kind = Literal["words", "phrases", "exclude", "remove"]
"""What a change does with its term; `remove` takes it out of words or phrases."""


class Attempt(NamedTuple):
    """A definition, what it takes, and how good that is."""

    definition: TopicDefinition
    taken: list[bool]
    figures: Figures


@dataclass(frozen=True)
class Case:
    """A labelled article with its words cut."""

    labelled: LabelledArticle
    about: bool
    weight: float
    sentences: list[Sentence]
    phrases: frozenset[Pattern]

    @classmethod
    def of(cls, one: LabelledArticle, slug: str) -> Case:
        sentences = sentences_of(one.article)
        about = one.labels[slug] == "about"
        return cls(one, about, one.weights.get(slug, 1.0), sentences, frozenset(phrases_in(sentences)))


@dataclass
class Trial:
    """A definition on the articles: which it takes now, and what a change would do."""

    definition: TopicDefinition
    cases: Sequence[Case]
    taken: list[bool] = field(default_factory=list)
    holders: dict[str, set[int]] = field(default_factory=dict)
    """The cases in which a word stands, by number."""

    def __post_init__(self) -> None:
        for number, case in enumerate(self.cases):
            for word in {word for sentence in case.sentences for word in sentence}:
                self.holders.setdefault(word, set()).add(number)
        self.taken = self._judge(self.definition, range(len(self.cases)), [False] * len(self.cases))

    @property
    def figures(self) -> Figures:
        return self._figures(self.taken)

    def attempt(self, kind: Kind, term: str) -> Attempt:
        """What the change would do."""
        edited = changed(self.definition, kind, term)
        taken = self._judge(edited, self._concerned(term), self.taken)
        return Attempt(edited, taken, self._figures(taken))

    def _concerned(self, term: str) -> set[int]:
        """The cases that have all words of the term in some form: nothing changes for the others."""
        found: set[int] = set()
        for form in forms_of(term):
            if any(word.endswith("*") for word in form):
                return set(range(len(self.cases)))
            found |= set.intersection(*(self.holders.get(word, set()) for word in form))
        return found

    def accept(self, attempt: Attempt) -> None:
        """Make the change: later attempts are on top of it."""
        self.definition, self.taken = attempt.definition, attempt.taken

    def wrong(self, *, taken: bool) -> list[Case]:
        """Cases wrongly taken, or wrongly missed."""
        return [case for case, is_in in zip(self.cases, self.taken, strict=True) if is_in == taken != case.about]

    def _judge(self, definition: TopicDefinition, which: Iterable[int], taken: Sequence[bool]) -> list[bool]:
        matcher, result = Matcher([definition]), list(taken)
        for number in which:
            verdict = matcher.judge(self.cases[number].labelled.article)[definition.slug]
            result[number] = verdict.verdict == "about"
        return result

    def _figures(self, taken: Sequence[bool]) -> Figures:
        tp = fp = fn = 0.0
        for case, is_in in zip(self.cases, taken, strict=True):
            tp += case.weight * (is_in and case.about)
            fp += case.weight * (is_in and not case.about)
            fn += case.weight * (case.about and not is_in)
        return Figures(tp, fp, fn)


def changed(definition: TopicDefinition, kind: Kind, term: str) -> TopicDefinition:
    """The definition with this change."""
    if kind == "remove":
        kept = {name: tuple(t for t in getattr(definition, name) if t != term) for name in ("words", "phrases")}
        return definition.model_copy(update=kept)
    return definition.model_copy(update={kind: (*getattr(definition, kind), term)})
