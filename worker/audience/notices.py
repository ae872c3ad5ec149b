"""Asking for a single mail about somebody's own affairs, within limits: these forms are open to everybody, and nobody's
mailbox may be flooded through them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from worker.database import table
from worker.models import Notice, NoticeKind

Caps = tuple[tuple[timedelta, int], ...]

CAPS: Caps = ((timedelta(minutes=2), 1), (timedelta(days=1), 4), (timedelta(days=30), 12))
"""At most so many within so long, for one kind of mail to one address. The first is for double clicks."""

CAPS_AFTER_TROUBLE: Caps = ((timedelta(days=1), 1), (timedelta(days=30), 2))
"""For an address whose mail bounced, or whose owner complained or left."""

_NOTICE = table(Notice)
_ASKED_FOR = (NoticeKind.CONFIRMATION, NoticeKind.ALREADY_SUBSCRIBED, NoticeKind.PREFERENCE_LINK)


def within_caps(sent_at: Sequence[datetime], now: datetime, caps: Caps) -> bool:
    """Whether one more may follow those that were sent at these instants."""
    return all(sum(at > now - span for at in sent_at) < most for span, most in caps)


def ask_for_notice(
    session: Session,
    subscriber_id: int,
    kind: NoticeKind,
    *,
    now: datetime,
    signup_id: int | None = None,
    caps: Caps = CAPS,
) -> uuid.UUID | None:
    """Plan the mail and return its id, or None where enough have gone already. The caller holds the row and commits."""
    if not within_caps(_sent_to(session, subscriber_id, kind, now - max(span for span, _ in caps)), now, caps):
        return None
    return plan_notice(session, subscriber_id, kind, now=now, signup_id=signup_id)


def plan_notice(
    session: Session, subscriber_id: int, kind: NoticeKind, *, now: datetime, signup_id: int | None = None
) -> uuid.UUID:
    """Plan the mail, whatever went before."""
    notice = Notice(subscriber_id=subscriber_id, signup_id=signup_id, kind=kind, created_at=now)
    session.add(notice)
    session.flush()
    return notice.id


def may_ask(session: Session, subscriber_id: int, kind: NoticeKind, *, now: datetime, caps: Caps = CAPS) -> bool:
    """Whether `ask_for_notice` would plan one."""
    return within_caps(_sent_to(session, subscriber_id, kind, now - max(span for span, _ in caps)), now, caps)


def _sent_to(session: Session, subscriber_id: int, kind: NoticeKind, since: datetime) -> list[datetime]:
    rows = session.execute(
        select(_NOTICE.c.created_at).where(
            _NOTICE.c.subscriber_id == subscriber_id, _NOTICE.c.kind == kind, _NOTICE.c.created_at > since
        )
    )
    return list(rows.scalars())
