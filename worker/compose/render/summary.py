"""What a mail says of its articles in short: the subject's headline, the preheader's titles, the topics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from worker.compose.render.articles import CardArticle
from worker.compose.render.untrusted import clean, clip, direction
from worker.compose.render.voice import Summary

_HEADLINE, _OTHER, _TEASER, _OTHERS, _TOPICS = 88, 64, 150, 3, 4
_KEPT = 8_000
_ISOLATE, _END = "\u2068", "\u2069"


@lru_cache(_KEPT)
def headline(article: CardArticle) -> str:
    """The title for a subject line, after its topic where it does not name it: `Belarus: Observers at war games`.

    Words read from right to left are set apart, so that what follows them stays where it belongs.
    """
    title = clip(article.title, _HEADLINE) or clip(article.source, _HEADLINE) or "…"
    title = title.rstrip(" .,;:") or title
    topic = clean(article.topics[0]) if article.topics else ""
    if direction(title) == "rtl":
        return f"{_ISOLATE}{title}{_END}"
    if not topic or topic.casefold().removesuffix("s") in title.casefold():
        return title
    return f"{topic}: {title}"


@lru_cache(_KEPT)
def _short_title(article: CardArticle) -> str:
    return clip(article.title, _OTHER) or clip(article.source, _OTHER)


@lru_cache(_KEPT)
def _teaser(article: CardArticle) -> str:
    """The beginning of the article, without the title that many feeds repeat there."""
    title, lead = clean(article.title), clean(article.lead)
    if title and lead.startswith(title):
        lead = lead[len(title) :].lstrip(" .:–—-")
    return clip(lead, _TEASER)


def summarise(articles: Sequence[CardArticle]) -> Summary:
    """The articles in short: how many, on what, what else there is besides the first."""
    topics = dict.fromkeys(topic for article in articles for topic in article.topics)
    others = (_short_title(article) for article in articles[1 : 1 + _OTHERS])
    return Summary(
        count=len(articles),
        topics=tuple(clean(topic) for topic in list(topics)[:_TOPICS]),
        others=tuple(title for title in others if title),
        teaser=_teaser(articles[0]),
    )
