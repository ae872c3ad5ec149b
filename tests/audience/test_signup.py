from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from tests.audience.scene import (
    CONFIRM_WITHIN,
    WEEKLY,
    ask,
    count,
    hash_address,
    join,
    open_now,
    person,
    press,
    request,
    state_of,
    suppress,
)
from worker.audience.consent import WORDING_IN_FORCE, WORDINGS
from worker.audience.notices import CAPS, within_caps
from worker.audience.signup import sign_up
from worker.database import session_on, table
from worker.models import Consent, Notice, Signup, Subscriber, SubscriberState

pytestmark = pytest.mark.usefixtures("topics")
CONSENT = table(Consent)


def test_a_new_address_waits_for_its_confirmation(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    assert notice is not None
    assert (notice.kind, notice.state) == ("confirmation", "planned")
    signup = session.get(Signup, notice.signup_id)
    assert signup is not None
    assert (signup.topics, signup.frequency, signup.zone) == (["drones", "belarus"], "daily", "Europe/Berlin")
    assert signup.expires_at == now + CONFIRM_WITHIN
    subscriber = session.get(Subscriber, notice.subscriber_id)
    assert subscriber is not None
    assert subscriber.state == "pending"
    assert open_now(session, subscriber) == {}


def test_the_consent_record_says_who_when_how_and_in_which_wording(session: Session, now: datetime) -> None:
    join(session, now)
    rows = session.execute(select(CONSENT).order_by(CONSENT.c.id)).all()
    assert [(row.action, row.source, row.at) for row in rows] == [("signup", "web", now), ("confirm", "web", now)]
    assert rows[0].wording == WORDING_IN_FORCE
    assert WORDING_IN_FORCE in WORDINGS
    assert rows[0].detail["topics"] == ["drones", "belarus"]


def test_somebody_who_subscribes_already_is_told_so_by_mail_and_nothing_changes(
    session: Session, now: datetime
) -> None:
    subscriber = join(session, now)
    later = now + timedelta(days=1)
    notice = ask(session, later, request(topics=["arctic"], frequency=WEEKLY))
    assert notice is not None
    assert notice.kind == "already_subscribed"
    assert open_now(session, subscriber) == {"drones": "daily", "belarus": "daily"}


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED])
def test_whoever_gets_no_mail_is_asked_to_confirm_again(
    session: Session, now: datetime, state: SubscriberState
) -> None:
    person(session, now, "jo@example.org", state)
    notice = ask(session, now)
    assert notice is not None
    assert notice.kind == "confirmation"


@pytest.mark.parametrize("reason", ["bounced", "complained", "unsubscribed"])
def test_a_suppressed_address_may_be_asked_once_a_day(session: Session, now: datetime, reason: str) -> None:
    suppress(session, "jo@example.org", reason, now)
    assert ask(session, now) is not None
    assert ask(session, now + timedelta(hours=23)) is None
    assert ask(session, now + timedelta(hours=25)) is not None


def test_an_address_that_an_operator_barred_gets_nothing_and_leaves_no_trace(session: Session, now: datetime) -> None:
    suppress(session, "jo@example.org", "operator", now)
    assert ask(session, now) is None
    assert count(session, Subscriber) == count(session, Signup) == 0


def test_spellings_of_one_address_are_one_person(session: Session, now: datetime) -> None:
    ask(session, now, request("Jo@Example.org"))
    ask(session, now + timedelta(hours=1), request("jo@example.ORG"))
    assert count(session, Subscriber) == 1
    assert count(session, Notice) == 2


def test_repeated_signups_send_no_more_than_the_caps_allow(session: Session, now: datetime) -> None:
    sent = [ask(session, now + timedelta(minutes=10 * step)) for step in range(40)]
    assert sum(notice is not None for notice in sent) == 4


def test_the_choice_of_a_double_click_is_not_lost(session: Session, now: datetime) -> None:
    """No second mail within two minutes, but what was chosen last is what the mail on its way confirms."""
    first = ask(session, now, request(topics=["drones"]))
    assert ask(session, now + timedelta(seconds=20), request(topics=["arctic"], frequency=WEEKLY)) is None
    view = press(session, first, now + timedelta(hours=1))
    assert [topic.slug for topic in view.topics] == ["arctic"]
    assert view.frequency == "weekly"


def test_two_signups_of_a_new_address_at_once_make_one_person(engine: Engine, session: Session, now: datetime) -> None:
    session.commit()
    faults: list[BaseException] = []

    def join_in() -> None:
        try:
            with session_on(engine) as mine:
                sign_up(mine, request(), now=now, confirm_within=CONFIRM_WITHIN, hash_address=hash_address)
        except BaseException as fault:  # noqa: BLE001 - carried to the test's thread
            faults.append(fault)

    threads = [threading.Thread(target=join_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert count(session, Subscriber) == count(session, Notice) == 1


@pytest.mark.parametrize(
    ("minutes_ago", "allowed"),
    [
        ([], True),
        ([1], False),
        ([3], True),
        ([3, 60, 120], True),
        ([3, 60, 120, 180], False),
        ([1500, 60, 120, 180], True),
        ([1500 + 60 * step for step in range(12)], False),
        ([60 * 24 * 31] * 12, True),
    ],
)
def test_caps(minutes_ago: list[int], allowed: bool, now: datetime) -> None:
    assert within_caps([now - timedelta(minutes=ago) for ago in minutes_ago], now, CAPS) is allowed


def test_a_person_who_was_suppressed_stays_so_until_the_button_is_pressed(session: Session, now: datetime) -> None:
    someone = person(session, now, "jo@example.org", SubscriberState.SUPPRESSED)
    suppress(session, "jo@example.org", "complained", now)
    ask(session, now)
    assert state_of(session, someone) == "suppressed"
