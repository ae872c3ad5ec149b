"""Subscriptions at hubs, and what hubs send. A push is a hint to poll: nothing that it holds is read."""

from __future__ import annotations

import enum
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session

from worker.collect.hubs import granted_lease, is_signed, renew_after
from worker.collect.plain import one_line
from worker.database import table
from worker.logs import log
from worker.models import Push, PushState, Source

_PUSH, _SOURCE = table(Push), table(Source)
SPACING = timedelta(seconds=60)
"""However many pushes come, they bring at most one poll in this time."""
_SAME_STORM = timedelta(seconds=5)
DENIED_FOR = timedelta(days=1)
_LIVE = (PushState.WANTED, PushState.PENDING, PushState.VERIFIED, PushState.DENIED)


class Taken(enum.StrEnum):
    """What became of a push."""

    POLL = "poll"
    """Its source is to be polled now."""
    NOTED = "noted"
    """Its source is polled soon anyway."""
    IGNORED = "ignored"
    """Its signature is not that of the hub."""
    GONE = "gone"
    """Nobody subscribes there any more."""


def pushes_of(session: Session, source_id: int) -> list[Any]:
    """The rows of a source's subscriptions that are not over."""
    columns = _PUSH.c
    rows = session.execute(
        select(columns.id, columns.hub, columns.topic, columns.state, columns.lease_until, columns.last_push_at).where(
            columns.source_id == source_id, columns.state != PushState.ENDED
        )
    )
    return list(rows)


def note_hub(
    session: Session, source_id: int, pushes: list[Any], found: tuple[str, str] | None, *, now: datetime
) -> None:
    """A source was read, and names this hub and topic, or none: want that subscription, and end others (`pushes`).

    The caller commits.
    """
    wanted = False
    for push in pushes:
        state = PushState.ENDING
        if (push.hub, push.topic) == found:
            wanted, state = True, PushState.WANTED
        if (push.state == PushState.ENDING) != (state == PushState.ENDING):
            session.execute(update(_PUSH).where(_PUSH.c.id == push.id).values(state=state, next_at=now, tries=0))
    if found is not None and not wanted:
        hub, topic = found
        session.add(
            Push(
                source_id=source_id,
                hub=hub,
                topic=topic,
                token=secrets.token_urlsafe(32),
                secret=secrets.token_hex(32),
                next_at=now,
            )
        )


def last_push(pushes: list[Any], *, now: datetime) -> datetime | None:
    """When the last of them came, while a subscription is in force; else None."""
    in_force = [push for push in pushes if push.state == PushState.VERIFIED and push.lease_until > now]
    return max((push.last_push_at for push in in_force if push.last_push_at), default=None)


def verify_intent(session: Session, token: str, query: Mapping[str, str], *, now: datetime) -> str | None:
    """Answer a hub that asks whether we meant it: the challenge to echo, or None where we did not. Commits."""
    push = _locked(session, token)
    if push is None or query.get("hub.topic") != push.topic:
        session.rollback()
        return None
    mode, challenge = query.get("hub.mode"), query.get("hub.challenge") or ""
    agreed = False
    if mode == "subscribe" and challenge and _is_awaited(push):
        lease = granted_lease(query.get("hub.lease_seconds"))
        push.state, push.verified_at, push.lease_until = PushState.VERIFIED, now, now + lease
        push.next_at, push.tries, push.reason = now + renew_after(lease), 0, None
        agreed = True
    elif mode == "unsubscribe" and challenge and push.state == PushState.ENDING:
        push.state, push.next_at = PushState.ENDED, None
        agreed = True
    elif mode == "denied" and push.state in _LIVE:
        deny(push, one_line(query.get("hub.reason") or "the hub gives no reason", limit=300), now=now)
        challenge, agreed = "", True
    session.commit()
    return challenge if agreed else None


def _is_awaited(push: Push) -> bool:
    """Whether we have asked for this subscription and not heard since."""
    if push.state == PushState.PENDING:
        return True
    asked, verified = push.asked_at, push.verified_at
    return push.state == PushState.VERIFIED and asked is not None and verified is not None and asked > verified


def deny(push: Push, reason: str, *, now: datetime, wait: timedelta = DENIED_FOR) -> None:
    """The hub does not want us; polling goes on as without it."""
    push.state, push.reason, push.next_at, push.tries = PushState.DENIED, reason, now + wait, 0
    push.lease_until = None


def take_push(session: Session, token: str, body: bytes, signature: str | None, *, now: datetime) -> tuple[Taken, int]:
    """A hub sends something: what to do, and the source's id (0 where there is none). Commits."""
    push = session.scalars(select(Push).where(_PUSH.c.token == token)).first()
    if push is None or push.state in (PushState.ENDING, PushState.ENDED):
        session.rollback()
        return Taken.GONE, 0
    source_id, last = push.source_id, push.last_push_at
    if push.secret and not is_signed(body, signature, secret=push.secret):
        session.rollback()
        log().info("push_ignored", source=source_id, reason="not signed by its hub")
        return Taken.IGNORED, source_id
    storm = last is not None and now - last < _SAME_STORM
    if not storm:
        session.execute(update(_PUSH).where(_PUSH.c.id == push.id).values(last_push_at=now))
    at = _hasten(session, source_id, now=now)  # in a storm too: what it tells may be newer than the poll it caused
    session.commit()
    return (Taken.POLL if not storm and at is not None and at <= now else Taken.NOTED), source_id


def _hasten(session: Session, source_id: int, *, now: datetime) -> datetime | None:
    """Have the source polled now, or as soon as its last poll is a minute old; when. None: it is left as it is.

    A source that fails, or asked us to wait, is not asked sooner because of a push.
    """
    columns = _SOURCE.c
    last = session.execute(
        select(columns.last_polled_at).where(columns.id == source_id, columns.active, columns.failures == 0)
    ).first()
    if last is None:
        return None
    at = now if last.last_polled_at is None else max(now, last.last_polled_at + SPACING)
    # A poll that is at work may have read the listing already: it sees that this was changed, and comes again.
    later = or_(columns.next_poll_at > at, and_(columns.lease_until > now, columns.next_poll_at < at))
    session.execute(update(_SOURCE).where(columns.id == source_id, later).values(next_poll_at=at))
    return at


def _locked(session: Session, token: str) -> Push | None:
    return session.scalars(select(Push).where(_PUSH.c.token == token).with_for_update()).first()
