"""An article as a card's template gets it: every text cleaned and cut to its place, every link checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.compose.render.articles import CardArticle
from worker.compose.render.untrusted import clean, clip, direction, language_tag, web_link


class Layout(StrEnum):
    """How an article is shown; each is a file under templates/email/card."""

    ALERT = "alert"
    """The whole mail is about it: its title is the mail's heading."""
    LEAD = "lead"
    STANDARD = "standard"
    LINE = "line"


_TITLE = {Layout.ALERT: 220, Layout.LEAD: 180, Layout.STANDARD: 160, Layout.LINE: 120}
_LEAD = {Layout.ALERT: 700, Layout.LEAD: 420, Layout.STANDARD: 260, Layout.LINE: 0}
_NAME = 60
_MOST_TOPICS = 4
_MOST_OTHERS = 3


@dataclass(frozen=True)
class PreparedArticle:
    """What templates know of an article. `url` is None where the feed's is no web link; a picture is always a link."""

    title: str
    lead: str
    url: str | None
    dir: str
    lang: str | None
    author: str
    source: str
    published_at: datetime | None
    image_url: str | None
    image_alt: str
    topics: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    corrected: bool
    feedback_url: str | None = None
    """Where a reader says that this is not what they asked for; none in what is passed on."""


def prepare(article: CardArticle, layout: Layout) -> PreparedArticle:
    """The article for one layout. An article without a title is called by its source's name, never by nothing."""
    source = clip(article.source, _NAME)
    title = clip(article.title, _TITLE[layout]) or source or "…"
    lead = clip(article.lead, _LEAD[layout]) if _LEAD[layout] else ""
    url = web_link(article.url)
    others = ((clip(name, _NAME), web_link(other)) for name, other in article.also_reported_by)
    return PreparedArticle(
        title=title,
        lead="" if lead == title else lead,
        url=url,
        dir=direction(title),
        lang=language_tag(article.language),
        author=clip(article.author, _NAME),
        source=source,
        published_at=article.published_at,
        image_url=web_link(article.image_url) if url else None,
        image_alt=clip(article.image_alt, 120),
        topics=tuple(clean(topic) for topic in article.topics[:_MOST_TOPICS]),
        others=tuple((name, other) for name, other in others if name and other)[:_MOST_OTHERS],
        corrected=article.corrected,
    )
