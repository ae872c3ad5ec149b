"""Confirming: the owner of the address presses the button, and what was chosen takes effect."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from worker.audience.choices import TopicOffer, current_slugs, offered_topics
from worker.audience.consent import record_consent
from worker.audience.notices import plan_notice
from worker.audience.people import hold_subscriber, move_state
from worker.audience.subscriptions import change_subscriptions, open_subscriptions
from worker.audience.suppression import HashAddress, lift_suppression, suppression_of
from worker.models import Frequency, NoticeKind, Signup, Subscriber, SubscriberState

LIFTED = ("bounced", "complained", "unsubscribed")
"""Suppressions that end when the owner of the address confirms anew."""


class SignupState(StrEnum):
    WAITING = "waiting"
    """The button may be pressed."""
    CONFIRMED = "confirmed"
    """It was pressed, and mail comes."""
    LEFT = "left"
    """It was pressed, and its owner has left since: an old link brings nobody back."""
    EXPIRED = "expired"
    """Too old, or so old that its row is gone."""
    BARRED = "barred"
    """An operator has barred the address."""


@dataclass(frozen=True)
class SignupView:
    """What the confirmation page shows."""

    state: SignupState
    public_id: uuid.UUID | None = None
    address: str = ""
    topics: tuple[TopicOffer, ...] = ()
    frequency: Frequency = Frequency.DAILY
    zone: str = "UTC"
    hour: int = 0
    weekday: int = 0
    just_now: bool = False
    """Whether it was this press of the button that confirmed it."""
    notice_id: uuid.UUID | None = None
    """The welcome mail planned by it."""


def look_at_signup(session: Session, signup_id: int, *, now: datetime, hash_address: HashAddress) -> SignupView:
    """What is waiting for confirmation behind a genuine link; changes nothing."""
    signup = session.get(Signup, signup_id)
    subscriber = session.get(Subscriber, signup.subscriber_id) if signup else None
    if signup is None or subscriber is None:
        return SignupView(SignupState.EXPIRED)
    return _view(session, signup, subscriber, _state(session, signup, subscriber, now, hash_address))


def confirm(session: Session, signup_id: int, *, now: datetime, hash_address: HashAddress) -> SignupView:
    """Confirm the signup: opens its topics, welcomes who is new, lifts what a fresh yes may lift.

    Bounces, complaints and the provider's own unsubscriptions are lifted, an operator's bar is not. Someone who
    subscribes already keeps their other topics. Pressed again it changes nothing.
    """
    signup = session.get(Signup, signup_id)
    subscriber = session.get(Subscriber, signup.subscriber_id) if signup else None
    if signup is None or subscriber is None:
        return SignupView(SignupState.EXPIRED)
    hold_subscriber(session, subscriber)
    session.refresh(signup)
    state = _state(session, signup, subscriber, now, hash_address)
    if state is not SignupState.WAITING:
        session.commit()
        return _view(session, signup, subscriber, state)
    signup.confirmed_at = now
    is_new = _admit(session, signup, subscriber, now, hash_address)
    welcome = plan_notice(session, subscriber.id, NoticeKind.WELCOME, now=now) if is_new else None
    session.commit()
    return replace(_view(session, signup, subscriber, SignupState.CONFIRMED), just_now=True, notice_id=welcome)


def _admit(session: Session, signup: Signup, subscriber: Subscriber, now: datetime, hash_address: HashAddress) -> bool:
    """Open what was chosen; whether the person was not subscribed before."""
    lifted = lift_suppression(session, subscriber.address_key, hash_address=hash_address, reasons=LIFTED)
    subscriber.zone, subscriber.hour, subscriber.weekday = signup.zone, signup.hour, signup.weekday
    subscriber.language = signup.language
    subscriber.confirmed_at = now
    wanted = {topic.id: Frequency(signup.frequency) for topic in _topics(session, signup)}
    is_new = move_state(subscriber, SubscriberState.ACTIVE, now=now)
    session.flush()
    kept = {} if is_new else open_subscriptions(session, subscriber.id)
    change_subscriptions(session, subscriber, kept | wanted, now=now, reason="unsubscribed")
    detail = {"signup": signup.id, "topics": list(signup.topics), "frequency": signup.frequency}
    record_consent(session, [subscriber.id], "confirm", at=now, source="web", detail=detail)
    if lifted:
        record_consent(session, [subscriber.id], "reopen", at=now, source="web", detail={"lifted": lifted})
    return is_new


def _state(
    session: Session, signup: Signup, subscriber: Subscriber, now: datetime, hash_address: HashAddress
) -> SignupState:
    if subscriber.state == SubscriberState.FORGOTTEN:
        return SignupState.EXPIRED
    if signup.confirmed_at is not None:
        active = subscriber.state == SubscriberState.ACTIVE
        return SignupState.CONFIRMED if active else SignupState.LEFT
    if signup.expires_at <= now:
        return SignupState.EXPIRED
    suppression = suppression_of(session, subscriber.address_key, hash_address=hash_address)
    barred = suppression is not None and suppression.reason not in LIFTED
    return SignupState.BARRED if barred else SignupState.WAITING


def _topics(session: Session, signup: Signup) -> list[TopicOffer]:
    wanted = set(current_slugs(session, signup.topics).values())
    return [topic for topic in offered_topics(session) if topic.slug in wanted]


def _view(session: Session, signup: Signup, subscriber: Subscriber, state: SignupState) -> SignupView:
    return SignupView(
        state=state,
        public_id=subscriber.public_id,
        address=subscriber.address,
        topics=tuple(_topics(session, signup)),
        frequency=Frequency(signup.frequency),
        zone=signup.zone,
        hour=signup.hour,
        weekday=signup.weekday,
    )
