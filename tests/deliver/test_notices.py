"""Single mails: sent again on doubt, a bounded number of times, and not when they are of no use any more."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session

from demo.counterpart import Counterpart
from tests.deliver.scene import LEASE, Scene, content, recipient
from worker.database import table
from worker.deliver.mailers import Mailer, Submission
from worker.deliver.mailers.maildir import MaildirMailer
from worker.deliver.mailers.sendgrid import SendGridMailer
from worker.deliver.mailers.smtp import SmtpMailer, parse_smtp_url
from worker.deliver.notices import (
    MOST_ATTEMPTS,
    NoticeResult,
    due_notices,
    notice_result,
    recover_notices,
    submit_notice,
)
from worker.deliver.outcome import Outcome, OutcomeClass
from worker.message import Parcel
from worker.models import Notice, Signup, Subscriber, SubscriberState

ANN = "ann@mail.example"


def notice(scene: Scene, kind: str = "confirmation", **values: Any) -> uuid.UUID:
    person = scene.subscriber(ANN)
    signup = Signup(
        subscriber_id=person.id,
        frequency="daily",
        zone="UTC",
        hour=8,
        weekday=0,
        language="en",
        created_at=scene.now,
        expires_at=scene.now + timedelta(hours=72),
    )
    scene.session.add(signup)
    scene.session.flush()
    signup_id = signup.id if kind == "confirmation" else None
    row = Notice(subscriber_id=person.id, kind=kind, signup_id=signup_id, created_at=scene.now, **values)
    scene.session.add(row)
    scene.session.commit()
    return row.id


def compose(session: Session, notice_id: uuid.UUID) -> Parcel:
    plain = content(text="Please confirm", html="<p>Please confirm</p>", headers={"Auto-Submitted": "auto-generated"})
    return Parcel(plain, (recipient(notice_id, ANN, substitutions={}, headers={}),))


def submit(scene: Scene, notice_id: uuid.UUID, mailer: Mailer, at: datetime | None = None) -> NoticeResult:
    return submit_notice(
        scene.session, notice_id, mailer=mailer, compose_notice=compose, now=at or scene.now, lease=LEASE
    )


def row(scene: Scene, notice_id: uuid.UUID) -> Notice:
    scene.session.expire_all()
    found = scene.session.get_one(Notice, notice_id)
    scene.session.commit()
    return found


def test_a_notice_is_sent_once_however_often_it_is_asked(scene: Scene, maildir: MaildirMailer) -> None:
    one = notice(scene)
    assert due_notices(scene.session, now=scene.now) == [one]
    assert [submit(scene, one, maildir).state for _ in range(3)] == ["accepted", "not_due", "not_due"]
    assert (row(scene, one).state, row(scene, one).accepted_at) == ("accepted", scene.now)
    assert due_notices(scene.session, now=scene.now) == []


def test_on_doubt_it_is_sent_again(scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart) -> None:
    one = notice(scene)
    counterpart.faults.accept_then_cut()
    result = submit(scene, one, sendgrid)
    assert (result.state, result.retry_at) == ("planned", scene.now + timedelta(seconds=15))
    assert due_notices(scene.session, now=scene.now) == []
    assert submit(scene, one, sendgrid, scene.now + timedelta(seconds=15)).state == "accepted"
    assert len(counterpart.mails) == 2


def test_a_notice_whose_worker_died_is_sent_again(scene: Scene, maildir: MaildirMailer) -> None:
    one = notice(scene, state="submitting", lease_until=None, attempt=1)
    scene.session.execute(update(table(Notice)).values(lease_until=scene.now))
    scene.session.commit()
    assert recover_notices(scene.session, now=scene.now) == []
    at = scene.now + timedelta(seconds=1)
    assert recover_notices(scene.session, now=at) == [one]
    assert submit(scene, one, maildir, at).state == "accepted"


def test_a_confirmation_outlives_a_night_without_a_server(scene: Scene, maildir: MaildirMailer) -> None:
    one = notice(scene)
    away = SmtpMailer(parse_smtp_url("smtp://127.0.0.1:9"))
    at = scene.now
    while at < scene.now + timedelta(hours=8):
        result = submit(scene, one, away, at)
        assert result.state == "planned"
        assert result.retry_at is not None
        at = result.retry_at
    assert submit(scene, one, maildir, at).state == "accepted"


def test_attempts_are_bounded(scene: Scene) -> None:
    one = notice(scene, state="submitting", attempt=MOST_ATTEMPTS)
    scene.session.execute(update(table(Notice)).values(lease_until=scene.now))
    scene.session.commit()
    assert recover_notices(scene.session, now=scene.now + LEASE) == []
    assert (row(scene, one).state, row(scene, one).reason) == ("failed", "too_often")


def test_a_confirmation_expires_with_its_signup(scene: Scene, maildir: MaildirMailer) -> None:
    one = notice(scene)
    result = submit(scene, one, maildir, scene.now + timedelta(hours=72))
    assert (result.state, row(scene, one).reason) == ("expired", "late")


def test_a_confirmation_is_not_sent_after_the_confirmation(scene: Scene, maildir: MaildirMailer) -> None:
    one = notice(scene)
    scene.session.execute(update(table(Signup)).values(confirmed_at=scene.now))
    scene.session.commit()
    assert submit(scene, one, maildir).reason == "confirmed"


@pytest.mark.parametrize(
    ("kind", "state", "sent"),
    [
        ("confirmation", SubscriberState.SUPPRESSED, "accepted"),
        ("preference_link", SubscriberState.SUPPRESSED, "suppressed"),
        ("welcome", SubscriberState.UNSUBSCRIBED, "accepted"),
        ("confirmation", SubscriberState.FORGOTTEN, "suppressed"),
        ("welcome", SubscriberState.FORGOTTEN, "suppressed"),
    ],
)
def test_who_may_not_be_mailed_gets_at_most_the_way_back(
    scene: Scene, maildir: MaildirMailer, kind: str, state: SubscriberState, sent: str
) -> None:
    one = notice(scene, kind)
    scene.session.execute(update(table(Subscriber)).values(state=state))
    scene.session.commit()
    assert submit(scene, one, maildir).state == sent


@pytest.mark.parametrize(
    ("kind", "attempt", "hours", "state", "stop"),
    [
        (OutcomeClass.ACCEPTED, 1, 0, "accepted", False),
        (OutcomeClass.RETRY, 1, 0, "planned", False),
        (OutcomeClass.UNCERTAIN, 1, 0, "planned", False),
        (OutcomeClass.STOP, 1, 0, "planned", True),
        (OutcomeClass.BISECT, 1, 0, "failed", False),
        (OutcomeClass.SPLIT, 1, 0, "failed", False),
        (OutcomeClass.RETRY, 90, 23, "planned", False),
        (OutcomeClass.RETRY, 90, 24, "failed", False),
        (OutcomeClass.UNCERTAIN, MOST_ATTEMPTS, 1, "failed", False),
        (OutcomeClass.STOP, 90, 23, "planned", True),
        (OutcomeClass.STOP, 90, 24, "failed", True),
    ],
)
def test_what_an_answer_means_for_a_notice(
    now: datetime, kind: OutcomeClass, attempt: int, hours: int, state: str, stop: bool
) -> None:
    asked_at = now - timedelta(hours=hours)
    result = notice_result(uuid.uuid4(), Submission(Outcome(kind, "x")), attempt=attempt, asked_at=asked_at, now=now)
    assert (result.state, result.stop, result.retry_at is not None) == (state, stop, state == "planned")
