"""How a person stands: state, subscriptions with how each ended, and what was sent of late."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, select
from sqlmodel import Session

from worker.compose.bits import numbers_of
from worker.database import table
from worker.models import Cohort, CohortContent, Delivery, Edition, Notice, Signup, Subscriber, Subscription, Topic


def explain_subscriber(session: Session, subscriber: Subscriber) -> dict[str, Any]:
    """How somebody stands: signups that nobody has confirmed, subscriptions with how they ended, and the latest
    deliveries with their reasons."""
    return {
        "address": subscriber.address,
        "state": subscriber.state,
        "state_at": subscriber.state_at,
        "confirmed_at": subscriber.confirmed_at,
        "zone": subscriber.zone,
        "hour": subscriber.hour,
        "signups": _open_signups(session, subscriber.id),
        "subscriptions": _subscriptions(session, subscriber.id),
        "deliveries": _latest_deliveries(session, subscriber.id),
    }


def _open_signups(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    """What was asked for and not confirmed, the latest first, with what became of the last mail about it."""
    signup, notice = table(Signup), table(Notice)
    mail = (
        select(notice.c.state)
        .where(notice.c.signup_id == signup.c.id)
        .order_by(notice.c.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            signup.c.created_at.label("asked_at"),
            signup.c.topics,
            signup.c.frequency,
            signup.c.expires_at,
            mail.label("mail"),
        )
        .where(signup.c.subscriber_id == subscriber_id, signup.c.confirmed_at.is_(None))
        .order_by(signup.c.id.desc())
        .limit(10)
    )
    return [dict(row) for row in rows.mappings()]


def _subscriptions(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    subscription, topic = table(Subscription), table(Topic)
    rows = session.execute(
        select(
            # A saved search is known by its words; its name is of use to nobody.
            case((topic.c.subscriber_id.is_not(None), topic.c.title), else_=topic.c.slug).label("topic"),
            subscription.c.frequency,
            subscription.c.started_at,
            subscription.c.ended_at,
            subscription.c.end_reason,
        )
        .join(topic, topic.c.id == subscription.c.topic_id)
        .where(subscription.c.subscriber_id == subscriber_id)
        .order_by(subscription.c.started_at, topic.c.slug)
    )
    return [dict(row) for row in rows.mappings()]


def _latest_deliveries(session: Session, subscriber_id: int, limit: int = 30) -> list[dict[str, Any]]:
    delivery, edition, cohort = table(Delivery), table(Edition), table(Cohort)
    rows = session.execute(
        select(
            edition.c.newsletter,
            edition.c.slot_at,
            delivery.c.state,
            delivery.c.reason,
            delivery.c.state_at,
            cohort.c.id.label("cohort"),
        )
        .join(edition, edition.c.id == delivery.c.edition_id)
        .join(cohort, cohort.c.id == delivery.c.cohort_id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(edition.c.slot_at.desc())
        .limit(limit)
    ).mappings()
    found = []
    for row in rows:
        told = dict(row)
        told["articles"] = len(_numbers_in(session, told.pop("cohort")))
        found.append(told)
    return found


def _numbers_in(session: Session, cohort_id: int) -> list[int]:
    content = table(CohortContent)
    rows = session.execute(select(content.c.block, content.c.bits).where(content.c.cohort_id == cohort_id))
    return [number for block, bits in rows for number in numbers_of(block, bits)]
