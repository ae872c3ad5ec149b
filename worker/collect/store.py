"""Between parsed articles and rows: what is known of a poll's articles, and new rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, insert, select
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


def _by(condition: ColumnElement[bool]) -> Select[Any]:
    """What is known of a source's articles, the newest first. Made once: every poll asks several times."""
    columns = _ARTICLE.c
    return (
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
        .where(columns.source_id == bindparam("source"), condition)
        .order_by(columns.id.desc())
    )


_VALUES: BindParameter[Any] = bindparam("value", expanding=True)
_BY_IDENTIFIER = _by(_ARTICLE.c.external_id.in_(_VALUES))
_BY_CONTENT = _by(_ARTICLE.c.content_hash.in_(_VALUES))
_BY_ADDRESS = _by(_ARTICLE.c.url.in_(_VALUES))
_BY_TITLE = _by(_ARTICLE.c.title.in_(_VALUES))
_LATER = _by(_ARTICLE.c.published_at > bindparam("value")).limit(_RECENT)


def known_articles(session: Session, source_id: int, polled: Sequence[Incoming]) -> list[Known]:
    """The source's articles that any article of the poll could be, and the recent ones that it should still list."""
    found: dict[int, Known] = {}
    for some in _portions(polled):
        # Listings without texts have one hash for all their articles: looking for it would find them all.
        looked_for: list[tuple[Select[Any], list[str]]] = [
            (_BY_IDENTIFIER, [item.external_id for item in some]),
            (_BY_CONTENT, [item.content_hash for item in some if is_telling(item.article.text)]),
            (_BY_ADDRESS, [variant for item in some for variant in _variants(item)]),
        ]
        titles = [item.article.title for item in some if says_title_alone(item)]
        if len(titles) >= MOVED_AT_LEAST:  # no index helps: only where it may be needed
            looked_for.append((_BY_TITLE, titles))
        for statement, values in looked_for:
            if values:
                found.update((one.id, one) for one in _known(session, statement, source_id, values))
    dates = [item.article.published_at for item in polled if item.article.published_at]
    if dates:
        found.update((one.id, one) for one in _known(session, _LATER, source_id, min(dates)))
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


def _known(session: Session, statement: Select[Any], source_id: int, value: object) -> Iterable[Known]:
    rows = session.execute(statement, {"source": source_id, "value": value})
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


@dataclass(slots=True)
class NewArticle:
    """An article that is not stored yet, with the columns that are set then; `id` comes with the row.

    A poll may bring hundreds, while everybody who writes waits: rows without a mapped object each take half the time.
    """

    source_id: int
    external_id: str
    url: str
    first_seen_at: datetime
    baseline: bool
    withheld_reason: str | None
    published_at: datetime | None
    modified_at: datetime | None
    language: str | None
    content_hash: str
    rendition: str
    title: str
    author: str
    summary: str
    text: str
    image_url: str | None
    image_alt: str
    categories: list[str]
    updated_at: datetime
    text_state: str
    text_tries: int
    text_next_at: datetime | None
    page_url: str | None = None
    story_id: int | None = None
    released_at: datetime | None = None
    withdrawn_at: datetime | None = None
    id: int = 0


def new_article(source: Source, item: Incoming, *, baseline: bool, now: datetime) -> NewArticle:
    """An article seen for the first time."""
    parsed = item.article
    return NewArticle(
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


def insert_new(session: Session, articles: Sequence[NewArticle]) -> None:
    """Store those that are not stored yet, and give them their ids."""
    new = [article for article in articles if not article.id]
    if not new:
        return
    rows = [{**_DEFAULTS, **{name: getattr(article, name) for name in _SET}} for article in new]
    ids = session.execute(insert(_ARTICLE).returning(_ARTICLE.c.id, sort_by_parameter_order=True), rows).scalars()
    for article, article_id in zip(new, ids, strict=True):
        article.id = article_id


_SET = tuple(column.name for column in fields(NewArticle) if column.name != "id")
_DEFAULTS = {
    name: column.get_default(call_default_factory=True)
    for name, column in Article.model_fields.items()
    if name not in _SET and name != "id"
}
"""Of the columns that a new article does not set."""


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
