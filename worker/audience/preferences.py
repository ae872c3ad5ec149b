"""The preference page: each topic with its own frequency, the hour and zone, a pause, the language."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session

from worker.audience.addresses import Address, masked
from worker.audience.choices import DeliveryTime, TopicOffer, offered_topics
from worker.audience.consent import record_consent
from worker.audience.notices import ask_for_notice
from worker.audience.pauses import PauseWish, change_pause, check_pause, running_pause
from worker.audience.people import find_by_key, find_subscriber, hold_subscriber, move_state
from worker.audience.searches import private_topics
from worker.audience.subscriptions import change_subscriptions, open_subscriptions
from worker.database import table
from worker.models import Clock, DueTime, Frequency, NoticeKind, Pause, PauseMode, Signup, Subscriber, SubscriberState

_CLOCK, _DUE, _SIGNUP = table(Clock), table(DueTime), table(Signup)
_MAY_EDIT = (SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED)


@dataclass(frozen=True)
class Preferences:
    """What somebody chose, as the page shows it; the address only masked."""

    public_id: uuid.UUID
    address: str
    state: SubscriberState
    frequencies: Mapping[str, Frequency]
    """By the topic's slug; a topic that is off is missing."""
    topics: tuple[TopicOffer, ...]
    time: DeliveryTime
    language: str
    pause: PauseWish | None
    next_due: Mapping[Frequency, datetime] = field(default_factory=dict)
    searches: int = 0
    """Searches of one's own that are subscribed to; they have a page of their own."""

    @property
    def may_edit(self) -> bool:
        """Not before the address is confirmed, nor once mail to it was stopped: that takes a fresh signup."""
        return self.state in _MAY_EDIT


@dataclass(frozen=True)
class PreferencesChange:
    """What somebody wants from now on. A topic that is missing is off."""

    frequencies: Mapping[str, Frequency]
    time: DeliveryTime
    language: str
    pause: PauseWish | None


