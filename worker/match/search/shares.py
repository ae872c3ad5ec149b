"""In which share of articles a word stands: learned from some, so that searches hang on the rare words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from worker.match.search.article import Reading
from worker.match.text import ArticleText

_KEPT = 20_000


def shares_in(articles: Iterable[ArticleText]) -> dict[str, float]:
    """The share of these articles that hold each word; those of a single article are left out, for they are rare."""
    times: Counter[str] = Counter()
    looked_at = 0
    for article in articles:
        times.update(Reading(article).any.distinct)
        looked_at += 1
    return {word: number / looked_at for word, number in times.most_common(_KEPT) if number > 1}
