"""kill -9 of what runs, at the worst moments: no mail is lost, none is sent twice, every sum balances."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.faults.plant import Plant
from worker.collect.poll import poll_source
from worker.collect.sources import due_sources
from worker.compose.newsletters import newsletters_in_force
from worker.compose.plan_alerts import plan_alerts
from worker.compose.release import release_ready
from worker.deliver.batches import form_batches
from worker.deliver.claim import claim_batch
from worker.match.judging import match_article
from worker.models import BatchState, Frequency
from worker.services import make_services

LEASE = timedelta(seconds=120)


def until(reached: Callable[[], bool], *, seconds: float = 30) -> None:
    """Look often; the thing waited for happens in another process."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if reached():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")


def kill_in_the_request(plant: Plant) -> None:
    """The request is at the provider, `submitting` is committed, and the worker dies before it has an answer."""
    plant.processes.send_ticks("collect")
    until(lambda: not plant.counterpart.faults.as_json())
    plant.processes.kill_worker()
    assert plant.batches(BatchState.SUBMITTING)


@pytest.mark.parametrize("claimed", [False, True], ids=["formed", "claimed"])
def test_a_worker_that_dies_before_it_asks_the_provider(plant: Plant, claimed: bool) -> None:
    plant.processes.kill_worker()
    plant.publish()
    leave_a_batch(plant, claimed=claimed)
    assert plant.batches(BatchState.CLAIMED if claimed else BatchState.READY)
    plant.later(LEASE * 2)
    plant.tick("deliver")
    plant.tick("deliver")
    assert plant.batches(BatchState.READY, BatchState.CLAIMED) == []


def leave_a_batch(plant: Plant, *, claimed: bool) -> None:
    """All that a worker does up to its last commit: a batch that is formed, or claimed."""
    made = make_services(plant.processes.settings)
    now = made.now()
    with made.session() as session:
        for source in due_sources(session, now=now):
            for article in poll_source(session, source, fetcher=made.fetcher, now=now).to_match:
                match_article(session, article, matcher=made.matcher(session), now=now)
        release_ready(session, now=now, text_wait=made.text_wait)
        alert = newsletters_in_force(session)[Frequency.INSTANT]
        plan_alerts(session, alert.definition, version=alert.version, now=now)
        (batch,) = form_batches(session, mailer=made.mailer, batch_size=1000, now=now)
        if claimed:
            assert claim_batch(session, batch, now=now, lease=LEASE)
            session.commit()
    made.mailer.close()
    made.fetcher.close()
    made.engine.dispose()


def test_a_worker_killed_after_the_provider_accepted(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.hang(60, min_mails=2)
    kill_in_the_request(plant)
    plant.later(LEASE * 2)
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN), "doubt is a state: it is not resent"
    plant.hear()
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN) == []


def test_a_worker_killed_before_the_provider_accepted(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.hang(60, accepting=False, min_mails=2)
    kill_in_the_request(plant)
    plant.later(LEASE * 2)
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN)
    plant.publish()
    plant.tick()
    plant.hear()


def test_a_connection_cut_after_acceptance_is_settled_by_its_events(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.accept_then_cut(min_mails=2)
    plant.tick()
    assert plant.batches(BatchState.UNCERTAIN)
    plant.hear()
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN) == []


def test_redis_loses_everything_in_mid_request(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.hang(1, min_mails=2)
    plant.processes.send_ticks("collect", "deliver")
    until(lambda: not plant.counterpart.faults.as_json())
    plant.processes.lose_redis()
    until(lambda: plant.batches(BatchState.SUBMITTING) == [])
    plant.tick()


def test_redis_loses_the_messages_that_nobody_has_read(plant: Plant) -> None:
    plant.publish()
    plant.processes.kill_worker()
    plant.processes.send_ticks("collect", "match", "compose", "deliver")
    plant.processes.lose_redis()
    plant.tick()
    plant.tick()
