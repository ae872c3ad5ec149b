"""Single mails about somebody's own affairs. On doubt they go again: two confirmations do no harm, none does."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, or_, select, update
from sqlmodel import Session

from worker.database import table
from worker.deliver.mailers import Mailer, Submission
from worker.deliver.outcome import Outcome, OutcomeClass, next_try
from worker.errors import SitrepError
from worker.logs import log
from worker.message import Parcel, UnsafeMessage
from worker.models import Consent, Notice, NoticeKind, Signup, Subscriber, SubscriberState

_NOTICE, _SIGNUP, _SUBSCRIBER = table(Notice), table(Signup), table(Subscriber)
_CONSENT = table(Consent)

MOST_ATTEMPTS = 8
"""Of those that may have been accepted: so many copies at the most."""
KEEP_TRYING = timedelta(days=1)
"""What was surely not accepted is tried for so long, at least every 15 minutes: a server may be away for a night."""

REOPEN_ATTEMPTS = 4
"""As often the provider is asked to forget an address; then the welcome goes all the same, and may be dropped."""

Reopen = Callable[[str], None]
ComposeNotice = Callable[[Session, uuid.UUID], Parcel]


@dataclass(frozen=True)
class NoticeResult:
    """What became of a notice; `stop` says that no other mail would leave now either."""

    notice_id: uuid.UUID
    state: str
    reason: str = ""
    retry_at: datetime | None = None
    stop: bool = False


def due_notices(session: Session, *, now: datetime, limit: int = 500) -> Sequence[uuid.UUID]:
    """Notices that wait to be sent, the oldest first; what goes to many at once comes after what people wait for."""
    rows = session.execute(
        select(_NOTICE.c.id)
        .where(_NOTICE.c.state == "planned", or_(_NOTICE.c.retry_at.is_(None), _NOTICE.c.retry_at <= now))
        .order_by(_NOTICE.c.kind == NoticeKind.TOPIC_CHANGED, _NOTICE.c.created_at, _NOTICE.c.id)
        .limit(limit)
    )
    return rows.scalars().all()


def recover_notices(session: Session, *, now: datetime) -> list[uuid.UUID]:
    """Notices whose worker died are planned again, whether or not they may have left; at most MOST_ATTEMPTS times."""
    over = [_NOTICE.c.state.in_(("claimed", "submitting")), _NOTICE.c.lease_until < now]
    session.execute(
        update(_NOTICE)
        .where(*over, _NOTICE.c.attempt >= MOST_ATTEMPTS)
        .values(state="failed", reason="too_often", lease_until=None)
    )
    again = session.execute(
        update(_NOTICE).where(*over).values(state="planned", lease_until=None).returning(_NOTICE.c.id)
    )
    ids = list(again.scalars())
    session.commit()
    return ids


def submit_notice(
    session: Session,
    notice_id: uuid.UUID,
    *,
    mailer: Mailer,
    compose_notice: ComposeNotice,
    now: datetime,
    lease: timedelta,
    reopen: Reopen | None = None,
) -> NoticeResult:
    """Send one notice if it is due and still of use; one that is not is left alone.

    `reopen` takes an address off the provider's own lists: asked before the welcome of somebody whose suppression a
    fresh confirmation has lifted, because what goes to a listed address is dropped there.
    """
    claimed = _claim(session, notice_id, now=now, lease=lease)
    if claimed is None:
        session.rollback()
        return NoticeResult(notice_id, "not_due")
    if (useless := _useless(session, claimed, now=now)) is not None:
        state, reason = useless
        return _decide(session, claimed, NoticeResult(notice_id, state, reason))
    returned = _returned(session, claimed) if reopen else None
    session.commit()
    parcel = compose_notice(session, notice_id)
    session.commit()
    if reopen and returned and (refused := _reopened(reopen, returned)) and claimed.attempt <= REOPEN_ATTEMPTS:
        again = next_try(Outcome(OutcomeClass.RETRY, refused), attempt=claimed.attempt, now=now)
        return _decide(session, claimed, NoticeResult(notice_id, "planned", refused, again))
    left = session.execute(
        update(_NOTICE)
        .where(_NOTICE.c.id == notice_id, _NOTICE.c.state == "claimed", _NOTICE.c.attempt == claimed.attempt)
        .values(state="submitting")
        .returning(_NOTICE.c.id)
    ).one_or_none()
    session.commit()
    if left is None:
        return NoticeResult(notice_id, "claim_lost")
    try:
        submission = mailer.submit([parcel], batch_id=None, now=now)
    except UnsafeMessage as error:
        submission = Submission(Outcome(OutcomeClass.BISECT, str(error)))
    asked_at = claimed.created_at
    result = notice_result(notice_id, submission, attempt=claimed.attempt, asked_at=asked_at, now=now)
    return _decide(session, claimed, result, provider_id=submission.provider_id, now=now)


def _returned(session: Session, notice: Row[Any]) -> str | None:
    """The address of somebody whom this welcome greets after a suppression was lifted."""
    if notice.kind != NoticeKind.WELCOME:
        return None
    lifted = exists().where(
        _CONSENT.c.subscriber_id == notice.subscriber_id,
        _CONSENT.c.action == "reopen",
        _CONSENT.c.at == notice.created_at,
    )
    found: str | None = session.execute(
        select(_SUBSCRIBER.c.address).where(_SUBSCRIBER.c.id == notice.subscriber_id, lifted)
    ).scalar()
    return found


def _reopened(reopen: Reopen, address: str) -> str:
    """What the provider said against it; empty where the address is off its lists."""
    try:
        reopen(address)
    except SitrepError as error:
        log().warning("address_stays_listed_at_provider", reason=str(error))
        return str(error)
    return ""


def notice_result(
    notice_id: uuid.UUID, submission: Submission, *, attempt: int, asked_at: datetime, now: datetime
) -> NoticeResult:
    """What the mailer's answer means for a notice."""
    outcome = submission.outcome
    if (own := submission.results.get(notice_id)) is not None:
        outcome = Outcome(own.kind, own.reason, retry_at=outcome.retry_at)
    if outcome.kind == OutcomeClass.ACCEPTED:
        return NoticeResult(notice_id, "accepted")
    if outcome.kind in (OutcomeClass.BISECT, OutcomeClass.SPLIT):
        return NoticeResult(notice_id, "failed", outcome.reason)
    stop = outcome.kind == OutcomeClass.STOP
    doubtful = outcome.kind == OutcomeClass.UNCERTAIN
    if (doubtful and attempt >= MOST_ATTEMPTS) or asked_at + KEEP_TRYING <= now:
        return NoticeResult(notice_id, "failed", outcome.reason, stop=stop)
    retry_at = next_try(outcome, attempt=attempt, now=now)
    return NoticeResult(notice_id, "planned", outcome.reason, retry_at, stop=stop)


