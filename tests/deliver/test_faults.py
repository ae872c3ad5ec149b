"""Faults injected for real: a counterpart that fails in named ways, over HTTP, and a process that is killed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import httpx
import pytest

from demo.counterpart import Counterpart
from demo.counterpart.counterpart import API_KEY
from tests.deliver.scene import Scene
from tests.deliver.webhook import Webhook
from worker.deliver.batches import due_batches
from worker.deliver.closing import close_editions, edition_sums
from worker.deliver.mailers.sendgrid import SendGridMailer
from worker.deliver.settle import SettleResult, settle_batches
from worker.track.record import record_events

WAIT = timedelta(minutes=30)


def settle(scene: Scene, at: datetime) -> SettleResult:
    return settle_batches(scene.session, now=at, settle_after=WAIT)


def each_once(scene: Scene, counterpart: Counterpart) -> bool:
    """Whether the counterpart holds one mail for each delivery, and no other."""
    return counterpart.ledger.delivery_ids() == {str(one.id): 1 for one in scene.deliveries()}


def test_an_edition_goes_out_and_is_delivered(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    edition = scene.edition(7, cohorts=2)
    scene.send_all(sendgrid, batch_size=3)
    assert scene.states() == {"accepted": 7}
    webhook.hear()
    assert scene.states() == {"delivered": 7}
    assert close_editions(scene.session, now=scene.now) == [edition.id]
    assert each_once(scene, counterpart)


@pytest.mark.parametrize("how", ["accept_then_cut", "error_after_accepting", "truncated_answer"])
def test_what_was_accepted_without_an_answer_is_settled_by_events(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook, how: str
) -> None:
    edition = scene.edition(5)
    getattr(counterpart.faults, how)()
    (result,) = scene.send_all(sendgrid)
    assert result.state == "uncertain"
    assert scene.states() == {"uncertain": 5}
    assert close_editions(scene.session, now=scene.now) == []
    webhook.hear(at=scene.now + timedelta(minutes=1))
    assert settle(scene, scene.now + timedelta(minutes=1)).held == {}
    assert scene.batch(result.batch_id).settled_by == "events"
    assert scene.states() == {"delivered": 5}
    assert close_editions(scene.session, now=scene.now) == [edition.id]
    assert each_once(scene, counterpart)


def test_an_answer_that_comes_too_late_leaves_the_batch_uncertain(
    scene: Scene, counterpart: Counterpart, webhook: Webhook
) -> None:
    scene.edition(3)
    counterpart.faults.hang(5)
    impatient = SendGridMailer(API_KEY, url=counterpart.url, timeout=httpx.Timeout(0.3))
    (result,) = scene.send_all(impatient)
    impatient.close()
    assert (result.state, result.reason) == ("uncertain", "timeout: ReadTimeout")
    webhook.hear()
    settle(scene, scene.now)
    assert scene.states() == {"delivered": 3}


def test_a_server_error_without_acceptance_goes_once_more_when_events_of_others_come_in(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    scene.edition(4)
    counterpart.faults.error_before_accepting()
    (result,) = scene.send_all(sendgrid)
    assert result.state == "uncertain"
    scene.edition(1, slot_at=scene.now + timedelta(minutes=5))
    scene.send_all(sendgrid, now=scene.now + timedelta(minutes=5))
    webhook.hear(at=scene.now + timedelta(minutes=6))
    early = settle(scene, scene.now + timedelta(minutes=29))
    assert (early.requeued, early.held) == (0, {result.batch_id: 4})
    settled = settle(scene, scene.now + WAIT)
    assert (settled.requeued, len(settled.created)) == (4, 1)
    assert scene.submit(settled.created[0], sendgrid, now=scene.now + WAIT).accepted == 4
    assert {one.attempt for one in scene.deliveries()} == {1, 2}
    assert each_once(scene, counterpart)


def test_a_silent_webhook_proves_nothing(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    scene.edition(4)
    counterpart.faults.accept_then_cut()
    (result,) = scene.send_all(sendgrid)
    for hours in (1, 24, 24 * 30):
        assert settle(scene, scene.now + timedelta(hours=hours)).held == {result.batch_id: 4}
    assert scene.states() == {"uncertain": 4}
    webhook.hear(at=scene.now + timedelta(days=31))
    settle(scene, scene.now + timedelta(days=31))
    assert scene.states() == {"delivered": 4}
    assert each_once(scene, counterpart)


def uncertain_twice(scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook) -> datetime:
    """An edition of three whose two attempts both got no answer, while events of another edition come in."""
    scene.edition(3)
    counterpart.faults.error_before_accepting()
    scene.send_all(sendgrid)
    scene.edition(1, slot_at=scene.now + timedelta(minutes=1))
    scene.send_all(sendgrid, now=scene.now + timedelta(minutes=1))
    webhook.hear(at=scene.now + timedelta(minutes=2))
    (again,) = settle(scene, scene.now + WAIT).created
    counterpart.faults.error_before_accepting()
    assert scene.submit(again, sendgrid, now=scene.now + WAIT).state == "uncertain"
    second = scene.now + WAIT
    scene.edition(1, slot_at=second + timedelta(minutes=1))
    scene.send_all(sendgrid, now=second + timedelta(minutes=1))
    webhook.hear(at=second + timedelta(minutes=2))
    return second + WAIT


def test_the_second_time_without_evidence_it_is_owed_and_not_sent_again(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    at = uncertain_twice(scene, sendgrid, counterpart, webhook)
    settled = settle(scene, at)
    assert (settled.requeued, settled.failed) == (0, 3)
    failed = [one for one in scene.deliveries() if one.state == "failed"]
    assert {(one.reason, one.owed, one.attempt) for one in failed} == {("not_sent", True, 2)}
    assert len(close_editions(scene.session, now=at)) == 3


def test_what_may_not_go_out_any_more_is_owed_instead_of_sent_again(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    scene.edition(3, not_after=timedelta(minutes=20))
    counterpart.faults.error_before_accepting()
    scene.send_all(sendgrid)
    scene.edition(1, slot_at=scene.now + timedelta(minutes=1))
    scene.send_all(sendgrid, now=scene.now + timedelta(minutes=1))
    webhook.hear(at=scene.now + timedelta(minutes=2))
    assert (settle(scene, scene.now + WAIT).failed, due_batches(scene.session, now=scene.now + WAIT)) == (3, [])


def test_late_evidence_of_the_first_attempt_is_recognised_as_a_double(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    edition = scene.edition(2)
    ids = [one.id for one in scene.deliveries()]
    counterpart.faults.accept_then_cut()
    counterpart.faults.delay_events(times=100)
    (first,) = scene.send_all(sendgrid)
    _somebody_elses_event(scene, webhook, at=scene.now + timedelta(minutes=2))
    (again,) = settle(scene, scene.now + WAIT).created
    assert scene.submit(again, sendgrid, now=scene.now + WAIT).accepted == 2
    assert [one.doubled for one in scene.deliveries(edition)] == [False, False]
    counterpart.faults.clear()
    webhook.hear(at=scene.now + timedelta(hours=1))
    assert {one.id: one.doubled for one in scene.deliveries(edition)} == dict.fromkeys(ids, True)
    assert edition_sums(scene.session, edition.id).doubled == 2
    assert first.batch_id != again


def test_late_evidence_before_the_second_attempt_left_prevents_it(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    edition = scene.edition(2)
    counterpart.faults.accept_then_cut()
    counterpart.faults.delay_events(times=100)
    (first,) = scene.send_all(sendgrid)
    _somebody_elses_event(scene, webhook, at=scene.now + timedelta(minutes=2))
    (again,) = settle(scene, scene.now + WAIT).created
    counterpart.faults.clear()
    webhook.hear(at=scene.now + timedelta(minutes=31))
    assert scene.submit(again, sendgrid, now=scene.now + timedelta(minutes=32)).state == "empty"
    assert {(one.state, one.doubled, one.batch_id) for one in scene.deliveries(edition)} == {
        ("delivered", False, first.batch_id)
    }
    assert each_once(scene, counterpart)


def _somebody_elses_event(scene: Scene, webhook: Webhook, *, at: datetime) -> None:
    """The webhook is alive: something about another mail comes in."""
    event = {"event": "delivered", "email": "x@mail.example", "delivery_id": str(uuid.uuid4()), "sg_event_id": "other"}
    record_events(scene.session, [event], now=at)


def test_a_bad_recipient_is_isolated_and_everybody_else_is_mailed(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart
) -> None:
    people = [f"p{n}@mail.example" for n in range(13)]
    edition = scene.edition(people)
    counterpart.faults.bad_recipient("p5@mail.example")
    results = scene.send_all(sendgrid)
    found = {scene.address_of(one): (one.state, one.reason, one.owed) for one in scene.deliveries()}
    assert found.pop("p5@mail.example") == ("failed", "refused", True)
    assert set(found.values()) == {("accepted", None, False)}
    assert len(results) <= 2 * 4 + 1
    assert close_editions(scene.session, now=scene.now) == [edition.id]
    assert len(counterpart.mails) == 12


def test_a_request_that_is_too_large_goes_in_smaller_ones(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart
) -> None:
    scene.edition(10)
    counterpart.faults.too_large(min_mails=4, times=None)
    scene.send_all(sendgrid)
    assert scene.states() == {"accepted": 10}
    assert each_once(scene, counterpart)


def test_a_429_waits_until_the_limit_resets(scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart) -> None:
    scene.edition(3)
    counterpart.faults.rate_limit(90)
    (result,) = scene.send_all(sendgrid)
    reset = scene.now + timedelta(seconds=90)
    assert (result.state, result.retry_at, result.stop) == ("ready", reset, False)
    assert scene.states() == {"planned": 3}
    assert due_batches(scene.session, now=scene.now + timedelta(seconds=89)) == []
    assert scene.submit(result.batch_id, sendgrid, now=reset).accepted == 3
    assert each_once(scene, counterpart)


@pytest.mark.parametrize("how", ["unauthorized", "forbidden"])
def test_a_key_that_is_refused_stops_the_run(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, how: str
) -> None:
    scene.edition(6, cohorts=3)
    batches = scene.form(sendgrid)
    getattr(counterpart.faults, how)()
    result = scene.submit(batches[0], sendgrid)
    assert result.stop
    assert result.retry_at == scene.now + timedelta(minutes=5)
    assert [scene.submit(batch, sendgrid).state for batch in batches[1:]] == ["not_due", "not_due"]
    assert len(due_batches(scene.session, now=scene.now + timedelta(minutes=5))) == 3
    assert scene.states() == {"planned": 6}


def test_a_provider_that_is_down_is_tried_again(scene: Scene, counterpart: Counterpart) -> None:
    scene.edition(2)
    url = counterpart.url
    counterpart.close()
    mailer = SendGridMailer(API_KEY, url=url)
    (result,) = scene.send_all(mailer)
    mailer.close()
    assert (result.state, result.retry_at) == ("ready", scene.now + timedelta(seconds=15))
    assert scene.states() == {"planned": 2}


def test_a_connection_cut_before_the_body_was_taken_is_never_lost(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    """The client cannot know that the server read nothing: uncertain, and sent once more when silence means no."""
    scene.edition(2)
    counterpart.faults.cut_before_body()
    (result,) = scene.send_all(sendgrid)
    if result.state == "uncertain":
        _somebody_elses_event(scene, webhook, at=scene.now + timedelta(minutes=1))
        settle(scene, scene.now + WAIT)
    for batch in due_batches(scene.session, now=scene.now + WAIT):
        scene.submit(batch, sendgrid, now=scene.now + WAIT)
    assert scene.states() == {"accepted": 2}
    assert each_once(scene, counterpart)


def test_events_doubled_reversed_and_forged_change_nothing_in_the_end(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    people = {name: f"{name}@mail.example" for name in ("ann", "bounce", "angry", "late")}
    scene.edition(list(people.values()))
    counterpart.behave({"bounce": [people["bounce"]], "complain": [people["angry"]], "defer": [people["late"]]})
    counterpart.faults.forge_events()
    counterpart.faults.double_events(times=3)
    counterpart.faults.reverse_events(times=3)
    scene.send_all(sendgrid)
    for _ in range(5):
        webhook.hear()
    assert webhook.refused > 0
    assert {scene.address_of(one): one.state for one in scene.deliveries()} == {
        people["ann"]: "delivered",
        people["bounce"]: "bounced",
        people["angry"]: "complained",
        people["late"]: "delivered",
    }
    assert {name: scene.subscriber(address).state for name, address in people.items()} == {
        "ann": "active",
        "bounce": "suppressed",
        "angry": "suppressed",
        "late": "active",
    }


def test_a_suppressed_person_is_not_mailed_the_next_time(
    scene: Scene, sendgrid: SendGridMailer, counterpart: Counterpart, webhook: Webhook
) -> None:
    people = ["ann@mail.example", "gone@mail.example"]
    scene.edition(people)
    counterpart.behave({"bounce": ["gone@mail.example"]})
    scene.send_all(sendgrid)
    webhook.hear()
    tomorrow = scene.edition(people, slot_at=scene.now + timedelta(days=1))
    scene.send_all(sendgrid, now=scene.now + timedelta(days=1))
    assert scene.states(tomorrow) == {"accepted": 1, "suppressed": 1}
    assert len(counterpart.mails_to("gone@mail.example")) == 1
