"""Finding a subscriber's row, and moving its state."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from worker.audience.subscriptions import lock_people
from worker.database import table
from worker.models import Subscriber, SubscriberState

_SUBSCRIBER = table(Subscriber)
_NOBODY = (SubscriberState.FORGOTTEN,)


def find_subscriber(session: Session, public_id: uuid.UUID) -> Subscriber | None:
    """The person of a link; None where the row is gone or forgotten."""
    found = session.execute(select(Subscriber).where(_SUBSCRIBER.c.public_id == public_id)).scalar_one_or_none()
    return None if found is None or found.state in _NOBODY else found


def find_by_key(session: Session, address_key: str) -> Subscriber | None:
    """The person of an address."""
    found = session.execute(select(Subscriber).where(_SUBSCRIBER.c.address_key == address_key)).scalar_one_or_none()
    return None if found is None or found.state in _NOBODY else found


def hold_subscriber(session: Session, subscriber: Subscriber) -> None:
    """Lock the person's row until the caller commits, and read it again as it now is."""
    lock_people(session, [subscriber.id])
    session.refresh(subscriber)


def move_state(subscriber: Subscriber, state: SubscriberState, *, now: datetime) -> bool:
    """Set the state, and since when; whether that changed anything."""
    if subscriber.state == state:
        return False
    subscriber.state = state
    subscriber.state_at = now
    return True
