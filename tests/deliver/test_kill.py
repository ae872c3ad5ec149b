"""kill -9 of a worker between the commit of `submitting` and the answer: no mail twice, none lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from demo.counterpart import Counterpart
from tests.deliver.scene import LEASE, Scene
from tests.deliver.webhook import Webhook
from worker.deliver.closing import close_editions
from worker.deliver.mailers.sendgrid import SendGridMailer
from worker.deliver.recover import recover_batches
from worker.deliver.settle import settle_batches
from worker.track.record import record_events

ROOT = Path(__file__).resolve().parents[2]
WAIT = timedelta(minutes=30)


def kill_while_submitting(scene: Scene, engine: Engine, counterpart: Counterpart, reached: Callable[[], bool]) -> None:
    """Start a worker on the one batch, and kill it once the counterpart has come so far."""
    (batch,) = scene.form(_as_sendgrid(counterpart))
    database = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.deliver.sender", database, counterpart.url, str(batch)]
    worker = subprocess.Popen([*command, scene.now.isoformat()], cwd=ROOT)
    pause = threading.Event()
    try:
        for _ in range(600):
            if reached() or worker.poll() is not None:
                break
            pause.wait(0.05)
        assert worker.poll() is None, "the worker ended before it could be killed"
        assert reached()
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    assert scene.batch(batch).state == "submitting"


def _as_sendgrid(counterpart: Counterpart) -> SendGridMailer:
    mailer = SendGridMailer(counterpart.api_key, url=counterpart.url)
    mailer.close()
    return mailer


@pytest.mark.parametrize("accepting", [True, False], ids=["accepted", "not accepted"])
def test_a_worker_killed_in_the_middle_of_its_request_neither_doubles_nor_loses_a_mail(
    scene: Scene,
    engine: Engine,
    sendgrid: SendGridMailer,
    counterpart: Counterpart,
    webhook: Webhook,
    accepting: bool,
) -> None:
    edition = scene.edition(5)
    counterpart.faults.hang(60, accepting=accepting)
    kill_while_submitting(
        scene,
        engine,
        counterpart,
        lambda: not counterpart.faults.as_json() and counterpart.ledger.count() == (5 if accepting else 0),
    )
    at = scene.now + LEASE * 2
    assert len(recover_batches(scene.session, now=at).uncertain) == 1
    alive = {"event": "delivered", "email": "x@mail.example", "sg_event_id": "somebody else's"}
    record_events(scene.session, [alive], now=at)
    webhook.hear(at=at)
    settled = settle_batches(scene.session, now=scene.now + WAIT, settle_after=WAIT)
    assert (settled.requeued, settled.held) == (0 if accepting else 5, {})
    for batch in settled.created:
        scene.submit(batch, sendgrid, now=scene.now + WAIT)
    webhook.hear(at=scene.now + WAIT)
    assert scene.states() == {"delivered": 5}
    assert counterpart.ledger.delivery_ids() == {str(one.id): 1 for one in scene.deliveries()}
    assert close_editions(scene.session, now=scene.now + WAIT) == [edition.id]