def _claim(session: Session, notice_id: uuid.UUID, *, now: datetime, lease: timedelta) -> Row[Any] | None:
    return session.execute(
        update(_NOTICE)
        .where(
            _NOTICE.c.id == notice_id,
            _NOTICE.c.state == "planned",
            or_(_NOTICE.c.retry_at.is_(None), _NOTICE.c.retry_at <= now),
        )
        .values(state="claimed", lease_until=now + lease, attempt=_NOTICE.c.attempt + 1)
        .returning(
            _NOTICE.c.id,
            _NOTICE.c.kind,
            _NOTICE.c.attempt,
            _NOTICE.c.subscriber_id,
            _NOTICE.c.signup_id,
            _NOTICE.c.created_at,
        )
    ).one_or_none()


def _useless(session: Session, notice: Row[Any], *, now: datetime) -> tuple[str, str] | None:
    """Why the notice need not go any more: its signup is over, or the person may not be mailed.

    A confirmation goes to a suppressed address too: confirming anew is how its owner lifts the suppression.
    """
    state = session.execute(select(_SUBSCRIBER.c.state).where(_SUBSCRIBER.c.id == notice.subscriber_id)).scalar_one()
    if state == SubscriberState.FORGOTTEN:
        return "suppressed", "forgotten"
    if notice.kind != NoticeKind.CONFIRMATION:
        return ("suppressed", "suppressed") if state == SubscriberState.SUPPRESSED else None
    signup = session.execute(
        select(_SIGNUP.c.expires_at, _SIGNUP.c.confirmed_at).where(_SIGNUP.c.id == notice.signup_id)
    ).one_or_none()
    if signup is not None and signup.confirmed_at is not None:
        return "expired", "confirmed"
    if signup is None or signup.expires_at <= now:
        return "expired", "late"
    return None


def _decide(
    session: Session,
    notice: Row[Any],
    result: NoticeResult,
    *,
    provider_id: str | None = None,
    now: datetime | None = None,
) -> NoticeResult:
    """Commit the result, unless events have shown in the meantime that the notice arrived."""
    session.execute(
        update(_NOTICE)
        .where(
            _NOTICE.c.id == notice.id,
            _NOTICE.c.state.in_(("claimed", "submitting")),
            _NOTICE.c.attempt == notice.attempt,
        )
        .values(
            state=result.state,
            reason=result.reason[:500] or None,
            retry_at=result.retry_at,
            lease_until=None,
            accepted_at=now if result.state == "accepted" else None,
            provider_id=provider_id,
        )
    )
    session.commit()
    log().info("notice_submitted", notice=str(notice.id), state=result.state, reason=result.reason)
    return result
