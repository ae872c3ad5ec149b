from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from tests.audience.scene import DAILY, INSTANT, WEEKLY, join, open_now, release, state_of
from worker.audience.leaving import (
    REPEAT_WITHIN,
    UNDO_WITHIN,
    leave_all,
    leave_newsletter,
    leave_topic,
    look_at_leaving,
    undo_leaving,
)
from worker.audience.subscriptions import change_subscriptions
from worker.database import table
from worker.models import Consent, DueTime, Newsletter, Subscriber, SubscriberState, Subscription

CONSENT, DUE = table(Consent), table(DueTime)


@pytest.fixture
def reader(session: Session, topics: dict[str, int], now: datetime) -> Subscriber:
    """Drones daily, Belarus weekly, the Arctic at once."""
    subscriber = join(session, now)
    wanted = {topics["drones"]: DAILY, topics["belarus"]: WEEKLY, topics["arctic"]: INSTANT}
    change_subscriptions(session, subscriber, wanted, now=now, reason="x")
    session.commit()
    return subscriber


def one_click(session: Session, reader: Subscriber, newsletter: str, now: datetime) -> None:
    leave_newsletter(session, reader.public_id, newsletter, now=now, source="one_click")


def test_one_click_ends_what_that_newsletter_brings(session: Session, reader: Subscriber, now: datetime) -> None:
    one_click(session, reader, "daily", now)
    assert open_now(session, reader) == {"belarus": "weekly", "arctic": "instant"}
    assert state_of(session, reader) == "active"
    last = session.execute(select(CONSENT).order_by(CONSENT.c.id.desc())).first()
    assert last is not None
    assert (last.action, last.source, last.detail["topics"]) == ("unsubscribe", "one_click", {"drones": "daily"})


def test_the_same_request_sent_twice_is_one_wish(session: Session, reader: Subscriber, now: datetime) -> None:
    one_click(session, reader, "daily", now)
    one_click(session, reader, "daily", now)
    one_click(session, reader, "daily", now + REPEAT_WITHIN - timedelta(seconds=1))
    assert open_now(session, reader) == {"belarus": "weekly", "arctic": "instant"}


