"""Signing up: a choice of topics is kept, and nothing but a confirmation is mailed until its owner says yes.

Whoever asks gets the same answer, so that nobody can find out by this form who reads what.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.audience.addresses import Address
from worker.audience.choices import DeliveryTime
from worker.audience.consent import WORDING_IN_FORCE, record_consent
from worker.audience.notices import CAPS, CAPS_AFTER_TROUBLE, ask_for_notice, may_ask, plan_notice
from worker.audience.subscriptions import lock_people
from worker.audience.suppression import HashAddress, suppression_of
from worker.database import dialect, table
from worker.models import Frequency, NoticeKind, Signup, Subscriber, SubscriberState

_SIGNUP, _SUBSCRIBER = table(Signup), table(Subscriber)


@dataclass(frozen=True)
class SignupRequest:
    """What was chosen in the form, checked: the topics by slug, all at one frequency."""

    address: Address
    topics: tuple[str, ...]
    frequency: Frequency
    time: DeliveryTime
    language: str = "en"
    source: str = "web"


def sign_up(
    session: Session,
    request: SignupRequest,
    *,
    now: datetime,
    confirm_within: timedelta,
    hash_address: HashAddress,
) -> uuid.UUID | None:
    """Keep the choice and plan the mail that answers it; returns the mail's id for the queue.

    None where no mail is due: enough have gone to that address, or an operator has barred it. What the visitor is
    shown does not depend on it. `hash_address` gives the keyed hash of an address key, as in the suppression list.
    """
    notice_id = None
    suppression = suppression_of(session, request.address.key, hash_address=hash_address)
    if suppression is None or suppression.reason != "operator":
        subscriber = _subscriber_of(session, request, now)
        if subscriber.state == SubscriberState.ACTIVE:
            notice_id = ask_for_notice(session, subscriber.id, NoticeKind.ALREADY_SUBSCRIBED, now=now)
        else:
            notice_id = _ask_to_confirm(
                session, subscriber, request, barred=suppression is not None, now=now, expires_at=now + confirm_within
            )
    session.commit()
    return notice_id


def _subscriber_of(session: Session, request: SignupRequest, now: datetime) -> Subscriber:
    """The row of the address, made where there is none, and locked."""
    insert = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    new = insert(_SUBSCRIBER).values(
        public_id=uuid.uuid4(),
        address=request.address.text,
        address_key=request.address.key,
        zone=request.time.zone,
        hour=request.time.hour,
        weekday=request.time.weekday,
        language=request.language,
        state=SubscriberState.PENDING,
        created_at=now,
        state_at=now,
    )
    mine = select(Subscriber).where(_SUBSCRIBER.c.address_key == request.address.key)
    found: Subscriber | None = None
    while found is None:  # once, unless the row is purged between being found and being locked
        session.execute(new.on_conflict_do_nothing(index_elements=["address_key"]))
        lock_people(session, session.execute(mine.with_only_columns(_SUBSCRIBER.c.id)).scalars().all())
        found = session.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    return found


def _ask_to_confirm(
    session: Session,
    subscriber: Subscriber,
    request: SignupRequest,
    *,
    barred: bool,
    now: datetime,
    expires_at: datetime,
) -> uuid.UUID | None:
    """Enough mail may have gone already: then the choice joins the last of them, whose page shows what it confirms."""
    caps = CAPS_AFTER_TROUBLE if barred or subscriber.state == SubscriberState.SUPPRESSED else CAPS
    mail_more = may_ask(session, subscriber.id, NoticeKind.CONFIRMATION, now=now, caps=caps)
    signup = None if mail_more else _last_open_signup(session, subscriber.id, now)
    if signup is None and not mail_more:
        return None
    if signup is None:
        signup = Signup(subscriber_id=subscriber.id, created_at=now, expires_at=expires_at, **_chosen(request))
    for name, value in _chosen(request).items():
        setattr(signup, name, value)
    session.add(signup)
    session.flush()
    record_consent(
        session,
        [subscriber.id],
        "signup",
        at=now,
        source=request.source,
        wording=WORDING_IN_FORCE,
        detail={"signup": signup.id, "topics": list(request.topics), "frequency": request.frequency},
    )
    if not mail_more:
        return None
    return plan_notice(session, subscriber.id, NoticeKind.CONFIRMATION, now=now, signup_id=signup.id)


def _chosen(request: SignupRequest) -> dict[str, Any]:
    return {
        "topics": list(request.topics),
        "frequency": request.frequency,
        "zone": request.time.zone,
        "hour": request.time.hour,
        "weekday": request.time.weekday,
        "language": request.language,
    }


def _last_open_signup(session: Session, subscriber_id: int, now: datetime) -> Signup | None:
    return (
        session.execute(
            select(Signup)
            .where(
                _SIGNUP.c.subscriber_id == subscriber_id,
                _SIGNUP.c.confirmed_at.is_(None),
                _SIGNUP.c.expires_at > now,
            )
            .order_by(_SIGNUP.c.id.desc())
            .limit(1)
        )
        .scalars()
        .first()
    )
