"""Work that ended in an error of our own: it is put off and says why, so that it is not begun anew again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from worker.collect import full_text, gaps
from worker.collect.health import OWN_FAULT, note_failure
from worker.collect.hubs import retry_after
from worker.collect.pace import following
from worker.collect.plain import one_line
from worker.collect.rhythm import Outcome
from worker.models import Article, Gap, Push, Source, TextState

_SAID_AT_MOST = 300


def described(error: Exception) -> str:
    """An error of ours in a line."""
    return OWN_FAULT + one_line(f"{type(error).__name__}: {error}", limit=_SAID_AT_MOST)


def poll_failed(session: Session, source_id: int, error: Exception, *, now: datetime) -> None:
    """The source counts as one that failed. Its lease is left to run out. Commits."""
    source = session.get(Source, source_id, with_for_update=True, populate_existing=True)
    if source is not None:
        interval = timedelta(seconds=source.interval_seconds)
        then = following(source, Outcome.BROKEN, interval=interval, now=now)
        source.next_poll_at, source.failures = then.at, then.failures
        source.last_polled_at, source.last_status, source.last_error = now, None, described(error)
        note_failure(source, now=now)
    session.commit()


def gap_failed(session: Session, gap_id: int, error: Exception, *, now: datetime) -> None:
    """The gap waits, longer each time, and is given up as if its pages could not be had. Commits."""
    gap = session.get(Gap, gap_id, with_for_update=True, populate_existing=True)
    if gap is not None and gap.next_at is not None:
        gaps.put_off(gap, described(error), now=now)
    session.commit()


def text_failed(session: Session, article_id: int, error: Exception, *, now: datetime) -> None:
    """The article's text is tried again as if its page could not be had; then the summary serves. Commits."""
    article = session.get(Article, article_id, with_for_update=True, populate_existing=True)
    if article is not None and article.text_state in (TextState.PENDING, TextState.STALE):
        article.text_reason = described(error)
        full_text.put_off(article, now=now)
    session.commit()


def hub_failed(session: Session, push_id: int, error: Exception, *, now: datetime) -> None:
    """The hub is asked again later. Commits."""
    push = session.get(Push, push_id, with_for_update=True, populate_existing=True)
    if push is not None and push.next_at is not None:
        push.next_at, push.reason = now + retry_after(push.tries), described(error)
    session.commit()
