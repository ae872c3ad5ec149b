"""What an edit does to a stored article: revisions, pages to look at again, identifiers that changed hands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlmodel import Session

from worker.collect.decide import Revision, plausible
from worker.collect.documents import ExtractedPage
from worker.collect.identity import content_hash
from worker.collect.recognise import Incoming
from worker.collect.store import BASELINE, NO_TOPIC, WITHDRAWN, content_of
from worker.database import table
from worker.models import BY_OPERATOR, Article, ArticleRevision, Source, TextState

_ARTICLE = table(Article)
_AT_ONCE = 300
_EDITED_WITHIN = timedelta(days=14)
"""An edit of an older article is not looked at: it has been sent, or never will be."""
_STALE_AT_MOST = 20
"""Pages looked at again after one poll: some sites date every page anew when they are rebuilt."""
_DATELESS = ("sitemap", "page")
_BEFORE = timedelta(days=2)
_BURST = 5
"""Articles that come at once; an undated feed that brings so many may have been filled with its archive."""


def revise(session: Session, source: Source, article: Article, revision: Revision, *, now: datetime) -> None:
    """Keep what the article said, and make it say what the feed says now.

    An article that is not released yet is judged anew, also one withheld because it was about no topic.
    """
    item = revision.incoming
    _keep(session, article, revision.changed)
    if item.article.text or item.article.summary:
        for name, value in content_of(source, item, now=now).items():
            setattr(article, name, value or getattr(article, name) if name in _KEPT else value)
    else:
        _retitle(article, item, now=now)
    article.url = item.url or article.url
    _judge_anew(article)


def revise_from_page(session: Session, article: Article, page: ExtractedPage, *, now: datetime) -> bool:
    """An article's page was looked at again: keep what it said before, if it says something else now."""
    article.text_state, article.text_next_at = TextState.WHOLE, None
    if content_hash("", page.text) == content_hash("", article.text):
        return False
    _keep(session, article, ("text",))
    article.text, article.updated_at = page.text, now
    _judge_anew(article)
    return True


def withhold_if_old(session: Session, article: Article, page: ExtractedPage, *, was_undated: bool) -> None:
    """A listing without dates links to old articles too: the page tells that it was there before its source was."""
    source = session.get(Source, article.source_id)
    if source is None or source.baseline_at is None or source.release_baseline or page.published_at is None:
        return
    if page.published_at >= source.baseline_at - _BEFORE or article.released_at is not None:
        return
    if article.rendition in _DATELESS:
        dated_by_page = article.published_at == page.published_at
    else:  # pages are now and then dated wrongly: of a feed only what came in a burst can be an archive
        dated_by_page = was_undated and _came_with(session, article) >= _BURST
    if dated_by_page:
        article.baseline, article.withheld_reason = True, BASELINE


def _came_with(session: Session, article: Article) -> int:
    """How many articles its source brought at one moment."""
    same = (_ARTICLE.c.source_id == article.source_id, _ARTICLE.c.first_seen_at == article.first_seen_at)
    count: int = session.execute(select(func.count()).select_from(_ARTICLE).where(*same)).scalar_one()
    return count


def _keep(session: Session, article: Article, changed: Sequence[str]) -> None:
    """What the article says now becomes one of its earlier forms."""
    session.add(
        ArticleRevision(
            article_id=article.id,
            revision=article.revision,
            seen_at=article.updated_at,
            title=article.title,
            summary=article.summary,
            text=article.text,
            url=article.url,
            content_hash=article.content_hash,
            changed=list(changed),
        )
    )
    article.revision += 1


def _judge_anew(article: Article) -> None:
    if article.released_at is None:
        article.matched_at = None
        if article.withheld_reason == NO_TOPIC:
            article.withheld_reason = None


_KEPT = ("title", "author", "image_url", "image_alt", "categories")
"""What an edit that does not speak of it leaves as it was: the article's page may have told it."""


def _retitle(article: Article, item: Incoming, *, now: datetime) -> None:
    """A listing without texts told a new title or address: the page is looked at again, meanwhile its text stays."""
    article.title = item.article.title or article.title
    article.content_hash, article.rendition = item.content_hash, item.rendition
    article.updated_at = now
    if article.text_state == TextState.WHOLE:
        article.text_state, article.text_tries, article.text_next_at = TextState.STALE, 0, None


def mark_stale(session: Session, article_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Have the pages of recent articles looked at again; returns whose. The caller commits."""
    columns = _ARTICLE.c
    chosen = (
        select(columns.id)
        .where(
            columns.id.in_(article_ids[:_AT_ONCE]),
            columns.text_state == TextState.WHOLE,
            columns.withdrawn_at.is_(None),
            columns.first_seen_at >= now - _EDITED_WITHIN,
            ~columns.baseline,
        )
        .order_by(columns.id.desc())
        .limit(_STALE_AT_MOST)
    )
    ids = list(session.execute(chosen).scalars())
    session.execute(
        update(_ARTICLE).where(columns.id.in_(ids)).values(text_state=TextState.STALE, text_tries=0, text_next_at=None)
    )
    return ids


def note_modified(session: Session, listed: Iterable[tuple[int, Incoming]], *, now: datetime) -> None:
    """Remember when each article was changed last, as its source says."""
    rows = [
        {"id": article_id, "modified_at": told}
        for article_id, item in listed
        if (told := plausible(item.article.updated_at, now=now)) is not None
    ]
    if rows:
        session.execute(update(Article), rows)


def step_aside(session: Session, article_ids: Sequence[int]) -> None:
    """Articles whose identifier another one bears from now on give it up; they stay known by address and content."""
    for article_id in article_ids:
        article = session.get(Article, article_id)
        if article is not None:
            article.external_id = f"{article.external_id} (until {article.id})"
    session.flush()


def _restore(article: Article) -> None:
    """A withdrawn article that its feed lists again stands again.

    One that was released goes to release once more: its new number reaches those whose turn came meanwhile, and
    nobody who has had it (docs/planning.md).
    """
    article.withdrawn_at = article.withdrawn_reason = None
    article.released_at = None
    if article.withheld_reason == WITHDRAWN:
        article.withheld_reason = None


def follow(session: Session, article_id: int, item: Incoming) -> None:
    """An article that is listed stands; a GUID that flipped is followed, so that it is found at once next time."""
    article = session.get(Article, article_id)
    if article is None:
        return
    if article.withdrawn_at is not None and not (article.withdrawn_reason or "").startswith(BY_OPERATOR):
        _restore(article)
    if article.rendition != item.rendition and (item.article.text or item.article.summary):
        article.rendition, article.content_hash = item.rendition, item.content_hash
    if article.external_id == item.external_id:
        return
    taken = session.execute(
        select(_ARTICLE.c.id).where(
            _ARTICLE.c.source_id == article.source_id, _ARTICLE.c.external_id == item.external_id
        )
    ).first()
    if taken is None:
        article.external_id = item.external_id
