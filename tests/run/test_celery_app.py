from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from redis import Redis

from tests.run.terminal import Terminal, eventually, terminal
from worker.celery import beat_schedule, make_celery, task_modules
from worker.cli.up.redis_server import RedisServer
from worker.settings import Settings
from worker.tasks.queues import QUEUES, STAGE_QUEUES, TICKS, UnroutedTask, queue_for


def test_every_task_of_every_module_has_a_queue_that_workers_consume() -> None:
    app = make_celery(Settings())
    app.loader.import_default_modules()
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    consumed = {queue.name for queue in app.conf.task_queues}
    assert consumed == set(QUEUES)
    for name in ours:
        assert queue_for(name) in consumed
        assert app.amqp.router.route({}, name)["queue"].name == queue_for(name)


def test_every_tick_names_a_task_that_exists() -> None:
    app = make_celery(Settings())
    app.loader.import_default_modules()
    assert {tick.task for tick in TICKS} <= set(app.tasks)


def test_every_queue_is_used_by_a_stage_or_by_name_and_has_a_heartbeat() -> None:
    assert {tick.queue for tick in TICKS if tick.queue} == set(QUEUES)
    assert set(STAGE_QUEUES.values()) <= set(QUEUES)


def test_a_sender_may_name_a_more_urgent_queue() -> None:
    app = make_celery(Settings())
    assert app.amqp.router.route({"queue": "alert"}, "sitrep.deliver.submit")["queue"].name == "alert"


@pytest.mark.parametrize("name", ["deliver", "sitrep.deliver", "sitrep.cook.dinner", "other.deliver.submit"])
def test_a_task_that_nobody_would_consume_is_an_error(name: str) -> None:
    with pytest.raises(UnroutedTask, match="name it sitrep"):
        queue_for(name)


def test_ticks_come_as_often_as_set_and_stale_ones_are_dropped() -> None:
    schedule = beat_schedule(5)
    assert {entry["schedule"] for entry in schedule.values()} == {5.0}
    assert {entry["options"]["expires"] for entry in schedule.values()} == {60}
    assert {entry["options"]["expires"] for entry in beat_schedule(300).values()} == {300}


def test_messages_are_json_and_nothing_is_kept_of_results() -> None:
    conf = make_celery(Settings()).conf
    assert (conf.task_serializer, conf.accept_content, conf.task_ignore_result) == ("json", ["json"], True)
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)


def test_a_new_module_of_tasks_is_found_by_itself() -> None:
    assert "worker.tasks.queues" in task_modules()


class Rig:
    """A Redis, and workers and beats of the probe app."""

    def __init__(self, place: Path) -> None:
        self.settings = Settings(state_dir=place / "var")
        self.server = RedisServer(socket=self.settings.redis_socket, directory=place / "redis")
        self.redis = self.server.start(lambda _: None, lambda _: None)
        self.file = place / "written"
        self.environment = {"SITREP_STATE_DIR": str(self.settings.state_dir), "PROBE_FILE": str(self.file)}

    def celery(self, *arguments: str, **environment: str) -> AbstractContextManager[Terminal]:
        run = ["-m", "celery", "--app", "tests.run.probe:app", *arguments]
        return terminal(run, environment={**self.environment, **environment})

    def worker(self, *arguments: str) -> AbstractContextManager[Terminal]:
        return self.celery("worker", "--without-gossip", "--without-mingle", "--loglevel=info", *arguments)

    def send(self, task: str, *args: object, queue: str = "upkeep") -> None:
        app = make_celery(self.settings)
        app.send_task(task, args=args, queue=queue)
        app.close()

    def written(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    def waiting(self) -> dict[str, int]:
        with Redis.from_url(self.settings.effective_redis_url) as redis:
            return {queue: int(redis.llen(queue)) for queue in QUEUES}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.redis.kill()
    made.redis.ended_within(5)


def test_a_worker_takes_the_urgent_first(rig: Rig) -> None:
    for queue in reversed(QUEUES):
        for number in range(3):
            rig.send("sitrep.upkeep.write", f"{queue} {number}", queue=queue)
    with rig.worker("--concurrency=1"):
        eventually(lambda: len(rig.written()) == 15, "all 15 are written")
    assert [line.split()[0] for line in rig.written()] == [queue for queue in QUEUES for _ in range(3)]


def test_what_a_killed_worker_held_is_run_by_the_next_one(rig: Rig) -> None:
    rig.send("sitrep.upkeep.die_once", "batch")
    with rig.worker() as first:
        assert first.code() == -signal.SIGKILL
    with rig.worker():
        eventually(lambda: "ended batch" in rig.written(), "the batch is run again")
    assert rig.written() == ["began batch", "began batch", "ended batch"]


def test_a_worker_asked_to_stop_finishes_what_it_has_in_hand(rig: Rig) -> None:
    rig.send("sitrep.upkeep.take_long", "batch", 1.5)
    with rig.worker() as worker:
        eventually(lambda: "began batch" in rig.written(), "the batch begins")
        worker.send(signal.SIGTERM)
        assert worker.code() == 0
    assert rig.written() == ["began batch", "ended batch"]


def test_a_worker_goes_on_when_redis_was_killed_and_is_back(rig: Rig) -> None:
    with rig.worker() as worker:
        rig.send("sitrep.upkeep.write", "before")
        eventually(lambda: "before" in rig.written(), "the first is written")
        rig.redis.kill()
        rig.redis.ended_within(5)
        worker.says("Connection to broker lost")
        rig.redis = rig.server.start(lambda _: None, lambda _: None)
        rig.send("sitrep.upkeep.write", "after")
        eventually(lambda: "after" in rig.written(), "the second is written")
        assert "DeprecationWarning" not in worker.text


def test_two_beats_tick_at_once_and_leave_nothing_behind(rig: Rig, tmp_path: Path) -> None:
    before = set(os.listdir(tmp_path))
    with rig.celery("beat", SITREP_TICK_SECONDS="1", SITREP_LOG_LEVEL="debug") as beat, rig.celery("beat") as second:
        eventually(lambda: all(rig.waiting().values()), "a tick waits in every queue")
        beat.says("Sending due task sitrep.collect.tick", times=3)
        for each in (beat, second):
            each.send(signal.SIGTERM)
            assert each.code() == 0
    assert set(os.listdir(tmp_path)) == before
    with Redis.from_url(rig.settings.effective_redis_url) as redis:
        for queue in QUEUES:
            assert all(json.loads(message)["headers"]["expires"] for message in redis.lrange(queue, 0, -1))


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_beat_ends_when_asked_while_redis_keeps_it_waiting(rig: Rig, asked: signal.Signals) -> None:
    with (
        Redis.from_url(rig.settings.effective_redis_url) as redis,
        rig.celery("beat", "--loglevel=info", SITREP_TICK_SECONDS="1") as beat,
    ):
        eventually(lambda: rig.waiting()["upkeep"] > 0, "beat ticks")
        redis.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")  # a tick stays without an answer
        eventually(lambda: redis.info("clients")["blocked_clients"] > 0, "a tick waits")
        beat.process.send_signal(asked)
        assert beat.code() == 0
