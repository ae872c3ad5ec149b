"""Settling by the mailer itself and by an operator, and sorting who goes on how."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.deliver.scene import LEASE, Scene, content, recipient
from worker.database import table
from worker.deliver.closing import close_editions
from worker.deliver.evidence import uncertain_batches
from worker.deliver.mailers import RecipientResult, Submission
from worker.deliver.mailers.maildir import MaildirMailer
from worker.deliver.outcome import Outcome, OutcomeClass
from worker.deliver.recover import recover_batches
from worker.deliver.settle import settle_batches, settle_by_operator
from worker.deliver.sorting import halves, sort_recipients
from worker.errors import InvalidInput, NotFound
from worker.message import Parcel
from worker.models import Batch, Delivery
from worker.track.record import record_events

WAIT = timedelta(minutes=30)


def leave_uncertain(scene: Scene, *, evidence: str, mailer: str = "maildir") -> uuid.UUID:
    """A batch whose worker died while it was submitting."""
    (batch,) = scene.form(MaildirMailer.__new__(MaildirMailer))
    batches, deliveries = table(Batch), table(Delivery)
    scene.session.execute(
        update(batches)
        .where(batches.c.id == batch)
        .values(
            state="submitting",
            lease_until=scene.now,
            submitted_at=scene.now,
            evidence=evidence,
            mailer=mailer,
            attempt=1,
        )
    )
    scene.session.execute(update(deliveries).where(deliveries.c.batch_id == batch).values(state="submitting"))
    scene.session.commit()
    recover_batches(scene.session, now=scene.now + LEASE)
    return batch


def test_the_maildir_is_asked_what_it_holds_and_the_rest_goes_once_more(scene: Scene, maildir: MaildirMailer) -> None:
    edition = scene.edition(4)
    batch = leave_uncertain(scene, evidence="itself")
    written = scene.deliveries()[:3]
    people = tuple(recipient(one.id, scene.address_of(one)) for one in written)
    maildir.submit([Parcel(content(), people)], batch_id=batch, now=scene.now)
    at = scene.now + LEASE
    settled = settle_batches(scene.session, now=at, settle_after=WAIT, mailers=[maildir])
    assert (settled.accepted, settled.requeued, settled.held) == (3, 1, {})
    assert scene.batch(batch).settled_by == "maildir"
    scene.submit(settled.created[0], maildir, now=at)
    assert scene.states() == {"accepted": 4}
    assert maildir.found([one.id for one in scene.deliveries()]) == {one.id for one in scene.deliveries()}
    assert close_editions(scene.session, now=at) == [edition.id]


def test_a_maildir_that_is_not_there_to_be_asked_is_waited_for(scene: Scene) -> None:
    scene.edition(2)
    batch = leave_uncertain(scene, evidence="itself")
    later = scene.now + timedelta(days=9)
    assert settle_batches(scene.session, now=later, settle_after=WAIT).held == {batch: 2}


def test_a_request_accepted_for_one_was_accepted_for_all_and_nobody_is_mailed_again(scene: Scene) -> None:
    scene.edition(3)
    batch = leave_uncertain(scene, evidence="events", mailer="sendgrid")
    heard, *silent = scene.deliveries()
    event = {"event": "processed", "sg_event_id": "e1", "delivery_id": str(heard.id), "batch_id": str(batch)}
    record_events(scene.session, [event], now=scene.now)
    early = settle_batches(scene.session, now=scene.now + WAIT / 2, settle_after=WAIT)
    assert (early.accepted, early.held) == (1, {batch: 2})
    late = settle_batches(scene.session, now=scene.now + WAIT, settle_after=WAIT)
    assert (late.accepted, late.requeued, late.failed) == (len(silent), 0, 0)
    assert scene.states() == {"accepted": 3}
    assert scene.batch(batch).settled_by == "events of the same request"


@pytest.mark.parametrize(("sent", "states"), [(True, {"accepted": 3}), (False, {"planned": 3})])
def test_an_operator_decides_and_is_named(scene: Scene, sent: bool, states: dict[str, int]) -> None:
    scene.edition(3)
    batch = leave_uncertain(scene, evidence="none", mailer="smtp")
    result = settle_by_operator(scene.session, batch, sent=sent, operator=" Ann ", now=scene.now + WAIT)
    assert scene.states() == states
    assert (scene.batch(batch).state, scene.batch(batch).settled_by) == ("settled", "Ann")
    assert len(result.created) == (0 if sent else 1)


def test_not_sent_after_the_edition_is_over_is_owed(scene: Scene) -> None:
    edition = scene.edition(3, not_after=timedelta(hours=1))
    batch = leave_uncertain(scene, evidence="none", mailer="smtp")
    later = scene.now + timedelta(hours=2)
    assert settle_by_operator(scene.session, batch, sent=False, operator="Ann", now=later).failed == 3
    assert {(one.state, one.reason, one.owed) for one in scene.deliveries()} == {("failed", "not_sent", True)}
    assert close_editions(scene.session, now=later) == [edition.id]


def test_a_batch_is_settled_once(scene: Scene) -> None:
    scene.edition(1)
    batch = leave_uncertain(scene, evidence="none", mailer="smtp")
    settle_by_operator(scene.session, batch, sent=True, operator="Ann", now=scene.now)
    with pytest.raises(InvalidInput, match="is settled, not uncertain"):
        settle_by_operator(scene.session, batch, sent=False, operator="Ben", now=scene.now)
    assert scene.states() == {"accepted": 1}


def test_a_decision_needs_a_name_and_a_batch(scene: Scene) -> None:
    scene.edition(1)
    batch = leave_uncertain(scene, evidence="none", mailer="smtp")
    with pytest.raises(InvalidInput, match="--by NAME"):
        settle_by_operator(scene.session, batch, sent=True, operator="  ", now=scene.now)
    with pytest.raises(NotFound, match="deliveries uncertain"):
        settle_by_operator(scene.session, uuid.uuid4(), sent=True, operator="Ann", now=scene.now)


def test_what_is_uncertain_is_shown_with_its_evidence(scene: Scene) -> None:
    edition = scene.edition(3)
    batch = leave_uncertain(scene, evidence="events", mailer="sendgrid")
    deliveries = table(Delivery)
    one = scene.deliveries()[0].id
    accepted = update(deliveries).where(deliveries.c.id == one).values(state="delivered", accepted_by=batch)
    scene.session.execute(accepted)
    (doubt,) = uncertain_batches(scene.session)
    found = (doubt.batch_id, doubt.edition_id, doubt.uncertain, doubt.shown, doubt.others)
    assert found == (batch, edition.id, 2, 1, 0)
    assert doubt.error == "the worker ended before the answer"


refs = st.lists(st.uuids(), min_size=1, max_size=20, unique=True)
outcomes = st.builds(Outcome, kind=st.sampled_from(OutcomeClass), reason=st.just("x"), shared=st.booleans())


@given(leaving=refs, outcome=outcomes, data=st.data())
def test_everybody_in_a_request_goes_on_in_exactly_one_way(
    leaving: list[uuid.UUID], outcome: Outcome, data: st.DataObject
) -> None:
    kinds = data.draw(st.dictionaries(st.sampled_from(leaving), st.sampled_from(OutcomeClass)))
    results = {reference: RecipientResult(kind) for reference, kind in kinds.items()}
    found = sort_recipients(Submission(outcome, results=results), leaving)
    ways = [*found.accepted, *found.refused, *found.again, *found.halved, *found.uncertain]
    assert sorted(ways) == sorted(leaving)
    assert len(found.halved) != 1


@given(leaving=st.lists(st.uuids(), min_size=2, max_size=1000, unique=True))
def test_halves_are_never_empty_and_lose_nobody(leaving: list[uuid.UUID]) -> None:
    first, second = halves(leaving)
    assert first + second == leaving
    assert first
    assert second
