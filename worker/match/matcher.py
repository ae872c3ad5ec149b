"""Judges an article for all topics at once. Pure: no database, no clock, no settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from worker.match.evidence import Evidence, evidence_in, excluded_in
from worker.match.furniture import without_furniture
from worker.match.lexicon import Lexicon
from worker.match.scan import Hit, find_hits
from worker.match.scoring import Found, Weighed, about, weigh
from worker.match.text import ArticleText, Cut, cut, fold
from worker.match.wording import sentence_for
from worker.schedules.topics import TopicDefinition

MAX_BODY = 10_000
"""Characters of the body that are looked at at all."""
JUDGED_BODY = 6_000
"""Characters of it, furniture left out, that are judged: what an article is about shows in its first thousand words."""
MAX_TITLE = 500
MAX_SUMMARY = 2_000
MAX_TAGS = 50
MAX_TAG = 100

Judged = Literal["about", "mention", "none"]


class Verdict:
    """What one topic is to one article, and why. Evidence and sentence are worked out when they are asked for."""

    __slots__ = ("_evidence", "_excluded", "definition", "found", "texts", "verdict", "weighed")

    def __init__(
        self, verdict: Judged, definition: TopicDefinition, found: Found, weighed: Weighed, texts: Mapping[str, Cut]
    ) -> None:
        self.verdict = verdict
        self.definition = definition
        self.found = found
        self.weighed = weighed
        self.texts = texts
        self._evidence: tuple[Evidence, ...] | None = None
        self._excluded: tuple[Evidence, ...] | None = None

    @property
    def score(self) -> float:
        return self.weighed.score

    @property
    def threshold(self) -> float:
        return self.definition.threshold

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The terms that counted, by field, strongest first."""
        if self._evidence is None:
            self._evidence = evidence_in(self.found, self.weighed, self.texts)
        return self._evidence

    @property
    def excluded(self) -> tuple[Evidence, ...]:
        """The phrases that hold a term of the topic but mean something else."""
        if self._excluded is None:
            self._excluded = excluded_in(self.found, self.weighed, self.texts)
        return self._excluded

    @property
    def sentence(self) -> str:
        """Why, as a reader understands it."""
        return sentence_for(self.verdict, self.definition, self.evidence, self.excluded, self.found, self.weighed)

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
        self._categories = _slugs_by(
            (category, slug) for slug, one in self.definitions.items() for category in one.categories
        )
        self._sources = _slugs_by((source, slug) for slug, one in self.definitions.items() for source in one.sources)

    def judge(self, article: ArticleText) -> dict[str, Verdict]:
        """A verdict for every topic."""
        texts = _cut(article)
        hits: dict[str, dict[str, list[Hit]]] = {}
        for field, text in texts.items():
            for slug, found in find_hits(text.words, self._entrances, article.language).items():
                hits.setdefault(slug, {})[field] = found
        length = len(texts["summary"].words) + len(texts["body"].words)
        filed = _named(self._categories, article.tags) if self._categories else ()
        dedicated = _named(self._sources, _hosts_and_names(article.source)) if self._sources else ()
        verdicts: dict[str, Verdict] = {}
        for slug, definition in self.definitions.items():
            if slug in hits or slug in filed or slug in dedicated:
                found_here = Found(hits.get(slug, {}), length, slug in filed, slug in dedicated)
                verdicts[slug] = _verdict(definition, found_here, texts)
            else:
                verdicts[slug] = Verdict("none", definition, _NOTHING_FOUND, _NOTHING, texts)
        return verdicts


def _slugs_by(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    slugs: dict[str, set[str]] = {}
    for name, slug in pairs:
        slugs.setdefault(fold(name.strip()), set()).add(slug)
    return slugs


def _named(slugs: Mapping[str, set[str]], names: Iterable[str]) -> set[str]:
    return {slug for name in names for slug in slugs.get(fold(name.strip()), ())}


def _hosts_and_names(source: Iterable[str]) -> Iterator[str]:
    """Each name, and of a host the domains it belongs to: `www.example.org` is in `example.org`."""
    for name in source:
        yield name
        if " " not in name and "." in name:
            parts = name.split(".")[-5:]
            yield from (".".join(parts[cut:]) for cut in range(1, len(parts) - 1))


def _cut(article: ArticleText) -> dict[str, Cut]:
    body = cut(_beginning(without_furniture(article.body[:MAX_BODY])))
    summary = article.summary[:MAX_SUMMARY]
    if summary:
        opening = fold(summary[:60]).strip()
        if opening and opening in fold(body.original.lstrip()[:1000]):
            summary = ""  # the body opens with it: it is said once
    return {
        "title": cut(article.title[:MAX_TITLE]),
        "summary": cut(summary),
        "body": body,
        "tags": cut("\n\n".join(tag[:MAX_TAG] for tag in article.tags[:MAX_TAGS])),
    }


def _beginning(body: str) -> str:
    """The first words of a body, up to the end of a word; places stay as they are."""
    blank = len(body) - len(body.lstrip())
    if len(body) <= blank + JUDGED_BODY:
        return body
    space = body.rfind(" ", blank + JUDGED_BODY - 100, blank + JUDGED_BODY)
    return body[: space if space > 0 else blank + JUDGED_BODY]


def _verdict(definition: TopicDefinition, found: Found, texts: Mapping[str, Cut]) -> Verdict:
    weighed = weigh(definition, found)
    verdict: Judged = "about" if about(definition, weighed) else "mention" if weighed.own else "none"
    return Verdict(verdict, definition, found, weighed, texts)


_NOTHING_FOUND = Found({}, 0)
_NOTHING = Weighed(0.0, 0, frozenset(), required=False)
