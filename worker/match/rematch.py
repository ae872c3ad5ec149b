"""Judging stored articles anew: after a definition changed, and when a full text came after the release.

Silent unless asked: matches of released articles are replaced as evidence, and nobody is sent anything. A job is worked
off in portions, each one transaction together with how far the job has come: whoever dies in between leaves no gap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlmodel import Session

from worker.database import RELEASE_LOCK, SCHEDULES_LOCK, lock_exclusive, lock_shared, table
from worker.errors import InvalidInput, NotFound
from worker.match.definitions import StoredMatcher
from worker.match.judging import JUDGED, article_text, match_row
from worker.match.marks import find_topic, when_retired
from worker.models import Article, Match, Rematch, RematchState, TextState, Topic

_ARTICLE, _MATCH, _REMATCH, _TOPIC = table(Article), table(Match), table(Rematch), table(Topic)
_JUDGED = (_ARTICLE.c.id, _ARTICLE.c.revision, *JUDGED)

PORTION = 200
"""Articles of one transaction: well under a second."""

LATE_WITHIN = timedelta(days=7)
"""From when an article was first seen; its page is tried for an hour, and a worker may be away for longer."""

Gained = Mapping[int, Collection[int]]
"""Article to the topics that it is newly about."""
ReleaseTo = Callable[[Session, Gained, datetime, str], Sequence[int]]
"""Gives each article a further number for these topics only, within the caller's transaction; the numbers."""


@dataclass(frozen=True)
class RematchProgress:
    """How far a job has come."""

    id: int
    state: str
    topic: str | None
    since: datetime
    send: bool
    by: str
    total: int
    judged: int
    gained: int
    lost: int
    released: int
    created_at: datetime
    finished_at: datetime | None


def start_rematch(
    session: Session, slug: str | None, *, since: datetime, send: bool, by: str, now: datetime
) -> RematchProgress:
    """Make the job; portions do the work. InvalidInput while another job for that topic runs. Commits."""
    if not by.strip():
        raise InvalidInput("Say who asks for it: --by NAME")
    lock_exclusive(session, SCHEDULES_LOCK)  # of two who ask at once one is refused; no definition changes meanwhile
    topic = find_topic(session, slug) if slug else None
    if topic is not None and topic.retired_at is not None:
        raise InvalidInput(f"{when_retired(topic)}: nothing can match it")
    for running in running_rematches(session):
        if running.topic is None or topic is None or running.topic == topic.slug:
            raise InvalidInput(
                f"Job {running.id} is at it since {running.created_at:%Y-%m-%d %H:%M} UTC: let it finish "
                f"(`sitrep topics rematch --status`) or stop it (`sitrep topics rematch --cancel {running.id}`)"
            )
    until = session.execute(select(func.coalesce(func.max(_ARTICLE.c.id), 0))).scalar_one()
    job = Rematch(
        topic_id=topic.id if topic else None,
        since=since,
        send=send,
        by=by.strip(),
        created_at=now,
        until_article_id=until,
        total=session.execute(select(func.count()).where(_within(since, 0, until))).scalar_one(),
    )
    session.add(job)
    return _committed(session, job)


def rematch_portion(
    session: Session,
    rematch_id: int,
    *,
    matcher: StoredMatcher,
    now: datetime,
    release_to: ReleaseTo | None = None,
    size: int = PORTION,
) -> RematchProgress | None:
    """Judge the next articles of the job, or end it; None where somebody else is at it just now. Commits.

    `release_to` is needed for jobs that send.
    """
    job = _claim(session, rematch_id)
    if job is None or job.state != RematchState.RUNNING:
        ended = rematch_progress(session, rematch_id)
        session.rollback()
        return ended if job is not None else None
    topics = _topics(matcher, job.topic_id)
    if not topics or (job.send and release_to is None):
        return _end(session, job, RematchState.CANCELLED, now=now)
    if job.send:
        lock_exclusive(session, RELEASE_LOCK)
    else:
        lock_shared(session, RELEASE_LOCK)  # no release happens between what we read and what we write
    rows = _next(session, job, size)
    if not rows:
        return _end(session, job, RematchState.DONE, now=now)
    gained, lost = _judge(session, rows, matcher, topics, now=now)
    if job.topic_id is None:
        _note_judged(session, [row.id for row in rows], now=now)
    if job.send and release_to is not None and gained:
        job.released += len(release_to(session, gained, now, f"rematch {job.id} by {job.by}"))
    job.gained += sum(map(len, gained.values()))
    job.lost += lost
    job.judged += len(rows)
    job.last_article_id = rows[-1].id
    return _committed(session, job)


def rejudge_late_texts(session: Session, *, matcher: StoredMatcher, now: datetime, limit: int = PORTION) -> int:
    """Judge released articles anew whose full text came after their release; silently. Returns how many. Commits."""
    lock_shared(session, RELEASE_LOCK)
    a = _ARTICLE.c
    late = and_(
        a.first_seen_at > now - LATE_WITHIN,
        *(a.released_at.is_not(None), a.text_tries > 0, a.text_state == TextState.WHOLE),
        a.updated_at > a.matched_at,
    )
    rows = session.execute(select(*_JUDGED).where(late).order_by(a.id).limit(limit).with_for_update()).all()
    if rows:
        _judge(session, rows, matcher, _topics(matcher, None), now=now)
        _note_judged(session, [row.id for row in rows], now=now)
    session.commit()
    return len(rows)


