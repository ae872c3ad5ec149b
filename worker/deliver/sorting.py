"""Who of a request goes on how: a pure sorting of its recipients by what the mailer said."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from worker.deliver.mailers import RecipientResult, Submission
from worker.deliver.outcome import Outcome, OutcomeClass


@dataclass
class Sorted:
    """The recipients of a request, each in exactly one of these."""

    accepted: list[uuid.UUID] = field(default_factory=list)
    refused: dict[uuid.UUID, RecipientResult] = field(default_factory=dict)
    """For good, each with what the mailer said."""
    again: list[uuid.UUID] = field(default_factory=list)
    halved: list[uuid.UUID] = field(default_factory=list)
    """Refused as a whole: to be tried in two halves."""
    uncertain: list[uuid.UUID] = field(default_factory=list)


def sort_recipients(submission: Submission, leaving: Collection[uuid.UUID]) -> Sorted:
    """Sort `leaving` by each recipient's own result, the rest by the outcome of the request.

    A refused request with one recipient, or whose fault lies in what all share, refuses them for good.
    """
    sorted_ = Sorted()
    rest = [reference for reference in sorted(leaving) if reference not in submission.results]
    for reference in leaving:
        if (result := submission.results.get(reference)) is not None:
            _put(sorted_, reference, result)
    outcome = submission.outcome
    if outcome.kind in (OutcomeClass.BISECT, OutcomeClass.SPLIT) and len(rest) > 1 and not outcome.shared:
        sorted_.halved = rest
        return sorted_
    for reference in rest:
        _put(sorted_, reference, _as_result(outcome))
    return sorted_


def halves(references: list[uuid.UUID]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Two lists, neither empty."""
    middle = len(references) // 2
    return references[:middle], references[middle:]


def _put(sorted_: Sorted, reference: uuid.UUID, result: RecipientResult) -> None:
    if result.kind == OutcomeClass.ACCEPTED:
        sorted_.accepted.append(reference)
    elif result.kind in (OutcomeClass.BISECT, OutcomeClass.SPLIT):
        sorted_.refused[reference] = result
    elif result.kind == OutcomeClass.UNCERTAIN:
        sorted_.uncertain.append(reference)
    else:
        sorted_.again.append(reference)


def _as_result(outcome: Outcome) -> RecipientResult:
    return RecipientResult(outcome.kind, outcome.reason)
