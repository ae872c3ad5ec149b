"""Simple methods on the same articles, and the definitions with what they may have learnt from them taken away."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from worker.match.evaluation import Figures, LabelledArticle
from worker.match.matcher import Matcher
from worker.match.text import ArticleText
from worker.schedules.topics import TopicDefinition

_LEAD = 600
_CAP = 6_000
_DENSITY_THRESHOLD = 3.59

Judge = Callable[[ArticleText], bool]


def rows(
    definitions: Mapping[str, TopicDefinition], labelled: Sequence[LabelledArticle]
) -> list[tuple[str, dict[str, float]]]:
    """F1 by topic of each method."""
    methods: dict[str, Callable[[TopicDefinition], Judge]] = {
        "baseline: topic word anywhere": _anywhere,
        "baseline: keyword in title or summary": _in_title,
        "baseline: density rule": _dense,
    }
    return [
        (name, {slug: f1(method(topic), slug, labelled) for slug, topic in definitions.items()})
        for name, method in methods.items()
    ]


def f1(judge: Judge, slug: str, labelled: Sequence[LabelledArticle]) -> float:
    tp = fp = fn = 0
    for one in labelled:
        if slug in one.labels:
            found, wanted = judge(one.article), one.labels[slug] == "about"
            tp, fp, fn = tp + (found and wanted), fp + (found and not wanted), fn + (wanted and not found)
    return Figures(tp, fp, fn).f1


def keywords(topic: TopicDefinition) -> re.Pattern[str]:
    """All of a topic's own terms in one pattern, with plurals and word boundaries."""
    terms = sorted({term.casefold() for term in topic.own_terms()}, key=len, reverse=True)
    patterns = [re.escape(term).replace(r"\*", r"\w*") for term in terms]
    return re.compile("|".join(rf"\b{pattern}s?\b" for pattern in patterns))


def density_score(topic: TopicDefinition) -> Callable[[ArticleText], float]:
    """3 x in the title + lead hits up to 2 + hits in 1000 characters up to 4, without what is excluded."""
    wanted = keywords(topic)
    unwanted = re.compile("|".join(rf"\b{re.escape(term.casefold())}" for term in topic.exclude) or r"(?!)")

    def score(article: ArticleText) -> float:
        title = unwanted.sub(" ", article.title.casefold())
        body = unwanted.sub(" ", article.body[:_CAP].casefold())
        hits = len(wanted.findall(body))
        lead = len(wanted.findall(f"{article.summary.casefold()} {body[:_LEAD]}"))
        return 3 * bool(wanted.search(title)) + min(lead, 2) + min(1000 * hits / max(len(body), 1), 4)

    return score


def _anywhere(topic: TopicDefinition) -> Judge:
    word = topic.own_terms().__next__().casefold()
    return lambda article: word in article.body.casefold()


def _in_title(topic: TopicDefinition) -> Judge:
    wanted = keywords(topic)
    return lambda article: wanted.search(f"{article.title} {article.summary}".casefold()) is not None


def _dense(topic: TopicDefinition) -> Judge:
    score = density_score(topic)
    return lambda article: score(article) >= _DENSITY_THRESHOLD


def without_own_words(
    definitions: Mapping[str, TopicDefinition], labelled: Sequence[LabelledArticle]
) -> dict[str, float]:
    """F1 where each article is judged without the terms that no other of the articles has.

    A term that helps on one article only may have been written because of it; this is what articles reach whose
    particular words nobody has thought of.
    """
    whole = Matcher(definitions.values())
    where: dict[tuple[str, str], set[str]] = {}
    for one in labelled:
        for slug, verdict in whole.judge(one.article).items():
            for hits in verdict.found.hits.values():
                for hit in hits:
                    where.setdefault((slug, hit.sense.term), set()).add(one.id)
    reached: dict[str, float] = {}
    for slug, topic in definitions.items():
        judged: dict[str, bool] = {}
        for one in labelled:
            gone = {term for (of, term), ids in where.items() if of == slug and ids == {one.id}}
            judged[one.id] = Matcher([_without(topic, gone)]).judge(one.article)[slug].verdict == "about"
        reached[slug] = f1(_remembered(judged, labelled), slug, labelled)
    return reached


def _remembered(judged: Mapping[str, bool], labelled: Sequence[LabelledArticle]) -> Judge:
    by_text = {id(one.article): judged[one.id] for one in labelled}
    return lambda article: by_text[id(article)]


def _without(topic: TopicDefinition, gone: set[str]) -> TopicDefinition:
    def kept(terms: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(term for term in terms if term not in gone)

    if not gone:
        return topic
    return topic.model_copy(
        update={
            "words": kept(topic.words),
            "phrases": kept(topic.phrases),
            "names": {name: variants for name, variants in topic.names.items() if name not in gone},
            "exclude": kept(topic.exclude),
            "supporting": tuple(
                group.model_copy(update={"words": kept(group.words), "phrases": kept(group.phrases)})
                for group in topic.supporting
            ),
        }
    )