def load_preferences(session: Session, public_id: uuid.UUID, *, now: datetime) -> Preferences | None:
    """The person's choices, or None for nobody's link; changes nothing."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return None
    topics = offered_topics(session)
    held = open_subscriptions(session, subscriber.id)
    pause = running_pause(session, subscriber.id, now)
    return Preferences(
        public_id=public_id,
        address=masked(subscriber.address),
        state=SubscriberState(subscriber.state),
        frequencies={topic.slug: held[topic.id] for topic in topics if topic.id in held},
        topics=tuple(topics),
        time=DeliveryTime(subscriber.zone, subscriber.hour, subscriber.weekday),
        language=subscriber.language,
        pause=_wish(pause, subscriber.zone) if pause else None,
        next_due=_next_due(session, subscriber.id, set(held.values())),
        searches=sum(topic_id in held for topic_id in private_topics(session, subscriber.id).values()),
    )


def save_preferences(
    session: Session, public_id: uuid.UUID, change: PreferencesChange, *, now: datetime
) -> Preferences | None:
    """Make the change and return what now holds, as one unit; None where the link is nobody's or may not edit.

    Turning a topic on again takes somebody who left back in: they hold a link that only their mailbox got.
    """
    subscriber = find_subscriber(session, public_id)
    if subscriber is None or subscriber.state not in _MAY_EDIT:
        return None
    hold_subscriber(session, subscriber)
    if subscriber.state not in _MAY_EDIT:
        session.rollback()
        return None
    before = _summary(session, subscriber, now)
    _apply(session, subscriber, change, now)
    after = _summary(session, subscriber, now)
    if after != before:
        detail = {"before": before, "after": after}
        record_consent(session, [subscriber.id], _action(before, after), at=now, source="web", detail=detail)
    session.commit()
    return load_preferences(session, public_id, now=now)


def request_link(session: Session, address: Address, *, now: datetime) -> uuid.UUID | None:
    """Plan the mail with the link to the preferences of that address, and return its id; None where none is due.

    Somebody who has not confirmed yet gets the confirmation again. The visitor is told the same whoever asks.
    """
    subscriber = find_by_key(session, address.key)
    notice_id = None
    if subscriber is not None:
        hold_subscriber(session, subscriber)
        if subscriber.state in _MAY_EDIT:
            notice_id = ask_for_notice(session, subscriber.id, NoticeKind.PREFERENCE_LINK, now=now)
        elif subscriber.state == SubscriberState.PENDING:
            notice_id = _confirmation_again(session, subscriber.id, now)
    session.commit()
    return notice_id


def _apply(session: Session, subscriber: Subscriber, change: PreferencesChange, now: datetime) -> None:
    running = running_pause(session, subscriber.id, now)
    if change.pause and (running is None or _wish(running, subscriber.zone) != change.pause):
        check_pause(change.pause.until, change.time.zone, now)
    subscriber.zone, subscriber.hour, subscriber.weekday = change.time.zone, change.time.hour, change.time.weekday
    subscriber.language = change.language
    session.flush()
    wanted = _wanted(session, subscriber, change)
    change_subscriptions(session, subscriber, wanted, now=now, reason="unsubscribed")
    change_pause(session, subscriber, change.pause, now=now)
    move_state(subscriber, SubscriberState.ACTIVE if wanted else SubscriberState.UNSUBSCRIBED, now=now)
    session.flush()


def _wanted(session: Session, subscriber: Subscriber, change: PreferencesChange) -> dict[int, Frequency]:
    """What the form says, and what it does not show: searches, and topics whose file is gone (it may come back)."""
    topics = {topic.slug: topic.id for topic in offered_topics(session)}
    wanted = {topics[slug]: frequency for slug, frequency in change.frequencies.items() if slug in topics}
    held = open_subscriptions(session, subscriber.id)
    searches = set(private_topics(session, subscriber.id).values())
    kept = searches if not wanted else set(held) - set(topics.values())
    return {topic_id: frequency for topic_id, frequency in held.items() if topic_id in kept} | wanted


def _summary(session: Session, subscriber: Subscriber, now: datetime) -> dict[str, object]:
    held = open_subscriptions(session, subscriber.id)
    pause = running_pause(session, subscriber.id, now)
    return {
        "topics": {topic.slug: held[topic.id] for topic in offered_topics(session) if topic.id in held},
        "time": [subscriber.zone, subscriber.hour, subscriber.weekday],
        "language": subscriber.language,
        "pause": [pause.mode, pause.ends_at.isoformat()] if pause else None,
    }


def _action(before: dict[str, object], after: dict[str, object]) -> str:
    if before["topics"] and not after["topics"]:
        return "unsubscribe"
    return "reopen" if after["topics"] and not before["topics"] else "change"


def _next_due(session: Session, subscriber_id: int, held: set[Frequency]) -> dict[Frequency, datetime]:
    rows = session.execute(
        select(_DUE.c.frequency, _CLOCK.c.next_due_at)
        .join(_CLOCK, _CLOCK.c.id == _DUE.c.clock_id)
        .where(_DUE.c.subscriber_id == subscriber_id)
    )
    return {Frequency(frequency): due for frequency, due in rows if frequency in held}


def _confirmation_again(session: Session, subscriber_id: int, now: datetime) -> uuid.UUID | None:
    signup_id = session.execute(
        select(_SIGNUP.c.id)
        .where(_SIGNUP.c.subscriber_id == subscriber_id, _SIGNUP.c.confirmed_at.is_(None), _SIGNUP.c.expires_at > now)
        .order_by(_SIGNUP.c.id.desc())
        .limit(1)
    ).scalar()
    if signup_id is None:
        return None
    return ask_for_notice(session, subscriber_id, NoticeKind.CONFIRMATION, now=now, signup_id=signup_id)


def _wish(pause: Pause, zone: str) -> PauseWish:
    return PauseWish(PauseMode(pause.mode), pause.ends_at.astimezone(ZoneInfo(zone)).date())
