"""Measures definitions on labelled articles: precision, recall, F1, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worker.errors import InvalidInput
from worker.match.matcher import Matcher, Verdict
from worker.match.text import ArticleText

LABELS = ("about", "mention", "none")


@dataclass(frozen=True)
class LabelledArticle:
    """An article with what people say it is: topic slug -> about, mention or none.

    `weights` are below 1 for topics where the label is a hint, such as a few subscribers' word.
    """

    id: str
    article: ArticleText
    labels: Mapping[str, str]
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """A labelled article with the matcher's verdict for one topic."""

    labelled: LabelledArticle
    verdict: Verdict
    label: str
    weight: float = 1.0

    @property
    def score(self) -> float:
        """The verdict's; 0 where a required term is missing, because then no threshold would take it."""
        barred = self.verdict.definition.require and not self.verdict.weighed.required
        return 0.0 if barred else self.verdict.score


@dataclass(frozen=True)
class Figures:
    """How well one topic's definition finds what is about it: right, wrongly taken, missed; hints count for less."""

    tp: float
    fp: float
    fn: float

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f1(self) -> float:
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 1.0

    def to_json(self) -> dict[str, Any]:
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "tp": count(self.tp),
            "fp": count(self.fp),
            "fn": count(self.fn),
        }


@dataclass(frozen=True)
class TopicEvaluation:
    """One topic on all articles that carry a label for it."""

    slug: str
    judged: tuple[Judged, ...]

    def figures(self, threshold: float | None = None) -> Figures:
        """At the definition's own threshold, or as if it were `threshold`."""
        tp = fp = fn = 0.0
        for case in self.judged:
            found = case.verdict.verdict == "about" if threshold is None else case.score >= threshold
            wanted = case.label == "about"
            tp += case.weight * (found and wanted)
            fp += case.weight * (found and not wanted)
            fn += case.weight * (wanted and not found)
        return Figures(tp, fp, fn)

    def errors(self) -> list[Judged]:
        """Wrongly taken and wrongly missed, the surest mistakes first."""
        wrong = [case for case in self.judged if (case.verdict.verdict == "about") != (case.label == "about")]
        return sorted(wrong, key=lambda case: -abs(case.verdict.score - case.verdict.threshold))

    def curve(self, steps: int = 24) -> list[tuple[float, Figures]]:
        """(threshold, figures) over the range of scores."""
        highest = max((case.verdict.score for case in self.judged), default=0.0)
        thresholds = [round(highest * step / steps, 2) for step in range(1, steps + 1)]
        return [(threshold, self.figures(threshold)) for threshold in dict.fromkeys(thresholds) if threshold]


def count(weighed: float) -> float:
    """Whole where it is: hints make fractions."""
    return int(weighed) if weighed == int(weighed) else round(weighed, 2)


def evaluate(matcher: Matcher, labelled: Sequence[LabelledArticle]) -> dict[str, TopicEvaluation]:
    """Each topic that the matcher knows and any article is labelled for."""
    cases: dict[str, list[Judged]] = {}
    for one in labelled:
        verdicts = matcher.judge(one.article)
        for slug, label in one.labels.items():
            if slug in verdicts:
                cases.setdefault(slug, []).append(Judged(one, verdicts[slug], label, one.weights.get(slug, 1.0)))
    return {slug: TopicEvaluation(slug, tuple(judged)) for slug, judged in cases.items()}


def read_labelled(path: Path) -> list[LabelledArticle]:
    """The labelled articles of a JSON lines file; InvalidInput names the line that cannot be used."""
    return [_labelled(content, f"{path}:{number}") for number, content in read_json_lines(path)]


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line that is not empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidInput(f"{path} cannot be read: {reason}") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _object(line, f"{path}:{number}")


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"{place}: this line is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise InvalidInput(f"{place}: each line must be a JSON object with title, body and labels")
    return content


def _labelled(content: dict[str, Any], place: str) -> LabelledArticle:
    labels = content.get("labels")
    if not isinstance(labels, dict) or not labels:
        raise InvalidInput(f'{place}: has no labels: expected "labels": {{"topic": "about"|"mention"|"none"}}')
    for slug, label in labels.items():
        if label not in LABELS:
            raise InvalidInput(f"{place}: label {label!r} of {slug!r} is not one of {', '.join(LABELS)}")
    return LabelledArticle(
        str(content.get("id", place)), article_of(content, place), labels, _weights(content, labels, place)
    )


def _weights(content: dict[str, Any], labels: Mapping[str, str], place: str) -> dict[str, float]:
    weights = content.get("weights", {})
    if not isinstance(weights, dict) or not set(weights) <= set(labels):
        raise InvalidInput(f'{place}: expected "weights" to give a number to some of the labelled topics')
    for slug, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
            raise InvalidInput(f"{place}: the weight of {slug!r} must be a number above 0 and at most 1")
    return {slug: float(weight) for slug, weight in weights.items()}


def article_of(content: Mapping[str, Any], place: str) -> ArticleText:
    """An article as JSON: title, summary, body (or text), category or categories (or tags), language."""
    texts = {key: content.get(key) or "" for key in ("title", "summary")}
    texts["body"] = content.get("body") or content.get("text") or ""
    for key, value in texts.items():
        if not isinstance(value, str):
            raise InvalidInput(f"{place}: {key!r} must be a text")
    if not any(value.strip() for value in texts.values()):
        raise InvalidInput(f"{place}: the article has neither title nor summary nor body")
    language = content.get("language")
    return ArticleText(
        title=texts["title"],
        summary=texts["summary"],
        body=texts["body"],
        tags=tuple(_tags(content)),
        language=language[:2].lower() if isinstance(language, str) and len(language) >= 2 else None,
        source=tuple(_source(content)),
    )


def _source(content: Mapping[str, Any]) -> Iterable[str]:
    """The source's name, and the host of the article's address."""
    if isinstance(name := content.get("source"), str) and name.strip():
        yield name
    if isinstance(url := content.get("url"), str):
        try:
            host = urlsplit(url).hostname
        except ValueError:  # no address after all: nothing is asked of it
            return
        if host:
            yield host


def _tags(content: Mapping[str, Any]) -> Iterable[str]:
    for key in ("tags", "categories", "category"):
        given = content.get(key)
        if isinstance(given, str) and given.strip():
            yield given
        elif isinstance(given, list):
            yield from (tag for tag in given if isinstance(tag, str))
