"""Where would the threshold be best on these articles, and how much does it matter?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.match.evaluation import Figures, Judged, TopicEvaluation

TOLERANCE = 0.01
"""Thresholds whose F1 is within this of the best are as good as it on so few articles."""


@dataclass(frozen=True)
class Calibration:
    """The best threshold, what it reaches, and the range around it that is as good.

    `threshold` is the middle of the best stretch between two scores; `None` where nothing is about the topic.
    """

    threshold: float | None
    best: Figures
    now: Figures
    flat_from: float = 0.0
    flat_to: float = 0.0

    @property
    def is_flat(self) -> bool:
        """Whether the threshold may be a fifth off either way without harm."""
        return (
            self.threshold is not None
            and self.flat_from <= 0.8 * self.threshold
            and (self.flat_to >= 1.2 * self.threshold)
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "threshold": self.threshold,
            "f1": round(self.best.f1, 4),
            "f1_now": round(self.now.f1, 4),
            "as_good_from": self.flat_from,
            "as_good_to": self.flat_to,
        }


@dataclass(frozen=True)
class Stretch:
    """Thresholds in (low, high] take the same articles."""

    low: float
    high: float
    figures: Figures

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def stretches(evaluation: TopicEvaluation) -> list[Stretch]:
    """Every set of articles that some threshold takes, from the strictest on, in time n log n."""
    ordered = sorted(evaluation.judged, key=lambda case: -case.score)
    wanted = sum(case.weight for case in ordered if case.label == "about")
    found: list[Stretch] = []
    tp = fp = 0.0
    position = 0
    while position < len(ordered) and ordered[position].score > 0:
        score = ordered[position].score
        while position < len(ordered) and ordered[position].score == score:
            tp, fp = _added(ordered[position], tp, fp)
            position += 1
        below = ordered[position].score if position < len(ordered) else 0.0
        found.append(Stretch(below, score, Figures(tp, fp, max(0.0, wanted - tp))))
    return found


def _added(case: Judged, tp: float, fp: float) -> tuple[float, float]:
    return (tp + case.weight, fp) if case.label == "about" else (tp, fp + case.weight)


def calibrate(evaluation: TopicEvaluation) -> Calibration:
    """The threshold with the highest F1, and how far it may be moved before F1 falls by more than TOLERANCE."""
    now = evaluation.figures()
    steps = stretches(evaluation)
    if not any(step.figures.tp for step in steps):
        return Calibration(None, now, now)
    number, best = max(enumerate(steps), key=lambda item: (item[1].figures.f1, item[1].high - item[1].low))
    first = last = number
    while first > 0 and steps[first - 1].figures.f1 >= best.figures.f1 - TOLERANCE:
        first -= 1
    while last + 1 < len(steps) and steps[last + 1].figures.f1 >= best.figures.f1 - TOLERANCE:
        last += 1
    return Calibration(round(best.middle, 2), best.figures, now, round(steps[last].low, 2), round(steps[first].high, 2))
