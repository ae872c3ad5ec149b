"""Everything that may come twice comes twice, or in the wrong order, or from somebody else."""

from __future__ import annotations

import subprocess
import sys

import psutil
from sqlalchemy import select

from demo.processes import ROOT
from tests.faults.plant import Plant, rows_of
from tests.faults.test_kills import until
from worker.database import session_on, table
from worker.models import Article, Edition, Event

STAGES = ("collect", "match", "compose", "deliver", "audience", "track", "upkeep")


def test_every_tick_three_times_at_once(plant: Plant) -> None:
    plant.publish()
    for _ in range(3):
        plant.processes.send_ticks(*STAGES, *reversed(STAGES))
    plant.processes.settle()
    plant.tick()


def test_every_message_again(plant: Plant) -> None:
    plant.publish()
    plant.tick()
    with session_on(plant.engine, read_only=True) as session:
        articles = list(session.execute(select(table(Article).c.id)).scalars())
        editions = list(session.execute(select(table(Edition).c.id)).scalars())
    for _ in range(2):
        plant.processes.send("sitrep.match.judge", articles)
        plant.processes.send("sitrep.compose.release")
        for edition in editions:
            plant.processes.send("sitrep.deliver.form", edition)
        for batch in plant.batches():
            plant.processes.send("sitrep.deliver.submit", batch)
        for article in articles:
            plant.processes.send("sitrep.collect.fetch_text", article)
    plant.processes.settle()


def test_two_beats(plant: Plant) -> None:
    slug = plant.publish()
    command = [sys.executable, "-m", "worker", "beat"]
    beats = [
        subprocess.Popen(command, env=plant.processes.environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        until(lambda: all(psutil.Process(beat.pid).net_connections("unix") for beat in beats))
        until(lambda: any(plant.site.url in mail.text and slug in mail.text for mail in plant.counterpart.mails))
    finally:
        for beat in beats:
            beat.terminate()
            beat.wait(20)
    plant.processes.settle()


def test_forged_events_are_refused_and_change_nothing(plant: Plant) -> None:
    plant.publish()
    plant.tick()
    before = rows_of(plant.engine)
    plant.counterpart.faults.add("events_forged", times=None)
    assert plant.counterpart.deliver_events() == 0
    assert rows_of(plant.engine) == before
    plant.counterpart.faults.clear()


def test_events_doubled_and_in_reverse_order_end_where_others_do(plant: Plant) -> None:
    plant.publish()
    plant.tick()
    plant.counterpart.faults.add("events_reversed")
    plant.counterpart.faults.add("events_doubled")
    plant.hear()
    with session_on(plant.engine, read_only=True) as session:
        ids = list(session.execute(select(table(Event).c.provider_event_id)).scalars())
    assert len(ids) == len(set(ids))
    assert {mail.state for mail in plant.counterpart.mails} == {"delivered"}
