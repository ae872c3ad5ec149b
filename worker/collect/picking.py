"""What is to be fetched now, one piece of work for each host that is free. Nothing is claimed here."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Join, Select, and_, func, or_, select, text
from sqlmodel import Session

from worker.collect.sources import is_due, is_free
from worker.database import table
from worker.models import NEEDS_TEXT, Article, Host, Source

_SOURCE, _HOST, _ARTICLE = table(Source), table(Host), table(Article)
_LOOK_AT = 20
"""Rows looked at for each one wanted: several may be of one host."""


def pick_sources(session: Session, *, now: datetime, limit: int, slow: bool = False) -> list[int]:
    """Sources to poll, the longest due first, one of each host that nobody is asking.

    `slow`: those of hosts that did not answer in time when they were asked last; else those of all others.
    """
    columns = _SOURCE.c
    due = (
        select(columns.id, columns.next_poll_at.label("since"), _host_key())
        .select_from(_with_hosts())
        .where(columns.active, is_due(now), is_free(now), _host_is_free(now), _is_slow(slow))
    )
    return _one_of_each_host(session, due, limit)


def pick_texts(session: Session, *, now: datetime, limit: int, slow: bool = False) -> list[int]:
    """Articles whose page is to be fetched, the longest waiting first, one of each source whose host is free.

    An article is nearly always on its source's host; where it is not, its turn is found out when it is fetched.
    """
    columns = _ARTICLE.c
    due = (
        select(columns.id, columns.text_next_at.label("since"), _host_key())
        .select_from(_ARTICLE.join(_with_hosts(), _SOURCE.c.id == columns.source_id))
        .where(_needs_text(now), _host_is_free(now), _is_slow(slow))
    )
    return _one_of_each_host(session, due, limit)


def has_more(session: Session, *, now: datetime, within: timedelta) -> bool:
    """Whether something is due now, or within so long, whose host is only resting or being asked something else."""
    soon = now + within
    sources = (
        select(_SOURCE.c.id)
        .select_from(_with_hosts())
        .where(_SOURCE.c.active, is_due(now), is_free(now), _host_is_free(soon))
        .limit(1)
    )
    texts = (
        select(_ARTICLE.c.id)
        .select_from(_ARTICLE.join(_with_hosts(), _SOURCE.c.id == _ARTICLE.c.source_id))
        .where(_needs_text(now), _host_is_free(soon))
        .limit(1)
    )
    found = any(session.execute(question).first() is not None for question in (sources, texts))
    session.rollback()
    return found


def _one_of_each_host(session: Session, due: Select[tuple[int, datetime | None, str]], limit: int) -> list[int]:
    if limit <= 0:
        return []
    since, number = due.selected_columns.since, due.selected_columns.id
    first = due.order_by(since.asc().nulls_first(), number).limit(limit * _LOOK_AT).subquery()
    turns = func.row_number().over(
        partition_by=first.c.host_key, order_by=(first.c.since.asc().nulls_first(), first.c.id)
    )
    ranked = select(first.c.id, first.c.since, turns.label("turn")).subquery()
    rows = session.execute(
        select(ranked.c.id)
        .where(ranked.c.turn == 1)
        .order_by(ranked.c.since.asc().nulls_first(), ranked.c.id)
        .limit(limit)
    )
    ids = list(rows.scalars())
    session.rollback()
    return ids


def _with_hosts() -> Join:
    return _SOURCE.outerjoin(_HOST, _HOST.c.name == _SOURCE.c.host)


def _host_key() -> ColumnElement[str]:
    return func.coalesce(func.nullif(_SOURCE.c.host, ""), _SOURCE.c.url).label("host_key")


def _host_is_free(now: datetime) -> ColumnElement[bool]:
    return or_(_HOST.c.free_at.is_(None), _HOST.c.free_at <= now)


def _is_slow(slow: bool) -> ColumnElement[bool]:
    strikes = func.coalesce(_HOST.c.slow, 0)
    return strikes > 0 if slow else strikes == 0


def _needs_text(now: datetime) -> ColumnElement[bool]:
    columns = _ARTICLE.c
    return and_(
        text(NEEDS_TEXT),  # word for word, or SQLite does not use the index
        columns.withdrawn_at.is_(None),
        or_(columns.text_next_at.is_(None), columns.text_next_at <= now),
    )
