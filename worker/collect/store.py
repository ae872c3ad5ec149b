"""Between parsed articles and rows: what is known of a poll's articles, and new rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from worker.collect.decide import plausible
from worker.collect.excerpt import needs_page
from worker.collect.identity import is_telling, url_key
from worker.collect.recognise import MOVED_AT_LEAST, Incoming, Known, says_title_alone
from worker.database import table
from worker.models import Article, Source, TextState

_ARTICLE = table(Article)
_AT_ONCE = 300
_RECENT = 500
_OPENING = 400
BASELINE = "baseline"
NO_TOPIC = "no_topic"
WITHDRAWN = "withdrawn"


def known_articles(session: Session, source_id: int, polled: Sequence[Incoming]) -> list[Known]:
    """The source's articles that any article of the poll could be, and the recent ones that it should still list."""
    found: dict[int, Known] = {}
    for some in _portions(polled):
        urls = [variant for item in some for variant in _variants(item)]
        # Listings without texts have one hash for all their articles: looking for it would find them all.
        hashes = [item.content_hash for item in some if is_telling(item.article.text)]
        titles = [item.article.title for item in some if says_title_alone(item)]
        conditions = [
            _ARTICLE.c.external_id.in_([item.external_id for item in some]),
            _ARTICLE.c.content_hash.in_(hashes),
            _ARTICLE.c.url.in_(urls),
        ]
        if len(titles) >= MOVED_AT_LEAST:  # no index helps: only where it may be needed
            conditions.append(_ARTICLE.c.title.in_(titles))
        for condition in conditions:
            found.update((one.id, one) for one in _select(session, source_id, condition))
    dates = [item.article.published_at for item in polled if item.article.published_at]
    if dates:
        listed = _ARTICLE.c.published_at > min(dates)
        found.update((one.id, one) for one in _select(session, source_id, listed, limit=_RECENT))
    return list(found.values())


def _portions(polled: Sequence[Incoming]) -> Iterator[Sequence[Incoming]]:
    return (polled[start : start + _AT_ONCE] for start in range(0, len(polled), _AT_ONCE))


def _variants(item: Incoming) -> list[str]:
    """The ways in which the same address is written."""
    key = item.url_key
    if not key:
        return []
    return [
        f"{scheme}://{host}{key}{slash}" for scheme in ("http", "https") for host in ("", "www.") for slash in ("", "/")
    ]


def _select(
    session: Session, source_id: int, condition: ColumnElement[bool], *, limit: int | None = None
) -> Iterable[Known]:
    columns = _ARTICLE.c
    rows = session.execute(
        select(
            columns.id,
            columns.external_id,
            columns.url,
            columns.content_hash,
            columns.title,
            columns.summary,
            columns.published_at,
            columns.withdrawn_at,
            func.substr(columns.text, 1, _OPENING).label("opening"),
            columns.rendition,
            columns.modified_at,
            columns.first_seen_at,
        )
        .where(columns.source_id == source_id, condition)
        .order_by(columns.id.desc())
        .limit(limit)
    )
    for row in rows:
        yield Known(
            id=row.id,
            external_id=row.external_id,
            url_key=url_key(row.url) if row.url else "",
            content_hash=row.content_hash,
            title=row.title,
            summary=row.summary,
            published_at=row.published_at,
            withdrawn=row.withdrawn_at is not None,
            opening=row.opening,
            rendition=row.rendition,
            modified_at=row.modified_at,
            first_seen_at=row.first_seen_at,
        )


def new_article(source: Source, item: Incoming, *, baseline: bool, now: datetime) -> Article:
    """The row of an article seen for the first time."""
    parsed = item.article
    return Article(
        source_id=source.id,
        external_id=item.external_id,
        url=item.url,
        first_seen_at=now,
        baseline=baseline,
        withheld_reason=BASELINE if baseline else None,
        published_at=plausible(parsed.published_at, now=now),
        modified_at=plausible(parsed.updated_at, now=now),
        language=source.language or parsed.language,
        **content_of(source, item, now=now),
    )


def content_of(source: Source, item: Incoming, *, now: datetime) -> dict[str, Any]:
    parsed = item.article
    pending = needs_page(parsed, full_text=source.full_text)
    return {
        "content_hash": item.content_hash,
        "rendition": item.rendition,
        "title": parsed.title,
        "author": parsed.author,
        "summary": parsed.summary,
        "text": parsed.text,
        "image_url": parsed.image_url,
        "image_alt": parsed.image_alt,
        "categories": list(parsed.categories),
        "updated_at": now,
        "text_state": TextState.PENDING if pending else TextState.WHOLE,
        "text_tries": 0,
        "text_next_at": None,
    }
