from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update
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
    release,
    request,
    state_of,
    suppress,
)
from worker.audience.confirm import SignupState, SignupView, confirm, look_at_signup
from worker.audience.leaving import leave_all
from worker.database import session_on, table
from worker.models import Consent, Notice, Subscriber, SubscriberState, Subscription, Suppression, Topic

pytestmark = pytest.mark.usefixtures("topics")
CONSENT, NOTICE, SUPPRESSION = table(Consent), table(Notice), table(Suppression)


def actions(session: Session) -> list[str]:
    return list(session.execute(select(CONSENT.c.action).order_by(CONSENT.c.id)).scalars())


def test_the_button_opens_what_was_chosen_from_the_next_release_on(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    release(session, 9)
    view = press(session, notice, now + timedelta(hours=1))
    assert view.state is SignupState.CONFIRMED
    subscriber = session.execute(select(Subscriber)).scalar_one()
    assert subscriber.state == "active"
    assert subscriber.confirmed_at == now + timedelta(hours=1)
    assert open_now(session, subscriber) == {"drones": "daily", "belarus": "daily"}
    assert set(session.execute(select(table(Subscription).c.from_release)).scalars()) == {9}


def test_a_new_subscriber_is_welcomed_once(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    first = press(session, notice, now)
    second = press(session, notice, now)
    assert first.notice_id is not None
    assert second.notice_id is None
    assert list(session.execute(select(NOTICE.c.kind).order_by(NOTICE.c.kind)).scalars()) == ["confirmation", "welcome"]


def test_pressing_again_says_confirmed_and_changes_nothing(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    press(session, notice, now)
    before = (actions(session), count(session, Subscription))
    assert press(session, notice, now + timedelta(days=300)).state is SignupState.CONFIRMED
    assert (actions(session), count(session, Subscription)) == before


def test_a_used_link_brings_nobody_back_who_left(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    view = press(session, notice, now)
    assert view.public_id is not None
    leave_all(session, view.public_id, now=now)
    assert press(session, notice, now).state is SignupState.LEFT
    assert session.execute(select(Subscriber.state)).scalar_one() == "unsubscribed"


def test_a_link_that_is_too_old_opens_nothing(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    assert press(session, notice, now + CONFIRM_WITHIN).state is SignupState.EXPIRED
    assert session.execute(select(Subscriber.state)).scalar_one() == "pending"
    assert press(session, notice, now + CONFIRM_WITHIN - timedelta(seconds=1)).state is SignupState.CONFIRMED


def test_a_signup_whose_row_is_gone_counts_as_expired(session: Session, now: datetime) -> None:
    assert confirm(session, 4711, now=now, hash_address=hash_address).state is SignupState.EXPIRED
    assert look_at_signup(session, 4711, now=now, hash_address=hash_address).state is SignupState.EXPIRED


def test_looking_shows_what_waits_and_changes_nothing(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    assert notice is not None
    assert notice.signup_id is not None
    for _ in range(3):
        view = look_at_signup(session, notice.signup_id, now=now, hash_address=hash_address)
        assert view.state is SignupState.WAITING
    assert [topic.title for topic in view.topics] == ["Drones", "Belarus"]
    assert actions(session) == ["signup"]


@pytest.mark.parametrize("reason", ["bounced", "complained", "unsubscribed"])
def test_a_fresh_yes_lifts_the_suppression(session: Session, now: datetime, reason: str) -> None:
    someone = person(session, now, "jo@example.org", SubscriberState.SUPPRESSED)
    suppress(session, "jo@example.org", reason, now)
    press(session, ask(session, now), now)
    assert session.execute(select(func.count()).select_from(SUPPRESSION)).scalar_one() == 0
    assert state_of(session, someone) == "active"
    assert actions(session) == ["signup", "confirm", "reopen"]


def test_an_operators_bar_is_not_lifted(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    suppress(session, "jo@example.org", "operator", now)
    assert press(session, notice, now).state is SignupState.BARRED
    assert session.execute(select(SUPPRESSION.c.reason)).scalar_one() == "operator"
    assert session.execute(select(Subscriber.state)).scalar_one() == "pending"


def test_a_second_signup_adds_to_what_somebody_has(session: Session, now: datetime) -> None:
    """Both were sent before either was confirmed; the second yes must not take away what the first gave."""
    first = ask(session, now, request(topics=["drones", "belarus"]))
    second = ask(session, now + timedelta(hours=1), request(topics=["belarus", "arctic"], frequency=WEEKLY))
    press(session, first, now + timedelta(hours=2))
    view = press(session, second, now + timedelta(hours=3))
    assert view.notice_id is None
    subscriber = session.execute(select(Subscriber)).scalar_one()
    assert open_now(session, subscriber) == {"drones": "daily", "belarus": "weekly", "arctic": "weekly"}


def test_whoever_comes_back_gets_what_they_chose_now(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    leave_all(session, subscriber.public_id, now=now)
    join(session, now + timedelta(days=2), request(topics=["arctic"], zone="Asia/Tokyo", hour=6))
    session.refresh(subscriber)
    assert open_now(session, subscriber) == {"arctic": "daily"}
    assert (subscriber.zone, subscriber.hour) == ("Asia/Tokyo", 6)


def test_a_topic_retired_meanwhile_is_left_out(session: Session, now: datetime) -> None:
    notice = ask(session, now)
    session.execute(update(table(Topic)).where(table(Topic).c.slug == "drones").values(retired_at=now))
    session.commit()
    press(session, notice, now)
    assert open_now(session, session.execute(select(Subscriber)).scalar_one()) == {"belarus": "daily"}


def test_the_button_pressed_by_many_at_once_confirms_once(engine: Engine, session: Session, now: datetime) -> None:
    notice = ask(session, now)
    assert notice is not None
    assert notice.signup_id is not None
    signup_id = notice.signup_id
    session.commit()
    views: list[SignupView] = []

    def press_too() -> None:
        with session_on(engine) as mine:
            views.append(confirm(mine, signup_id, now=now, hash_address=hash_address))

    threads = [threading.Thread(target=press_too) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [view.state for view in views] == [SignupState.CONFIRMED] * 5
    assert sum(view.just_now for view in views) == 1
    assert actions(session) == ["signup", "confirm"]
