"""`sitrep up` as a person runs it: one command, a state directory, Ctrl-C."""

from __future__ import annotations

import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import datetime
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import select

from tests.run.terminal import ROOT, Terminal, eventually, terminal
from worker.cli.up.redis_server import RedisServer
from worker.database import make_engine, session_on
from worker.models import Heartbeat
from worker.settings import Settings


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
        return port


class Installation:
    """A state directory, a free port, and schedules without any source beyond this machine."""

    def __init__(self, place: Path) -> None:
        self.state_dir = place / "var"
        self.base_url = f"http://127.0.0.1:{free_port()}"
        shutil.copytree(ROOT / "schedules", place / "schedules")
        (place / "schedules" / "sources.toml").write_text("")
        self.environment = {
            "SITREP_STATE_DIR": str(self.state_dir),
            "SITREP_SCHEDULES_DIR": str(place / "schedules"),
            "SITREP_BASE_URL": self.base_url,
            "SITREP_WEB_PORT": self.base_url.rpartition(":")[2],
            "SITREP_TICK_SECONDS": "1",
        }

    def up(self, **more: str) -> AbstractContextManager[Terminal]:
        return terminal(["-m", "worker", "up"], environment={**self.environment, **more})

    def heartbeats(self) -> dict[str, datetime]:
        engine = make_engine(f"sqlite:///{self.state_dir / 'sitrep.sqlite'}")
        with session_on(engine, read_only=True) as session:
            beats = {beat.name: beat.at for beat in session.execute(select(Heartbeat)).scalars()}
        engine.dispose()
        return beats

    def answers(self, path: str) -> int:
        try:
            return httpx.get(self.base_url + path, trust_env=False).status_code
        except httpx.TransportError:
            return 0


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def started(up: Terminal, installation: Installation) -> None:
    up.says("ready: ")
    eventually(lambda: installation.answers("/readyz") == 200, f"it is ready:\n{up.text}")


def child_running(up: Terminal, words: str) -> psutil.Process:
    (found,) = [child for child in up.children() if words in " ".join(child.cmdline())]
    return found


def test_one_command_serves_pages_and_works_on_every_queue(installation: Installation) -> None:
    with installation.up() as up:
        started(up, installation)
        assert installation.answers("/healthz") == 200
        assert installation.answers("/") == 200
        wanted = {"beat", *(f"queue.{name}" for name in ("confirmation", "alert", "digest", "collect", "upkeep"))}
        eventually(lambda: wanted <= installation.heartbeats().keys(), "a heartbeat of beat and of every queue")
        for part in ("worker", "beat"):
            with terminal(["-m", "worker", "health", part], environment=installation.environment) as health:
                assert health.code() == 0, health.text
        for told in (installation.base_url, "sitrep.sqlite", "outbox", "redis.sock"):
            assert told in up.text


def test_ctrl_c_ends_everything_within_seconds_and_the_next_start_finds_all_as_it_was(
    installation: Installation,
) -> None:
    for _ in range(2):
        with installation.up() as up:
            started(up, installation)
            children = up.children()
            assert len(children) >= 4
            up.send(signal.SIGINT)
            assert up.code(seconds=30) == 0, up.text
            assert up.lines[-1] == "sitrep | stopped"
            assert not [child for child in children if child.is_running()]


def test_a_killed_worker_is_back_and_works(installation: Installation) -> None:
    with installation.up() as up:
        started(up, installation)
        worker = child_running(up, "--pool=threads")
        worker.kill()
        up.says("worker runs again")
        before = installation.heartbeats()["queue.digest"]
        eventually(lambda: installation.heartbeats()["queue.digest"] > before, "the queues are worked on again")
        assert child_running(up, "--pool=threads").pid != worker.pid


def test_a_killed_redis_is_back_and_the_flow_goes_on(installation: Installation) -> None:
    with installation.up() as up:
        started(up, installation)
        child_running(up, "redis-server").kill()
        up.says("redis runs again")
        before = installation.heartbeats()["queue.digest"]
        eventually(lambda: installation.heartbeats()["queue.digest"] > before, "the ticks go on")
        assert installation.answers("/healthz") == 200


def test_nothing_outlives_a_kill_9_and_the_next_start_works(installation: Installation) -> None:
    with installation.up() as up:
        started(up, installation)
        children = up.children()
        up.send(signal.SIGKILL)
        up.code()
        eventually(lambda: not [child for child in children if child.is_running()], "every child has ended")
    with installation.up() as up:
        started(up, installation)


def test_a_second_one_on_the_same_state_directory_is_refused(installation: Installation) -> None:
    with installation.up() as up:
        started(up, installation)
        with installation.up() as second:
            assert second.code() == 1
            assert f"already runs on {installation.state_dir} (process {up.process.pid})" in second.text
            assert "Traceback" not in second.text


def test_a_port_that_is_taken_is_said_before_anything_starts(installation: Installation) -> None:
    port = int(installation.environment["SITREP_WEB_PORT"])
    with closing(socket.create_server(("127.0.0.1", port))), installation.up() as up:
        assert up.code() == 1
        assert "SITREP_WEB_PORT" in up.text
        assert "Traceback" not in up.text


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SITREP_SECRET", "too short"),
        ("SITREP_CLOCK", "file:no-such-file"),
        ("SITREP_DATABASE_URL", "mysql://localhost/sitrep"),
        ("SITREP_TICK_SECONDS", "often"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_once_before_anything_starts(
    installation: Installation, setting: str, value: str
) -> None:
    with installation.up(**{"SITREP_SECRET": "s" * 32, setting: value}) as up:
        assert up.code() == 1
        assert up.text.count(setting) == 1
        assert "Traceback" not in up.text


def test_a_named_redis_that_does_not_answer_is_said_before_anything_starts(installation: Installation) -> None:
    with installation.up(SITREP_REDIS_URL=f"redis://:word@127.0.0.1:{free_port()}/0") as up:
        assert up.code() == 1
        assert "SITREP_REDIS_URL" in up.text
        assert "word" not in up.text
        assert "Traceback" not in up.text


@pytest.fixture
def named_redis(tmp_path: Path) -> Iterator[str]:
    settings = Settings(state_dir=tmp_path / "elsewhere")
    server = RedisServer(socket=settings.redis_socket, directory=settings.state_dir / "redis")
    child = server.start(lambda _: None, lambda _: None)
    yield settings.effective_redis_url
    child.kill()
    child.ended_within(5)


def test_with_a_named_redis_it_starts_none_of_its_own(installation: Installation, named_redis: str) -> None:
    with installation.up(SITREP_REDIS_URL=named_redis) as up:
        started(up, installation)
        eventually(lambda: "queue.digest" in installation.heartbeats(), "the queues are worked on")
        assert not [child for child in up.children() if "redis-server" in child.name()]
        assert not (installation.state_dir / "redis").exists()
