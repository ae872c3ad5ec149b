"""Judges an article for all topics at once. Pure: no database, no clock, no settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from worker.match.evidence import Evidence, evidence_in, excluded_in
from worker.match.furniture import without_furniture
from worker.match.lexicon import Lexicon
from worker.match.scan import Hit, find_hits
from worker.match.scoring import Found, Weighed, about, weigh
from worker.match.text import ArticleText, Cut, cut, fold, words_of
from worker.match.wording import sentence_for
from worker.schedules.topics import TopicDefinition

MAX_BODY = 12_000
"""Characters of the body that are judged: what an article is about shows in its first two thousand words."""
MAX_TITLE = 500
MAX_SUMMARY = 2_000
MAX_TAGS = 50
MAX_TAG = 100

Judged = Literal["about", "mention", "none"]


@dataclass(frozen=True)
class Verdict:
    """What one topic is to one article, and why."""

    verdict: Judged
    definition: TopicDefinition
    found: Found
    weighed: Weighed
    texts: Mapping[str, Cut]

    @property
    def score(self) -> float:
        return self.weighed.score

    @property
    def threshold(self) -> float:
        return self.definition.threshold

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """The terms that counted, by field, strongest first."""
        return evidence_in(self.found, self.weighed, self.texts)

    @cached_property
    def excluded(self) -> tuple[Evidence, ...]:
        """The phrases that hold a term of the topic but mean something else."""
        return excluded_in(self.found, self.texts)

    @cached_property
    def sentence(self) -> str:
        """Why, as a reader understands it."""
        return sentence_for(self.verdict, self.definition, self.evidence, self.excluded, self.found)

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "score": self.score,
            "threshold": self.threshold,
            "evidence": [piece.to_json() for piece in self.evidence],
            "excluded": [piece.to_json() for piece in self.excluded],
            "sentence": self.sentence,
        }


class Matcher:
    """The definitions of some topics, compiled. Build once, use for any number of articles and threads."""

    def __init__(self, definitions: Iterable[TopicDefinition]) -> None:
        self.definitions = {definition.slug: definition for definition in definitions}
        self._entrances = Lexicon(self.definitions.values()).entrances
        self._categories: dict[str, set[str]] = {}
        for slug, definition in self.definitions.items():
            for category in definition.categories:
                self._categories.setdefault(fold(category.strip()), set()).add(slug)

    def judge(self, article: ArticleText) -> dict[str, Verdict]:
        """A verdict for every topic."""
        texts = _cut(article)
        hits: dict[str, dict[str, list[Hit]]] = {}
        for field, text in texts.items():
            for slug, found in find_hits(text.words, self._entrances, article.language).items():
                hits.setdefault(slug, {})[field] = found
        length = len(texts["summary"].words) + len(texts["body"].words)
        placed = self._in_categories(article.tags)
        return {
            slug: _verdict(definition, Found(hits.get(slug, {}), length, slug in placed), texts)
            for slug, definition in self.definitions.items()
        }

    def _in_categories(self, tags: Iterable[str]) -> set[str]:
        if not self._categories:
            return set()
        return {slug for tag in tags for slug in self._categories.get(fold(tag.strip()), ())}


def _cut(article: ArticleText) -> dict[str, Cut]:
    body = cut(without_furniture(article.body[:MAX_BODY]))
    summary = fold(article.summary[:MAX_SUMMARY])
    opening = summary[:60].strip()
    if opening and opening in body.folded[:1000]:
        summary = ""  # the body opens with it: it is said once
    return {
        "title": cut(article.title[:MAX_TITLE]),
        "summary": Cut(summary, words_of(summary)),
        "body": body,
        "tags": cut(".\n\n".join(tag[:MAX_TAG] for tag in article.tags[:MAX_TAGS])),
    }


def _verdict(definition: TopicDefinition, found: Found, texts: Mapping[str, Cut]) -> Verdict:
    if not found.hits and not found.in_category:
        return Verdict("none", definition, found, _NOTHING, texts)
    weighed = weigh(definition, found)
    verdict: Judged = "about" if about(definition, weighed) else "mention" if weighed.own else "none"
    return Verdict(verdict, definition, found, weighed, texts)


_NOTHING = Weighed(0.0, 0, frozenset(), required=False)
