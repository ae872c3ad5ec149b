"""Fetch an article's page where the feed gave only its beginning; and find out whether an article was withdrawn."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlmodel import Session

from worker.collect.chrome import tidied
from worker.collect.decide import plausible
from worker.collect.documents import ExtractedPage
from worker.collect.fetch.model import PAGE_TYPES, Fetched, FetchError, Fetches, may_be_private
from worker.collect.other_page import why_another
from worker.collect.revising import revise_from_page, withhold_if_old
from worker.collect.rhythm import retry_delay
from worker.collect.sandbox import SANDBOX, Reader
from worker.collect.store import NO_TOPIC, WITHDRAWN
from worker.collect.stories import join_stories, lock_stories
from worker.collect.visits import Disallowed, NotYet, Visits
from worker.database import table
from worker.errors import NotFound
from worker.models import Article, Source, TextState

_ARTICLE = table(Article)
_LEASE = timedelta(minutes=2)
_WAITS = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""Between the tries; after the last of them the summary serves."""
MAX_TRIES = len(_WAITS) + 1
_ABSENT = frozenset({404, 410})
_WAITING = (TextState.PENDING, TextState.STALE)
_AT_LEAST = 0.8
"""A page's text shorter than this share of the feed's excerpt is no gain: the extraction went wrong."""


class TextOutcome(enum.StrEnum):
    """What a try brought."""

    WHOLE = "whole"
    LATER = "later"
    MISSING = "missing"
    WITHDRAWN = "withdrawn"
    NOT_DUE = "not_due"
    """Another fetcher has it, or there is nothing to fetch."""


@dataclass(frozen=True)
class TextResult:
    article_id: int
    outcome: TextOutcome
    error: str | None = None
    host_busy: bool = False
    """Somebody else is at its host: to be tried again in a moment."""


def articles_needing_text(session: Session, *, now: datetime, limit: int = 500) -> list[int]:
    """Articles whose page is to be fetched now, oldest first; none of a baseline, which nobody gets."""
    columns = _ARTICLE.c
    rows = session.execute(
        select(columns.id)
        .where(
            columns.text_state.in_(_WAITING),
            ~columns.baseline,
            columns.withdrawn_at.is_(None),
            or_(columns.text_next_at.is_(None), columns.text_next_at <= now),
        )
        .order_by(columns.text_next_at, columns.id)
        .limit(limit)
    )
    ids = list(rows.scalars())
    session.commit()
    return ids


def fetch_full_text(
    session: Session, article_id: int, *, fetcher: Fetches, now: datetime, reader: Reader = SANDBOX
) -> TextResult:
    """Fetch the page of an article that waits for its text, and store it. Commits.

    A page that cannot be had is tried again after 2, 10 and 30 minutes; then the summary serves. One that is gone
    (410, or 404 twice) was withdrawn; from one that robots.txt does not allow the summary serves at once. Where
    somebody else is at its host, the article waits for its turn, and that is no try.
    """
    claim = _claim(session, article_id, now=now)
    if claim is None:
        return TextResult(article_id, TextOutcome.NOT_DUE)
    url, allow_private, tries = claim
    fetched, failure = _fetch(Visits(fetcher, session, now=now), url, allow_private)
    error = _said(url, fetched, failure)
    page = None
    if fetched is not None and fetched.status == 200:
        page = reader.extract_page(fetched.body, content_type=fetched.content_type, url=fetched.url)
        error = page.error
    if page is not None and page.text:
        lock_stories(session)
    article = session.get(Article, article_id, populate_existing=True, with_for_update=True)
    if article is None or article.text_state not in _WAITING or article.text_tries != tries:
        session.rollback()
        return TextResult(article_id, TextOutcome.NOT_DUE)
    if page is not None and fetched is not None and (another := _why_another(article, page, fetched)):
        page, error = None, another
    if isinstance(failure, NotYet):
        # It stays due: whoever asks for work looks for hosts that are free, and a round comes back to this one.
        article.text_next_at, article.text_tries = now, tries - 1
        outcome = TextOutcome.LATER
    elif isinstance(failure, Disallowed):
        outcome = _give_up(article)
    else:
        if page is not None and _is_usable(article, page):
            page = tidied(session, article, page, now=now)
        outcome = _settle(session, article, fetched, page, now=now)
    if outcome is TextOutcome.WHOLE:
        session.flush()
        join_stories(session, [article], now=now)
    article.text_reason = error if outcome is TextOutcome.MISSING else None
    session.commit()
    return TextResult(article_id, outcome, error, host_busy=isinstance(failure, NotYet))


def check_withdrawn(session: Session, article_id: int, *, fetcher: Fetches, now: datetime) -> bool:
    """Ask an article's own address whether it still stands; mark it withdrawn on 404 or 410. Commits.

    NotYet where somebody else is at its host.
    """
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    source = session.get(Source, article.source_id)
    url, withdrawn = article.url, article.withdrawn_at is not None
    allow_private = _may_be_private(source, url)
    session.commit()
    if withdrawn or not url:
        return withdrawn
    fetched, failure = _fetch(Visits(fetcher, session, now=now), url, allow_private)
    if isinstance(failure, NotYet):
        raise failure
    if fetched is None or fetched.status not in _ABSENT:
        return False
    article = session.get(Article, article_id, populate_existing=True, with_for_update=True)
    if article is not None and article.withdrawn_at is None:
        _withdraw(article, fetched.status, now=now)
    session.commit()
    return True


