"""Who never confirmed is forgotten in time, whole; nobody else is."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from tests.audience.scene import CONFIRM_WITHIN, ask, hash_address, join, request
from worker.audience.confirm import SignupState, confirm
from worker.audience.leaving import leave_all
from worker.audience.purge import KEEP, purge_signups
from worker.audience.signup import sign_up
from worker.database import session_on, table
from worker.models import Bounce, Consent, Event, Notice, Signup, Subscriber

pytestmark = pytest.mark.usefixtures("topics")

LATE = CONFIRM_WITHIN + KEEP + timedelta(minutes=1)


def addresses(session: Session) -> set[str]:
    return set(session.execute(select(table(Subscriber).c.address)).scalars())


def left_of(session: Session, model: type[Bounce] | type[Consent] | type[Event] | type[Notice] | type[Signup]) -> int:
    found: int = session.execute(select(func.count()).select_from(table(model))).scalar_one()
    return found


def test_who_never_confirmed_goes_with_everything_about_them(session: Session, now: datetime) -> None:
    mail = ask(session, now, request("gone@example.org"))
    assert mail is not None
    event = Event(provider_event_id="e1", kind="deferred", notice_id=mail.id, received_at=now)
    other = Event(provider_event_id="e2", kind="delivered", notice_id=uuid.uuid4(), received_at=now)
    session.add_all([event, other])
    session.flush()
    session.add(Bounce(address_hash="x", event_id=event.id, classification="transient", at=now))
    session.commit()
    ask(session, now + LATE, request("fresh@example.org"))
    assert purge_signups(session, now=now + LATE) == 1
    assert addresses(session) == {"fresh@example.org"}
    assert [left_of(session, model) for model in (Signup, Notice, Consent, Event, Bounce)] == [1, 1, 1, 1, 0]
    assert purge_signups(session, now=now + LATE) == 0


def test_nobody_goes_before_the_time_is_over(session: Session, now: datetime) -> None:
    ask(session, now, request("early@example.org"))
    ask(session, now + LATE, request("fresh@example.org"))
    assert purge_signups(session, now=now + LATE - timedelta(minutes=2)) == 0
    assert purge_signups(session, now=now + LATE, keep=KEEP * 2) == 0
    assert len(addresses(session)) == 2


def test_a_later_signup_keeps_the_earlier_one(session: Session, now: datetime) -> None:
    for days in (0, 20):
        ask(session, now + timedelta(days=days), request("again@example.org"))
    ask(session, now + LATE, request("fresh@example.org"))
    assert purge_signups(session, now=now + LATE) == 0
    assert left_of(session, Signup) == left_of(session, Consent) == 3
    assert purge_signups(session, now=now + LATE + timedelta(days=20)) == 1
    assert left_of(session, Signup) == left_of(session, Consent) == 1


def test_a_mail_of_late_keeps_a_person_because_the_caps_count_it(session: Session, now: datetime) -> None:
    mail = ask(session, now, request("asked@example.org"))
    ask(session, now + LATE, request("fresh@example.org"))
    assert mail is not None
    mail.created_at = now + LATE - KEEP
    session.commit()
    assert purge_signups(session, now=now + LATE) == 0
    assert purge_signups(session, now=now + LATE + timedelta(seconds=1)) == 1


def test_who_confirmed_stays_with_the_record_of_it(session: Session, now: datetime) -> None:
    join(session, now, request("reader@example.org"))
    left = join(session, now, request("left@example.org"))
    leave_all(session, left.public_id, now=now)
    ask(session, now + timedelta(hours=1), request("left@example.org"))
    records = left_of(session, Consent)
    assert purge_signups(session, now=now + LATE * 4) == 0
    assert left_of(session, Consent) == records


def test_at_most_the_limit_goes_at_once(session: Session, now: datetime) -> None:
    for number in range(5):
        ask(session, now, request(f"p{number}@example.org"))
    ask(session, now + LATE, request("fresh@example.org"))
    assert [purge_signups(session, now=now + LATE, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_old_link_never_finds_the_signup_of_another(session: Session, now: datetime) -> None:
    mails = [ask(session, now, request(f"{name}@example.org")) for name in ("first", "last")]
    first, last = (mail.signup_id for mail in mails if mail is not None and mail.signup_id is not None)
    assert purge_signups(session, now=now + LATE) == 1
    ask(session, now + LATE, request("other@example.org"))
    session.expire_all()
    for address, signup_id in (("", first), ("last@example.org", last)):
        view = confirm(session, signup_id, now=now + LATE, hash_address=hash_address)
        assert (view.state, view.address) == (SignupState.EXPIRED, address)


def test_whoever_signs_up_while_being_purged_is_there_afterwards(
    engine: Engine, session: Session, now: datetime
) -> None:
    for number in range(30):
        ask(session, now, request(f"p{number}@example.org"))
    faults: list[BaseException] = []

    def come_back() -> None:
        try:
            for number in range(30):
                with session_on(engine) as mine:
                    sign_up(
                        mine,
                        request(f"p{number}@example.org"),
                        now=now + LATE,
                        confirm_within=CONFIRM_WITHIN,
                        hash_address=hash_address,
                    )
        except BaseException as fault:  # noqa: BLE001 - carried to the test's thread
            faults.append(fault)

    thread = threading.Thread(target=come_back)
    thread.start()
    while thread.is_alive():
        purge_signups(session, now=now + LATE, limit=3)
    thread.join()
    assert faults == []
    assert {f"p{number}@example.org" for number in range(30)} <= addresses(session)
