"""Asking hubs: for a subscription, for its renewal before the lease is over, and for its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select, update
from sqlmodel import Session

from worker.collect.fetch.model import AnswerTooSlow, Fetched, FetchError, ForbiddenAddress, may_be_private
from worker.collect.hosts import HostState, end_turn, host_of, states_of, take_turn
from worker.collect.hubs import ASKED_LEASE, retry_after
from worker.collect.plain import one_line
from worker.collect.push import deny
from worker.collect.rhythm import rest_asked
from worker.database import table
from worker.models import Push, PushState, Source

_PUSH, _SOURCE = table(Push), table(Source)
_AT_WORK = timedelta(minutes=2)
_FORBIDDEN_FOR = timedelta(days=7)
_HUBS_AT_ONCE = 2_000
"""Hubs looked at for those to ask now; many sites have one of their own."""
_UNKNOWN = HostState(datetime.min.replace(tzinfo=UTC), 0)
_FAREWELLS = 3
"""A hub that does not hear that we leave, leaves when the lease is over."""


class Posts(Protocol):
    """Posts a form; raises FetchError where there is no answer."""

    def post(self, url: str, form: Mapping[str, str], *, allow_private: bool = False) -> Fetched: ...


def due_pushes(session: Session, *, now: datetime, limit: int = 50, slow: bool = False) -> list[int]:
    """The subscriptions (ids) whose hub is to be asked now, the longest due first, one of each hub that is free.

    `slow`: those at hubs that did not answer in time when they were asked last; else those at all others. Many
    sources share a hub: one that hangs must not take all threads.
    """
    return _due(session, now=now, free_by=now, slow=slow)[: max(limit, 0)]


def has_more_pushes(session: Session, *, now: datetime, within: timedelta) -> bool:
    """Whether a hub is to be asked that is only resting, or being asked something else, for no longer than that."""
    return any(_due(session, now=now, free_by=now + within, slow=slow) for slow in (False, True))


def _due(session: Session, *, now: datetime, free_by: datetime, slow: bool) -> list[int]:
    columns = _PUSH.c
    turn = func.row_number().over(partition_by=columns.hub, order_by=(columns.next_at, columns.id))
    due = select(columns.id, columns.hub, columns.next_at, turn.label("turn")).where(columns.next_at <= now).subquery()
    rows = session.execute(
        select(due.c.id, due.c.hub).where(due.c.turn == 1).order_by(due.c.next_at, due.c.id).limit(_HUBS_AT_ONCE)
    )
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(host_of(row.hub), row.id)
    known = states_of(session, first)
    session.rollback()
    return [
        push_id
        for name, push_id in first.items()
        if (state := known.get(name, _UNKNOWN)).free_at <= free_by and (state.slow > 0) == slow
    ]


def end_retired(session: Session, *, now: datetime) -> None:
    """The subscriptions of sources that are no longer named are to end. Commits."""
    retired = select(_SOURCE.c.id).where(~_SOURCE.c.active)
    session.execute(
        update(_PUSH)
        .where(_PUSH.c.source_id.in_(retired), _PUSH.c.state.not_in((PushState.ENDING, PushState.ENDED)))
        .values(state=PushState.ENDING, next_at=now, tries=0)
    )
    session.commit()


def ask_hub(session: Session, push_id: int, *, posts: Posts, callback_root: str, now: datetime) -> PushState | None:
    """Ask the hub for what the row wants, and note the answer; None where there is nothing to ask. Commits.

    The row says what we asked before the request leaves: a hub may verify it before it answers. Where somebody else
    asks the hub's host something, it stays due.
    """
    claimed = _claim(session, push_id, now=now)
    if claimed is None:
        return None
    push, allow_private = claimed
    host = host_of(push.hub)
    form = {
        "hub.mode": "unsubscribe" if push.state == PushState.ENDING else "subscribe",
        "hub.topic": push.topic,
        "hub.callback": callback_root + push.token,
        "hub.lease_seconds": str(int(ASKED_LEASE.total_seconds())),
    }
    if push.secret:
        form["hub.secret"] = push.secret
    answer, failure = None, None
    try:
        answer = posts.post(push.hub, form, allow_private=allow_private)
    except FetchError as error:
        failure = error
    rest = rest_asked(answer.status, answer.retry_after, now=now) if answer is not None else None
    slow = isinstance(failure, AnswerTooSlow)
    end_turn(session, host, now=now, polite=not allow_private, slow=slow, rest=rest)
    return _note(session, push_id, answer, failure, rest=rest, now=now)


def _claim(session: Session, push_id: int, *, now: datetime) -> tuple[Push, bool] | None:
    push = session.scalars(select(Push).where(_PUSH.c.id == push_id).with_for_update()).first()
    if push is None or push.next_at is None or push.next_at > now:
        session.rollback()
        return None
    if push.state == PushState.ENDING and push.tries >= _FAREWELLS:
        push.state, push.next_at = PushState.ENDED, None
        session.commit()
        return None
    if take_turn(session, host_of(push.hub), now=now) is not None:
        session.rollback()
        return None
    expired = push.lease_until is None or push.lease_until <= now
    if push.state != PushState.ENDING and (push.state != PushState.VERIFIED or expired):
        push.state = PushState.PENDING
    push.asked_at, push.next_at, push.tries = now, now + _AT_WORK, push.tries + 1
    source = session.get(Source, push.source_id)
    allow_private = source is not None and may_be_private(push.hub, named=source.url, allowed=source.allow_private)
    if not (allow_private or push.hub.lower().startswith("https://")):
        push.secret = ""  # on its way everybody could read it (W3C WebSub, 5.1): then only the callback is secret
    session.commit()
    return push, allow_private


def _note(
    session: Session,
    push_id: int,
    answer: Fetched | None,
    failure: FetchError | None,
    *,
    rest: timedelta | None,
    now: datetime,
) -> PushState:
    push = session.get_one(Push, push_id, populate_existing=True, with_for_update=True)
    status = answer.status if answer is not None else None
    asked, verified = push.asked_at, push.verified_at
    verified_meanwhile = asked is not None and verified is not None and verified >= asked
    if isinstance(failure, ForbiddenAddress):
        deny(push, str(failure), now=now, wait=_FORBIDDEN_FOR)
    elif push.state in (PushState.ENDED, PushState.DENIED) or verified_meanwhile:
        pass  # the hub told us before it answered
    elif status is not None and 400 <= status < 500 and status != 429 and push.state != PushState.ENDING:
        told = one_line(answer.body[:300].decode("utf-8", "replace"), limit=200) if answer is not None else ""
        deny(push, f"the hub answers with status {status}: {told}".rstrip(": "), now=now)
    else:
        push.next_at = now + max(retry_after(push.tries), rest or timedelta())
        push.reason = _why_not_yet(status, failure)
    state = PushState(push.state)
    session.commit()
    return state


def _why_not_yet(status: int | None, failure: FetchError | None) -> str:
    if failure is not None:
        return str(failure)
    if status is not None and 200 <= status < 300:
        return "the hub has taken the request and not verified it yet"
    return f"the hub answers with status {status}"