def test_whoever_clicks_again_while_mail_goes_on_is_left_alone_altogether(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    one_click(session, reader, "daily", now)
    one_click(session, reader, "daily", now + timedelta(days=1))
    assert open_now(session, reader) == {}
    assert state_of(session, reader) == "unsubscribed"


def test_a_click_in_a_mail_older_than_a_change_of_frequency_ends_everything(
    session: Session, topics: dict[str, int], now: datetime
) -> None:
    reader = join(session, now)
    wanted = {topics["drones"]: WEEKLY, topics["arctic"]: WEEKLY}
    change_subscriptions(session, reader, wanted, now=now, reason="unsubscribed")
    session.commit()
    one_click(session, reader, "daily", now)
    assert open_now(session, reader) == {}


def test_a_click_for_a_newsletter_that_is_no_more_ends_everything(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    one_click(session, reader, "long-gone", now)
    assert open_now(session, reader) == {}


def test_a_click_for_a_newsletter_that_rests_ends_what_it_brought(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    session.execute(update(table(Newsletter)).where(table(Newsletter).c.slug == "daily").values(active=False))
    session.commit()
    one_click(session, reader, "daily", now)
    assert open_now(session, reader) == {"belarus": "weekly", "arctic": "instant"}


def test_a_click_by_somebody_unknown_does_nothing(session: Session, reader: Subscriber, now: datetime) -> None:
    assert leave_newsletter(session, uuid.uuid4(), "daily", now=now, source="one_click").ended == ()


def test_one_topic_ends_alone(session: Session, reader: Subscriber, now: datetime) -> None:
    left = leave_topic(session, reader.public_id, "belarus", now=now)
    assert [one.slug for one in left.ended] == ["belarus"]
    assert open_now(session, reader) == {"drones": "daily", "arctic": "instant"}
    assert leave_topic(session, reader.public_id, "no-such-topic", now=now).ended == ()
    assert len(open_now(session, reader)) == 2


def test_all_ends_all(session: Session, reader: Subscriber, now: datetime) -> None:
    left = leave_all(session, reader.public_id, now=now)
    assert {one.slug for one in left.ended} == {"drones", "belarus", "arctic"}
    assert state_of(session, reader) == "unsubscribed"
    assert set(session.execute(select(DUE.c.draining)).scalars()) == {True}
    reasons = session.execute(select(Subscription.end_reason).where(table(Subscription).c.ended_at.is_not(None)))
    assert set(reasons.scalars()) == {"changed", "unsubscribed"}


def test_leaving_a_suppressed_address_leaves_it_suppressed(session: Session, reader: Subscriber, now: datetime) -> None:
    reader.state = SubscriberState.SUPPRESSED
    session.commit()
    leave_all(session, reader.public_id, now=now)
    assert state_of(session, reader) == "suppressed"


def test_undo_before_the_next_plan_keeps_what_was_pending(
    session: Session, reader: Subscriber, topics: dict[str, int], now: datetime
) -> None:
    """The old interval still covers it, the new one makes it wanted again, and the watermark has not moved."""
    release(session, 6)
    left = leave_all(session, reader.public_id, now=now)
    release(session, 2)
    back = undo_leaving(session, reader.public_id, left.at, now=now + timedelta(minutes=1))
    assert back is not None
    assert open_now(session, reader) == {"drones": "daily", "belarus": "weekly", "arctic": "instant"}
    assert state_of(session, reader) == "active"
    subscriptions = table(Subscription)
    rows = session.execute(
        select(subscriptions.c.from_release, subscriptions.c.until_release)
        .where(subscriptions.c.topic_id == topics["belarus"])
        .order_by(subscriptions.c.id)
    ).all()
    assert [tuple(row) for row in rows][-2:] == [(0, 6), (8, None)]
    assert {tuple(row) for row in session.execute(select(DUE.c.watermark, DUE.c.draining))} == {(0, False)}


def test_undo_takes_back_only_the_leaving_it_belongs_to(session: Session, reader: Subscriber, now: datetime) -> None:
    leave_topic(session, reader.public_id, "drones", now=now)
    left = leave_topic(session, reader.public_id, "belarus", now=now)
    undo_leaving(session, reader.public_id, left.at, now=now + timedelta(minutes=2))
    assert open_now(session, reader) == {"belarus": "weekly", "arctic": "instant"}


def test_undo_pressed_twice_does_it_once(session: Session, reader: Subscriber, now: datetime) -> None:
    left = leave_all(session, reader.public_id, now=now)
    for _ in range(2):
        undo_leaving(session, reader.public_id, left.at, now=now)
    actions = session.execute(select(CONSENT.c.action).order_by(CONSENT.c.id)).scalars().all()
    assert actions[-2:] == ["unsubscribe", "reopen"]


def test_undo_sent_again_after_leaving_once_more_brings_nothing_back(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    left = leave_all(session, reader.public_id, now=now)
    undo_leaving(session, reader.public_id, left.at, now=now + timedelta(minutes=1))
    leave_all(session, reader.public_id, now=now + timedelta(minutes=2))
    again = undo_leaving(session, reader.public_id, left.at, now=now + timedelta(minutes=3))
    assert again is not None
    assert (again.goes_on, open_now(session, reader)) == ((), {})


def test_undo_ends_after_a_day_and_never_lifts_a_suppression(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    left = leave_all(session, reader.public_id, now=now)
    assert undo_leaving(session, reader.public_id, left.at, now=now + UNDO_WITHIN + timedelta(seconds=1)) is None
    reader.state = SubscriberState.SUPPRESSED
    session.commit()
    assert undo_leaving(session, reader.public_id, left.at, now=now) is None
    assert open_now(session, reader) == {}


def test_the_page_parts_what_the_newsletter_brings_from_the_rest(session: Session, reader: Subscriber) -> None:
    view = look_at_leaving(session, reader.public_id, "daily")
    assert view is not None
    assert view.address == "j•••@e•••.org"
    assert view.newsletter_title == "The daily"
    assert [one.slug for one in view.of_newsletter] == ["drones"]
    assert [one.slug for one in view.others] == ["belarus", "arctic"]
    assert look_at_leaving(session, uuid.uuid4(), "daily") is None
