"""What a mail says of its articles in short: the subject's headline, the preheader's titles, the topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.compose.render.articles import CardArticle
from worker.compose.render.untrusted import clean, clip, direction

_HEADLINE, _OTHER, _TEASER = 88, 64, 150
_OTHERS, _TOPICS = 3, 4
_KEPT = 8_000
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True)
class Brief:
    """One article in short."""

    headline: str
    title: str
    teaser: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """The articles of a mail in short: how many, on what, how the first begins, what else there is."""

    headline: str
    count: int
    topics: tuple[str, ...]
    others: str
    teaser: str


def summarise(articles: Sequence[CardArticle]) -> Summary:
    """The articles in short; there is at least one."""
    first = brief(articles[0])
    topics: dict[str, None] = {}
    for article in articles:
        topics.update(dict.fromkeys(brief(article).topics))
        if len(topics) >= _TOPICS:
            break
    others = [brief(article).title for article in articles[1 : 1 + _OTHERS]]
    return Summary(
        headline=first.headline,
        count=len(articles),
        topics=tuple(topics)[:_TOPICS],
        others=" · ".join(filter(None, others)),
        teaser=first.teaser,
    )


@lru_cache(_KEPT)
def brief(article: CardArticle) -> Brief:
    """One article in short."""
    topics = tuple(filter(None, map(clean, article.topics)))
    return Brief(
        headline=_headline(article, topics),
        title=clip(article.title, _OTHER) or clip(article.source, _OTHER),
        teaser=_teaser(article),
        topics=topics,
    )


def _headline(article: CardArticle, topics: Sequence[str]) -> str:
    """The title for a subject line, after its topic where it does not name it: `Belarus: Observers at war games`.

    Words read from right to left are set apart, so that what follows them stays where it belongs.
    """
    title = clip(article.title, _HEADLINE) or clip(article.source, _HEADLINE) or "…"
    title = title.rstrip(" .,;:") or title
    if direction(title) == "rtl":
        return f"{_ISOLATE}{title}{_END}"
    if not topics or topics[0].casefold().removesuffix("s") in title.casefold():
        return title
    return f"{topics[0]}: {title}"


def _teaser(article: CardArticle) -> str:
    """The beginning of the article, without the title that many feeds repeat there."""
    title, lead = clean(article.title), clean(article.lead)
    if title and lead.startswith(title):
        lead = lead[len(title) :].lstrip(" .:–—-")
    return clip(lead, _TEASER)
