"""What could be changed in a definition, given what it takes wrongly and what it misses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from worker.match.phrases import contexts_in, contrast, finder
from worker.match.terms import forms_of
from worker.match.trial import Case, Kind, Trial

_CANDIDATES = 60
_SUPPORT = 3
"""About articles that must have a word before it is proposed."""
_SHARE = 0.5
"""And of all that have it, so many must be about the topic."""
_SIGNIFICANT = 6.63
"""Chi-square of one degree of freedom that chance exceeds once in a hundred words."""
_HARM = 2
"""Wrongly taken articles that must have a term before its removal is proposed."""


def candidates(trial: Trial) -> Iterator[tuple[Kind, str]]:
    """Changes worth trying, of each kind the most telling ones."""
    if trial.wrong(taken=False):
        yield from _additions(trial)
    if wrong := trial.wrong(taken=True):
        yield from _exclusions(trial, wrong)
        yield from _removals(trial, wrong)


def _additions(trial: Trial) -> Iterator[tuple[Kind, str]]:
    about = Counter(phrase for case in trial.cases if case.about for phrase in case.phrases)
    other = Counter(phrase for case in trial.cases if not case.about for phrase in case.phrases)
    sizes = sum(case.about for case in trial.cases), sum(not case.about for case in trial.cases)
    missed = {phrase for case in trial.wrong(taken=False) for phrase in case.phrases}
    known = {
        form for term in (*trial.definition.own_terms(), *trial.definition.exclusions()) for form in forms_of(term)
    }
    contrasts = (
        contrast(phrase, about[phrase], other[phrase], sizes)
        for phrase in missed
        if about[phrase] >= max(_SUPPORT, _SHARE * (about[phrase] + other[phrase])) and phrase not in known
    )
    telling = sorted(
        (each for each in contrasts if each.log_odds > 0 and each.chi_square >= _SIGNIFICANT),
        key=lambda each: (-each.chi_square, len(each.phrase), each.phrase),
    )
    for each in telling[:_CANDIDATES]:
        yield "words" if len(each.phrase) == 1 else "phrases", " ".join(each.phrase)


def _exclusions(trial: Trial, wrong: Sequence[Case]) -> Iterator[tuple[Kind, str]]:
    """What stands around the topic's terms where something else is meant, and never where it is."""
    find = finder(trial.definition.own_terms())
    contexts = Counter(phrase for case in wrong for phrase in contexts_in(case.sentences, find))
    right = [case for case in trial.cases if case.about]
    theirs = {phrase for case in right for phrase in contexts_in(case.sentences, find)}
    known = {form for term in trial.definition.exclusions() for form in forms_of(term)}
    own = {form for term in trial.definition.own_terms() for form in forms_of(term)}
    usable = [phrase for phrase in contexts if phrase not in theirs | known | own and len(" ".join(phrase)) <= 100]
    for phrase in sorted(usable, key=lambda each: (-contexts[each], len(each), each))[:_CANDIDATES]:
        yield "exclude", " ".join(phrase)


def _removals(trial: Trial, wrong: Sequence[Case]) -> Iterator[tuple[Kind, str]]:
    """Own terms that stand in what is wrongly taken; the last one stays."""
    own = [*trial.definition.words, *trial.definition.phrases]
    if len(own) < 2:
        return
    for term in own:
        find = finder([term])
        harmed = [case for case in wrong if any(any(find(sentence)) for sentence in case.sentences)]
        if len(harmed) >= _HARM:
            yield "remove", term
