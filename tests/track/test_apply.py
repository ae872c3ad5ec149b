"""Applying events: deliveries and notices move, bounces are counted, addresses suppressed."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from tests.deliver.scene import SECRET, Scene, hash_address
from worker.audience.suppression import (
    Suppressed,
    address_hash,
    lift_suppression,
    suppress,
    suppression_of,
)
from worker.database import session_on, table
from worker.deliver.mailers.maildir import MaildirMailer
from worker.models import (
    Bounce,
    Clock,
    Consent,
    Delivery,
    DueTime,
    Event,
    Notice,
    ReleaseCounter,
    Subscriber,
    Subscription,
    Suppression,
)
from worker.track.apply import ApplyCounts, apply_events
from worker.track.record import record_events

ANN = "ann@mail.example"


@pytest.fixture
def sent(scene: Scene, tmp_path: Path) -> Delivery:
    """A mail to Ann that was accepted."""
    return mail(scene, tmp_path, scene.now)


def mail(scene: Scene, path: Path, at: datetime, address: str = ANN) -> Delivery:
    edition = scene.edition([address], slot_at=at)
    scene.send_all(MaildirMailer(path / "outbox"), now=at)
    (delivery,) = scene.deliveries(edition)
    return delivery


def event(delivery: Delivery, kind: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "event": kind,
        "sg_event_id": uuid.uuid4().hex,
        "timestamp": int(at.timestamp()),
        "delivery_id": str(delivery.id),
        "batch_id": str(delivery.batch_id),
        "email": ANN,
        **fields,
    }


def hear(session: Session, events: list[dict[str, Any]], now: datetime, limit: int = 1000) -> ApplyCounts:
    record_events(session, events, now=now)
    return apply_events(session, now=now, limit=limit, hash_address=hash_address)


def test_a_delivered_mail_is_delivered(scene: Scene, sent: Delivery) -> None:
    counts = hear(scene.session, [event(sent, "delivered", scene.now)], scene.now)
    assert (counts.applied, counts.deliveries, counts.suppressed) == (1, 1, 0)
    assert scene.states() == {"delivered": 1}


def test_events_are_applied_once_and_in_portions(scene: Scene, sent: Delivery) -> None:
    kinds = ["processed", "delivered", "open", "click", "spamreport"]
    hear(scene.session, [event(sent, kind, scene.now) for kind in kinds], scene.now, limit=2)
    rest = [apply_events(scene.session, now=scene.now, limit=2, hash_address=hash_address).applied for _ in range(3)]
    assert rest == [2, 1, 0]
    assert scene.states() == {"complained": 1}


def test_two_who_apply_at_once_apply_each_event_once(engine: Engine, scene: Scene, tmp_path: Path) -> None:
    edition = scene.edition(60)
    scene.send_all(MaildirMailer(tmp_path / "outbox"), batch_size=10)
    deliveries = scene.deliveries(edition)
    kinds = ("processed", "delivered")
    record_events(scene.session, [event(one, kind, scene.now) for kind in kinds for one in deliveries], now=scene.now)
    applied: list[int] = []

    def apply() -> None:
        with session_on(engine) as session:
            while counts := apply_events(session, now=scene.now, limit=7, hash_address=hash_address).applied:
                applied.append(counts)

    threads = [threading.Thread(target=apply) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(applied) == 120
    assert scene.states() == {"delivered": 60}


def test_a_permanent_bounce_suppresses_the_address_and_ends_every_subscription(scene: Scene, sent: Delivery) -> None:
    scene.session.add(ReleaseCounter(id=1, number=41))
    clock = Clock(frequency="daily", zone="UTC", hour=8, weekday=-1, next_due_at=scene.now)
    scene.session.add(clock)
    scene.session.flush()
    person_id = sent.subscriber_id
    scene.session.add(DueTime(subscriber_id=person_id, frequency="daily", clock_id=clock.id, watermark=3))
    scene.session.commit()
    counts = hear(scene.session, [event(sent, "bounce", scene.now, status="5.1.1", type="bounce")], scene.now)
    assert counts.suppressed == 1
    session = scene.session
    session.expire_all()
    person = session.get_one(Subscriber, person_id)
    subscription = session.execute(select(Subscription)).scalar_one()
    due = session.execute(select(DueTime)).scalar_one()
    consent = session.execute(select(Consent)).scalar_one()
    listed = session.execute(select(Suppression)).scalar_one()
    assert (person.state, person.state_at) == ("suppressed", scene.now)
    assert (subscription.ended_at, subscription.end_reason, subscription.until_release) == (scene.now, "bounced", 41)
    assert (due.draining, due.watermark) == (True, 3)
    assert (consent.action, consent.source, consent.detail) == ("suppress", "webhook", {"reason": "bounced"})
    assert (listed.address_hash, listed.reason) == (address_hash(ANN, SECRET), "bounced")
    assert ANN not in str(listed.detail)
    assert scene.states() == {"bounced": 1}


def test_a_complaint_suppresses_even_where_the_mail_is_not_ours_any_more(scene: Scene) -> None:
    person = scene.subscriber(ANN)
    scene.session.commit()
    hear(scene.session, [{"event": "spamreport", "email": ANN.upper(), "sg_event_id": "x"}], scene.now)
    scene.session.refresh(person)
    found = suppression_of(scene.session, ANN, hash_address=hash_address)
    assert (person.state, found.reason if found else None) == ("suppressed", "complained")


def test_an_address_of_nobody_is_listed_all_the_same(scene: Scene) -> None:
    counts = hear(scene.session, [{"event": "spamreport", "email": "nobody@mail.example"}], scene.now)
    assert counts.suppressed == 0
    assert suppression_of(scene.session, "nobody@mail.example", hash_address=hash_address) is not None


@pytest.mark.parametrize("address", [None, "", "no address", 7, "a@b@c", "x" * 5000])
def test_an_event_without_a_usable_address_is_only_recorded(scene: Scene, address: Any) -> None:
    assert hear(scene.session, [{"event": "spamreport", "email": address}], scene.now).applied == 1
    assert scene.session.execute(select(Suppression)).all() == []


@pytest.mark.parametrize(
    ("reason", "state"),
    [("Bounced Address", "suppressed"), ("Spam Reporting Address", "suppressed"), ("Spam Content", "active")],
)
def test_what_the_provider_dropped_is_mirrored(scene: Scene, sent: Delivery, reason: str, state: str) -> None:
    hear(scene.session, [event(sent, "dropped", scene.now, reason=reason)], scene.now)
    (delivery,) = scene.deliveries()
    assert (delivery.state, delivery.reason) == ("suppressed", reason.lower())
    assert scene.subscriber(ANN).state == state


def test_being_blocked_is_never_held_against_the_person(scene: Scene, tmp_path: Path) -> None:
    for week in range(6):
        at = scene.now + timedelta(days=10 * week)
        sent = mail(scene, tmp_path, at)
        hear(scene.session, [event(sent, "bounce", at, status="5.7.1", type="blocked")], at)
    assert scene.subscriber(ANN).state == "active"
    assert {row.classification for row in scene.session.execute(select(table(Bounce)))} == {"ours"}


def full(sent: Delivery, at: datetime) -> dict[str, Any]:
    return event(sent, "bounce", at, status="4.2.2", type="bounce", bounce_classification="Mailbox Unavailable")


def test_a_mailbox_that_stays_full_is_given_up_after_three_editions_over_a_week(scene: Scene, tmp_path: Path) -> None:
    states = []
    for day in (0, 4, 8):
        at = scene.now + timedelta(days=day)
        hear(scene.session, [full(mail(scene, tmp_path, at), at)] * 2, at)
        scene.session.expire_all()
        states.append(scene.subscriber(ANN).state)
    assert states == ["active", "active", "suppressed"]


@pytest.mark.parametrize("kind", ["bounce", "spamreport", "unsubscribe"])
def test_a_late_report_of_a_mail_before_the_last_yes_ends_nothing(scene: Scene, sent: Delivery, kind: str) -> None:
    person = scene.subscriber(ANN)
    person.confirmed_at = scene.now + timedelta(hours=2, microseconds=5)
    scene.session.commit()
    fields = {"status": "5.1.1", "type": "bounce"}
    hear(scene.session, [event(sent, kind, scene.now + timedelta(hours=1), **fields)], scene.now + timedelta(hours=3))
    scene.session.refresh(person)
    assert person.state == "active"
    assert suppression_of(scene.session, ANN, hash_address=hash_address) is None
    hear(scene.session, [event(sent, kind, scene.now + timedelta(hours=2), **fields)], scene.now + timedelta(hours=3))
    scene.session.refresh(person)
    assert person.state == "suppressed", "the same second may be after it"


def test_bounces_before_the_last_yes_are_not_counted_after_it(scene: Scene, tmp_path: Path) -> None:
    for week in range(3):
        at = scene.now + timedelta(days=4 * week)
        if week == 2:
            scene.subscriber(ANN).confirmed_at = at
            scene.session.commit()
        sent = mail(scene, tmp_path, at)
        hear(scene.session, [event(sent, "bounce", at, status="5.2.2", type="bounce")], at)
    scene.session.expire_all()
    assert scene.subscriber(ANN).state == "active"


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [2, 0, 1, 3, 4], [0, 3, 2, 1, 4]])
def test_a_delivered_mail_resets_the_count_whichever_is_heard_first(
    scene: Scene, tmp_path: Path, order: list[int]
) -> None:
    """Full on day 0 and 4, delivered on day 5, full on day 8 and 12: only two in a row since."""
    days = [scene.now + timedelta(days=day) for day in (0, 4, 5, 8, 12)]
    mails = [mail(scene, tmp_path, at) for at in days]
    events = [full(one, at) for one, at in zip(mails, days, strict=True)]
    events[2] = event(mails[2], "delivered", days[2])
    for index in order:
        hear(scene.session, [events[index]], days[4])
    assert scene.subscriber(ANN).state == "active"


def test_a_notice_that_arrived_is_known_to_have(scene: Scene) -> None:
    person = scene.subscriber(ANN)
    notice = Notice(subscriber_id=person.id, kind="confirmation", state="planned", attempt=1, created_at=scene.now)
    scene.session.add(notice)
    scene.session.commit()
    arrived = {"event": "delivered", "notice_id": str(notice.id), "email": ANN, "sg_event_id": "x"}
    counts = hear(scene.session, [arrived], scene.now)
    scene.session.refresh(notice)
    assert (counts.notices, notice.state, notice.accepted_at) == (1, "delivered", scene.now)


def test_a_confirmation_that_bounces_suppresses_the_address(scene: Scene) -> None:
    person = scene.subscriber(ANN)
    notice = Notice(subscriber_id=person.id, kind="confirmation", state="accepted", attempt=1, created_at=scene.now)
    scene.session.add(notice)
    scene.session.commit()
    bounced = {"event": "bounce", "notice_id": str(notice.id), "status": "5.1.1", "type": "bounce", "sg_event_id": "x"}
    hear(scene.session, [bounced], scene.now)
    scene.session.refresh(notice)
    assert (notice.state, scene.subscriber(ANN).state) == ("bounced", "suppressed")


def test_events_of_unknown_deliveries_and_kinds_are_applied_without_effect(scene: Scene, sent: Delivery) -> None:
    nobody = {"event": "delivered", "delivery_id": str(uuid.uuid4()), "batch_id": str(uuid.uuid4())}
    odd = event(sent, "teleported", scene.now)
    assert hear(scene.session, [nobody, odd, None], scene.now).applied == 3  # type: ignore[list-item]
    assert scene.states() == {"accepted": 1}
    rows = scene.session.execute(select(table(Event).c.applied_at)).scalars().all()
    assert set(rows) == {scene.now}


def test_suppressing_again_keeps_the_stronger_reason(scene: Scene) -> None:
    session = scene.session
    for reason in ("unsubscribed", "complained", "bounced"):
        suppress(session, [ANN], reason=reason, source="webhook", now=scene.now, hash_address=hash_address)
        session.commit()
    found = suppression_of(session, ANN, hash_address=hash_address)
    assert found is not None
    assert found.reason == "complained"


def test_suppressing_a_person_twice_changes_them_once(scene: Scene) -> None:
    person = scene.subscriber(ANN)
    first = suppress(
        scene.session, [Suppressed(ANN)], reason="bounced", source="webhook", now=scene.now, hash_address=hash_address
    )
    again = suppress(scene.session, [ANN], reason="bounced", source="webhook", now=scene.now, hash_address=hash_address)
    scene.session.commit()
    assert (first, again) == ([person.id], [])


def test_a_suppression_is_lifted_for_the_reasons_named(scene: Scene) -> None:
    session = scene.session
    suppress(session, [ANN], reason="operator", source="operator", now=scene.now, hash_address=hash_address)
    assert lift_suppression(session, ANN, hash_address=hash_address, reasons=["bounced", "complained"]) is None
    assert lift_suppression(session, ANN, hash_address=hash_address) == "operator"
    assert suppression_of(session, ANN, hash_address=hash_address) is None


def test_the_hash_of_an_address_needs_the_secret() -> None:
    assert address_hash(ANN, "one secret") != address_hash(ANN, "another")
    assert address_hash(ANN, SECRET) == address_hash(ANN, SECRET)
    assert ANN not in address_hash(ANN, SECRET)