def _claim(session: Session, article_id: int, *, now: datetime) -> tuple[str, bool, int] | None:
    """Take the article for this try: its address, whether private ones are allowed, and the try's number."""
    columns = _ARTICLE.c
    taken = session.execute(
        update(_ARTICLE)
        .where(
            columns.id == article_id,
            columns.text_state.in_(_WAITING),
            columns.withdrawn_at.is_(None),
            or_(columns.text_next_at.is_(None), columns.text_next_at <= now),
        )
        .values(text_next_at=now + _LEASE, text_tries=columns.text_tries + 1)
        .returning(columns.url, columns.source_id, columns.text_tries)
    ).one_or_none()
    if taken is None:
        known = session.get(Article, article_id) is not None
        session.rollback()
        if not known:
            raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
        return None
    source = session.get(Source, taken.source_id)
    claim = (taken.url, _may_be_private(source, taken.url), taken.text_tries)
    session.commit()
    return claim


def _may_be_private(source: Source | None, url: str) -> bool:
    return source is not None and may_be_private(url, named=source.url, allowed=source.allow_private)


def _fetch(fetcher: Fetches, url: str, allow_private: bool) -> tuple[Fetched | None, FetchError | None]:
    try:
        return fetcher.get(url, accept=PAGE_TYPES, allow_private=allow_private), None
    except FetchError as error:
        return None, error


def _said(url: str, fetched: Fetched | None, failure: FetchError | None) -> str | None:
    """Why there is no page."""
    if fetched is None:
        return str(failure)
    return None if fetched.status == 200 else f"{url} answers with status {fetched.status}"


def _settle(
    session: Session, article: Article, fetched: Fetched | None, page: ExtractedPage | None, *, now: datetime
) -> TextOutcome:
    """What the try means for the article."""
    if page is not None and _is_usable(article, page) and article.text_state == TextState.STALE:
        revise_from_page(session, article, page, now=now)
        return TextOutcome.WHOLE
    if page is not None and _is_usable(article, page):
        was_undated = article.published_at is None
        _take(article, page, now=now)
        withhold_if_old(session, article, page, was_undated=was_undated)
        return TextOutcome.WHOLE
    status = fetched.status if fetched else None
    if status == 410 or (status == 404 and article.text_tries > 1):
        _withdraw(article, status, now=now)
        return TextOutcome.WITHDRAWN
    return put_off(article, asked=retry_delay(fetched.retry_after if fetched else None, now=now), now=now)


def put_off(article: Article, *, asked: timedelta | None = None, now: datetime) -> TextOutcome:
    """A try that brought nothing: the next one comes later (`asked`: no sooner than that), or what we have serves."""
    if article.text_tries >= MAX_TRIES:
        return _give_up(article)
    wait = _WAITS[max(article.text_tries - 1, 0)]
    article.text_next_at = now + max(wait, asked or wait)
    return TextOutcome.LATER


def _is_usable(article: Article, page: ExtractedPage) -> bool:
    if article.text_state == TextState.STALE:
        return bool(page.text)
    return bool(page.text) and len(page.text) >= _AT_LEAST * len(article.text)


def _why_another(article: Article, page: ExtractedPage, fetched: Fetched) -> str | None:
    told = f"{article.summary}\n{article.text}"
    return why_another(page, title=article.title, told=told, asked=article.url, reached=fetched.url)


def _give_up(article: Article) -> TextOutcome:
    """What we have serves."""
    article.text_next_at = None
    if article.text_state == TextState.STALE:
        article.text_state = TextState.WHOLE
        return TextOutcome.MISSING
    article.text_state = TextState.MISSING
    _ask_for_matching(article)
    return TextOutcome.MISSING


def _take(article: Article, page: ExtractedPage, *, now: datetime) -> None:
    """The page's text, and whatever else the feed did not tell."""
    article.text = page.text
    article.title = article.title or page.title
    article.author = article.author or page.author
    article.summary = article.summary or page.lead
    article.categories = article.categories or list(page.categories)
    article.language = article.language or page.language
    article.published_at = article.published_at or plausible(page.published_at, now=now)
    if article.image_url is None and page.image_url:
        article.image_url, article.image_alt = page.image_url, page.image_alt
    article.paywalled, article.page_url = page.paywalled, page.canonical_url
    article.text_state = TextState.WHOLE
    article.text_next_at = None
    article.updated_at = now
    _ask_for_matching(article)


def _ask_for_matching(article: Article) -> None:
    """What is not released yet is judged by its new text, also where what came before spoke of no topic; matches of a
    released article are frozen."""
    if article.released_at is None:
        article.matched_at = None
        if article.withheld_reason == NO_TOPIC:
            article.withheld_reason = None


def _withdraw(article: Article, status: int, *, now: datetime) -> None:
    article.withdrawn_at = now
    article.withdrawn_reason = f"its page answers with status {status}"
    article.text_next_at = None
    if article.released_at is None and article.withheld_reason is None:
        article.withheld_reason = WITHDRAWN
