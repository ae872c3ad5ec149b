"""What to call a source, and who brings its articles already."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session

from worker.collect.identity import canonical_url
from worker.database import table
from worker.models import Article, Source

_SOURCE, _ARTICLE = table(Source), table(Article)
_TAIL = re.compile(
    r"\s*(?:[»|:–—>-]|&raquo;)\s*(?:(?:all\s+)?(?:articles|posts|news)\s+)?(?:rss|atom|feed|rss\s+feed|home|homepage|startseite)\s*$"
    r"|\s+(?:rss|atom)(?:\s+feed)?\s*$",
    re.IGNORECASE,
)
_LONGEST = 60


def good_name(title: str) -> str:
    """A source's title without what says that it is a feed; empty where that is all it says."""
    name = title.strip()
    while (shorter := _TAIL.sub("", name).strip()) != name:
        name = shorter
    if len(name) > _LONGEST:
        name = re.split(r"\s+[»|–—-]\s+", name)[0].strip()[:_LONGEST].strip()
    return "" if re.fullmatch(r"rss|atom|feed|home|index", name, re.IGNORECASE) else name


def sources_of(session: Session, urls: Sequence[str]) -> dict[str, int]:
    """Which sources have brought articles with these addresses: their names, and how many."""
    rows = session.execute(
        select(_SOURCE.c.name, func.count())
        .join(_ARTICLE, _ARTICLE.c.source_id == _SOURCE.c.id)
        .where(_ARTICLE.c.url.in_([canonical_url(url) for url in urls]))
        .group_by(_SOURCE.c.name)
    )
    return {row[0]: row[1] for row in rows}
