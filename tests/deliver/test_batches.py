"""Forming, claiming and submitting batches."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session

from tests.deliver.scene import LEASE, SECRET, Scene, hash_address
from worker.audience.suppression import address_hash
from worker.database import session_on, table
from worker.deliver.batches import due_batches, form_batches
from worker.deliver.claim import claim_batch
from worker.deliver.closing import close_editions, edition_sums
from worker.deliver.mailers.maildir import MaildirMailer
from worker.deliver.mailers.sendgrid import SendGridMailer
from worker.deliver.recover import recover_batches
from worker.deliver.submit import submit_batch
from worker.models import Batch, Delivery, Subscriber, SubscriberState, Subscription, Suppression


def test_a_batch_holds_one_cohort_where_a_request_takes_one_content(scene: Scene, sendgrid: SendGridMailer) -> None:
    scene.edition(10, cohorts=3)
    batches = scene.form(sendgrid, batch_size=3)
    members = {batch: [one for one in scene.deliveries() if one.batch_id == batch] for batch in batches}
    assert sorted(map(len, members.values())) == [1, 3, 3, 3]
    assert all(len({one.cohort_id for one in some}) == 1 for some in members.values())
    assert all(scene.batch(batch).size == len(some) for batch, some in members.items())


def test_a_batch_spans_cohorts_where_each_mail_is_handed_over_alone(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(10, cohorts=3)
    batches = scene.form(maildir, batch_size=4)
    assert [scene.batch(batch).size for batch in batches] == [4, 4, 2]
    assert [one.batch_id is not None for one in scene.deliveries(edition)] == [True] * 10


def test_forming_again_forms_nothing(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(5)
    assert len(scene.form(maildir)) == 1
    assert scene.form(maildir) == []


def test_later_deliveries_of_an_edition_get_batches_of_their_own(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(2)
    first = scene.form(maildir)
    person = scene.subscriber("late@mail.example")
    cohort = scene.deliveries()[0].cohort_id
    scene.session.add(
        Delivery(
            edition_id=edition.id, subscriber_id=person.id, cohort_id=cohort, planned_at=scene.now, state_at=scene.now
        )
    )
    scene.session.commit()
    second = scene.form(maildir)
    assert len(second) == 1
    assert [scene.batch(batch).part for batch in first + second] == [0, 1]


def test_two_who_form_at_once_put_each_delivery_into_one_batch(
    engine: Engine, scene: Scene, maildir: MaildirMailer
) -> None:
    scene.edition(40)
    formed: list[uuid.UUID] = []

    def form() -> None:
        with session_on(engine) as session:
            formed.extend(form_batches(session, mailer=maildir, batch_size=10, now=scene.now))

    threads = [threading.Thread(target=form) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(formed) == 4
    assert {one.batch_id for one in scene.deliveries()} == set(formed)


def test_alerts_are_due_before_digests(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(2)
    scene.edition(1, newsletter="alert")
    scene.form(maildir)
    urgencies = [scene.batch(batch).urgency for batch in due_batches(scene.session, now=scene.now)]
    assert urgencies == ["alert", "digest"]


def test_submitting_sends_each_mail_once_however_often_it_is_asked(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(5)
    (batch,) = scene.form(maildir)
    assert scene.submit(batch, maildir).state == "accepted"
    assert scene.submit(batch, maildir).state == "not_due"
    assert scene.states() == {"accepted": 5}
    assert all(one.accepted_by == batch and one.accepted_at == scene.now for one in scene.deliveries())
    assert close_editions(scene.session, now=scene.now) == [edition.id]


def test_a_claimed_batch_is_nobody_elses(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(2)
    (batch,) = scene.form(maildir)
    assert claim_batch(scene.session, batch, now=scene.now, lease=LEASE)
    scene.session.commit()
    assert scene.submit(batch, maildir).state == "not_due"


def test_a_claim_that_ran_out_can_submit_nothing(engine: Engine, scene: Scene, maildir: MaildirMailer) -> None:
    """While the first worker composes, its lease runs out, and another takes the batch over and sends it."""
    scene.edition(2)
    (batch,) = scene.form(maildir)
    later = scene.now + LEASE * 2

    def slow(session: Session, batch_id: uuid.UUID, ids: list[uuid.UUID]) -> object:
        session.rollback()
        with session_on(engine) as other:
            recover_batches(other, now=later)
            submit_batch(other, batch_id, mailer=maildir, compose=scene.compose, now=later, lease=LEASE)
        return scene.compose(session, batch_id, ids)

    result = submit_batch(scene.session, batch, mailer=maildir, compose=slow, now=scene.now, lease=LEASE)  # type: ignore[arg-type]
    assert result.state in ("claim_lost", "empty")
    assert scene.batch(batch).state == "accepted"
    assert scene.states() == {"accepted": 2}


def test_what_could_not_leave_in_time_expires_and_is_owed(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(3, not_after=timedelta(hours=1))
    (batch,) = scene.form(maildir)
    late = scene.now + timedelta(hours=1, seconds=1)
    assert scene.submit(batch, maildir, now=late).state == "empty"
    assert {(one.state, one.reason, one.owed) for one in scene.deliveries()} == {("expired", "late", True)}
    assert close_editions(scene.session, now=late) == [edition.id]
    assert scene.composed == []


def test_who_was_suppressed_since_the_plan_is_not_mailed(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(["ann@mail.example", "ben@mail.example"])
    scene.set_state("ann@mail.example", SubscriberState.SUPPRESSED)
    (result,) = scene.send_all(maildir)
    found = {scene.address_of(one): (one.state, one.reason, one.owed) for one in scene.deliveries()}
    assert found["ann@mail.example"] == ("suppressed", "suppressed", False)
    assert found["ben@mail.example"][0] == "accepted"
    assert result.accepted == 1


def test_an_address_on_the_suppression_list_is_not_mailed_whatever_its_row_says(
    scene: Scene, maildir: MaildirMailer
) -> None:
    scene.edition(["ann@mail.example", "ben@mail.example"])
    key = address_hash("ann@mail.example", SECRET)
    scene.session.add(Suppression(address_hash=key, reason="complained", since=scene.now))
    scene.session.commit()
    (batch,) = scene.form(maildir)
    submit_batch(
        scene.session,
        batch,
        mailer=maildir,
        compose=scene.compose,
        now=scene.now,
        lease=LEASE,
        hash_address=hash_address,
    )
    assert {scene.address_of(one): one.state for one in scene.deliveries()} == {
        "ann@mail.example": "suppressed",
        "ben@mail.example": "accepted",
    }


@pytest.mark.parametrize("how", ["state", "subscriptions"])
def test_who_unsubscribed_since_the_plan_is_not_mailed(scene: Scene, maildir: MaildirMailer, how: str) -> None:
    scene.edition(["ann@mail.example", "ben@mail.example"])
    if how == "state":
        scene.set_state("ann@mail.example", SubscriberState.UNSUBSCRIBED)
    else:
        ann = scene.subscriber("ann@mail.example").id
        ended = update(table(Subscription)).where(table(Subscription).c.subscriber_id == ann)
        scene.session.execute(ended.values(ended_at=scene.now, until_release=1, end_reason="unsubscribed"))
        scene.session.commit()
    scene.send_all(maildir)
    found = {scene.address_of(one): (one.state, one.reason) for one in scene.deliveries()}
    assert found == {"ann@mail.example": ("skipped", "unsubscribed"), "ben@mail.example": ("accepted", None)}


def test_a_batch_that_nobody_is_left_in_is_empty_and_the_edition_closes(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(["ann@mail.example"])
    scene.set_state("ann@mail.example", SubscriberState.UNSUBSCRIBED)
    (result,) = scene.send_all(maildir)
    assert result.state == "empty"
    assert close_editions(scene.session, now=scene.now) == [edition.id]


def test_a_delivery_whose_content_is_gone_is_skipped_with_the_reason(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(3)
    gone = scene.deliveries()[0].id
    scene.gone = {gone: "withdrawn"}
    scene.send_all(maildir)
    assert scene.states() == {"accepted": 2, "skipped": 1}
    assert [one.reason for one in scene.deliveries() if one.id == gone] == ["withdrawn"]


def test_a_batch_whose_whole_content_is_gone_sends_nothing(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(2)
    scene.gone = {one.id: "withdrawn" for one in scene.deliveries()}
    (result,) = scene.send_all(maildir)
    assert result.state == "empty"
    assert scene.states() == {"skipped": 2}


def test_a_batch_formed_for_another_mailer_is_formed_anew(
    scene: Scene, maildir: MaildirMailer, sendgrid: SendGridMailer
) -> None:
    scene.edition(6, cohorts=3)
    (batch,) = scene.form(maildir)
    result = scene.submit(batch, sendgrid)
    assert (result.state, result.reform) == ("split", True)
    assert len(scene.form(sendgrid)) == 3
    scene.send_all(sendgrid)


def test_an_edition_whose_sums_do_not_balance_stays_open(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(3)
    edition.planned = 4
    scene.session.commit()
    scene.send_all(maildir)
    assert close_editions(scene.session, now=scene.now) == []
    assert not edition_sums(scene.session, edition.id).balanced


def test_an_edition_is_not_closed_while_something_of_it_is_open(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(3)
    assert close_editions(scene.session, now=scene.now) == []
    scene.form(maildir)
    assert close_editions(scene.session, now=scene.now) == []


def test_an_edition_keeps_its_sums_when_it_closes(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(["ann@mail.example", "ben@mail.example", "cleo@mail.example"])
    scene.set_state("ann@mail.example", SubscriberState.SUPPRESSED)
    scene.set_state("ben@mail.example", SubscriberState.UNSUBSCRIBED)
    scene.send_all(maildir)
    close_editions(scene.session, now=scene.now)
    scene.session.refresh(edition)
    kept = {name: edition.sums[name] for name in ("planned", "accepted", "suppressed", "skipped", "open")}
    assert kept == {"planned": 3, "accepted": 1, "suppressed": 1, "skipped": 1, "open": 0}
    assert (edition.state, edition.closed_at) == ("closed", scene.now)


def test_a_lease_that_runs_out_before_submitting_makes_the_batch_ready(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(2)
    (batch,) = scene.form(maildir)
    claim_batch(scene.session, batch, now=scene.now, lease=LEASE)
    scene.session.commit()
    assert recover_batches(scene.session, now=scene.now + LEASE).ready == []
    assert recover_batches(scene.session, now=scene.now + LEASE * 2).ready == [batch]
    assert scene.submit(batch, maildir, now=scene.now + LEASE * 2).accepted == 2


def test_a_lease_that_runs_out_while_submitting_makes_the_batch_uncertain(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(2)
    (batch,) = scene.form(maildir)
    scene.session.execute(
        update(table(Batch)).where(table(Batch).c.id == batch).values(state="submitting", lease_until=scene.now)
    )
    scene.session.execute(update(table(Delivery)).values(state="submitting"))
    scene.session.commit()
    assert recover_batches(scene.session, now=scene.now + LEASE).uncertain == [batch]
    assert scene.states() == {"uncertain": 2}


def test_the_rows_of_people_are_left_as_they_are(scene: Scene, maildir: MaildirMailer) -> None:
    scene.edition(["ann@mail.example"])
    scene.send_all(maildir)
    assert scene.session.get(Subscriber, scene.deliveries()[0].subscriber_id).state == "active"  # type: ignore[union-attr]