def cancel_rematch(session: Session, rematch_id: int, *, now: datetime) -> RematchProgress:
    """Stop a job between two portions; what it has judged stays. Commits."""
    changed = update(_REMATCH).where(_REMATCH.c.id == rematch_id, _REMATCH.c.state == RematchState.RUNNING)
    session.execute(changed.values(state=RematchState.CANCELLED, finished_at=now))
    progress = rematch_progress(session, rematch_id)
    session.commit()
    return progress


def running_rematches(session: Session) -> list[RematchProgress]:
    """Jobs that are not finished, the oldest first."""
    return _list(session, _REMATCH.c.state == RematchState.RUNNING)


def rematches(session: Session, *, limit: int = 20) -> list[RematchProgress]:
    """The latest jobs, the newest first."""
    return _list(session)[::-1][:limit]


def rematch_progress(session: Session, rematch_id: int) -> RematchProgress:
    """How far a job has come; NotFound where there is none."""
    found = _list(session, _REMATCH.c.id == rematch_id)
    if not found:
        raise NotFound(f"There is no rematch {rematch_id}: `sitrep topics rematch --status` lists them")
    return found[0]


def _list(session: Session, *where: ColumnElement[bool]) -> list[RematchProgress]:
    names = (field.name for field in fields(RematchProgress))
    rows = session.execute(
        select(*(_REMATCH.c[name] for name in names if name != "topic"), _TOPIC.c.slug.label("topic"))
        .outerjoin(_TOPIC, _TOPIC.c.id == _REMATCH.c.topic_id)
        .where(*where)
        .order_by(_REMATCH.c.id)
    )
    return [RematchProgress(**row) for row in rows.mappings()]


def _claim(session: Session, rematch_id: int) -> Rematch | None:
    query = select(Rematch).where(_REMATCH.c.id == rematch_id).execution_options(populate_existing=True)
    return session.execute(query.with_for_update(skip_locked=True)).scalar_one_or_none()


def _topics(matcher: StoredMatcher, topic_id: int | None) -> dict[str, int]:
    return {slug: topic.topic_id for slug, topic in matcher.topics.items() if topic_id in (None, topic.topic_id)}


def _within(since: datetime, after: int, until: int) -> ColumnElement[bool]:
    """Articles that were judged before: what waits for its first judgement is judged by today's definitions anyway."""
    a = _ARTICLE.c
    return and_(a.first_seen_at >= since, a.id > after, a.id <= until, a.matched_at.is_not(None))


def _next(session: Session, job: Rematch, size: int) -> Sequence[Row[Any]]:
    within = _within(job.since, job.last_article_id, job.until_article_id)
    return session.execute(select(*_JUDGED).where(within).order_by(_ARTICLE.c.id).limit(size).with_for_update()).all()


def _judge(
    session: Session, rows: Sequence[Row[Any]], matcher: StoredMatcher, topics: Mapping[str, int], *, now: datetime
) -> tuple[dict[int, set[int]], int]:
    """Replace the matches of these articles and topics; what is newly about a topic, and how many no longer are."""
    ids = [row.id for row in rows]
    ours = and_(_MATCH.c.article_id.in_(ids), _MATCH.c.topic_id.in_(topics.values()))
    about = select(_MATCH.c.article_id, _MATCH.c.topic_id).where(ours, _MATCH.c.verdict == "about")
    before = {(row.article_id, row.topic_id) for row in session.execute(about)}
    after: set[tuple[int, int]] = set()
    made = []
    for row in rows:
        verdicts = matcher.matcher.judge(article_text(row))
        for slug, topic_id in topics.items():
            verdict = verdicts[slug]
            if verdict.verdict != "none":
                made.append(match_row(row.id, row.revision, matcher, slug, verdict, now))
            if verdict.verdict == "about":
                after.add((row.id, topic_id))
    session.execute(delete(_MATCH).where(ours))
    if made:
        session.execute(insert(_MATCH), made)
    gained: dict[int, set[int]] = {}
    for article_id, topic_id in after - before:
        gained.setdefault(article_id, set()).add(topic_id)
    return gained, len(before - after)


def _note_judged(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    session.execute(update(_ARTICLE).where(_ARTICLE.c.id.in_(ids)).values(matched_at=now))


def _end(session: Session, job: Rematch, state: RematchState, *, now: datetime) -> RematchProgress:
    job.state, job.finished_at = state, now
    return _committed(session, job)


def _committed(session: Session, job: Rematch) -> RematchProgress:
    """Read before the commit, so that no transaction is left open behind it."""
    session.flush()
    progress = rematch_progress(session, job.id)
    session.commit()
    return progress
