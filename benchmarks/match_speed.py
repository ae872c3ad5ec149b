"""Articles a second in one process, by its own time: other work on the machine slows it less than a clock tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.match_baselines import density_score
from worker.match.evaluation import LabelledArticle
from worker.match.matcher import Matcher
from worker.match.text import ArticleText
from worker.schedules.topics import TopicDefinition

_MANY = 200
_WORDS = 60


def figures(
    definitions: Mapping[str, TopicDefinition], labelled: Sequence[LabelledArticle], rounds: int
) -> dict[str, dict[str, float]]:
    """By method: articles a second, with evidence and sentence as well, and how much faster than the density rule."""
    articles = [one.article for one in labelled]
    plain = [density_score(topic) for topic in definitions.values()]
    slowest = per_second(lambda article: [score(article) for score in plain], articles, rounds)
    words = [next(topic.own_terms()).casefold() for topic in definitions.values()]
    naive = per_second(lambda article: [word in article.body.casefold() for word in words], articles, rounds)
    table = {
        "topic word anywhere": _row(naive, 0.0, slowest),
        "density rule, a pattern for each topic": _row(slowest, 0.0, slowest),
    }
    for topics in (list(definitions.values()), [*definitions.values(), *unlike(_MANY - len(definitions))]):
        matcher = Matcher(topics)
        judged = per_second(matcher.judge, articles, rounds)
        told = per_second(lambda article, matcher=matcher: _told(matcher, article), articles, rounds)
        table[f"{len(topics)} topics"] = _row(judged, told, slowest)
    return table


def _row(verdicts: float, told: float, slowest: float) -> dict[str, float]:
    return {
        "articles a second": verdicts,
        "with evidence and sentence": told,
        "times the density rule": verdicts / slowest,
    }


def unlike(count: int) -> list[TopicDefinition]:
    """Topics of as many words as usual that hardly any article has."""
    return [
        TopicDefinition(
            slug=f"made-{number}", title="Made", words=tuple(f"word{number}x{word}" for word in range(_WORDS))
        )
        for number in range(count)
    ]


def per_second(judge: Callable[[ArticleText], object], articles: Sequence[ArticleText], rounds: int) -> float:
    """The best of some rounds over all articles."""
    best = 0.0
    for _ in range(rounds + 1):
        started = time.process_time()
        for article in articles:
            judge(article)
        best = max(best, len(articles) / max(time.process_time() - started, 1e-9))
    return best


def _told(matcher: Matcher, article: ArticleText) -> None:
    for verdict in matcher.judge(article).values():
        if verdict.verdict != "none":
            _ = verdict.sentence
