"""The real thing under the demo: Redis, a worker and the web process, as an operator would start them.

In place of beat the demo sends the ticks itself, because its clock is a driven one and days pass in seconds.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import httpx
from redis import Redis

from worker.cli.up.redis_server import RedisServer
from worker.database import make_engine
from worker.errors import SitrepError
from worker.migrations import migrate
from worker.resources import shipped
from worker.settings import Settings
from worker.tasks.broker import connect
from worker.tasks.queues import QUEUES, queue_for

ROOT = Path(__file__).resolve().parent.parent
"""Where `python -m worker` and `python -m demo` are at home."""

_PATIENCE = 60.0
_MOST_RESTARTS = 20


class Processes:
    """Starts them in `state_dir`, sends ticks, and tells when nothing is under way any more."""

    def __init__(self, state_dir: Path, environment: Mapping[str, str], *, say: Callable[[str], None]) -> None:
        self.state_dir, self._say = state_dir, say
        self.restarts = 0
        self._stranded: set[bytes | str] = set()
        self._redis_directory = state_dir.resolve() / "redis"
        self.environment = {**os.environ, **environment}
        given = {name.removeprefix("SITREP_").lower(): value for name, value in environment.items()}
        self.settings = Settings.model_validate({**Settings().model_dump(exclude_unset=True), **given})
        self._redis_server = None
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []
        self._redis_child = None
        if self.settings.redis_url is None:
            self._redis_server = RedisServer(socket=self.settings.redis_socket, directory=self._redis_directory)
            self._redis_child = self._redis_server.start(lambda _: None, lambda _: None)
        self._redis = Redis.from_url(self.settings.effective_redis_url)
        self._database = str(self._redis.connection_pool.connection_kwargs.get("db", 0))
        if self._redis.dbsize():
            raise SitrepError(
                "The Redis database that SITREP_REDIS_URL names is not empty: give the demo one of its own"
            )
        self._celery = connect(self.settings)

    def migrate(self) -> None:
        engine = make_engine(self.settings.effective_database_url)
        migrate(engine)
        engine.dispose()

    def start(self) -> None:
        self._start("worker")
        self._start("web")
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.settings.base_url}/healthz", trust_env=False, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError(f"the web process did not start: see {self.state_dir / 'web.log'}")

    def kill_worker(self) -> None:
        """As the kernel would: SIGKILL, in the middle of whatever it does. `settle` starts another."""
        self._children["worker"].kill()
        self._children["worker"].wait()

    def lose_redis(self) -> None:
        """SIGKILL for Redis, and all that it held is gone; an empty one takes its place."""
        assert self._redis_server is not None
        assert self._redis_child is not None
        self._redis_child.kill()
        self._redis_child.ended_within(10)
        shutil.rmtree(self._redis_directory)
        self._redis_child = self._redis_server.start(lambda _: None, lambda _: None)
        self._redis.connection_pool.disconnect()
        self._stranded.clear()

    def send(self, task: str, *arguments: object) -> None:
        """Send one message."""
        self._celery.send_task(task, args=arguments, queue=queue_for(task))

    def send_ticks(self, *stages: str) -> None:
        """Send these stages' ticks, as beat does."""
        for stage in stages:
            self.send(f"sitrep.{stage}.tick")

    def tick(self, *stages: str) -> None:
        """Send these stages' ticks and wait until all that follows from them is done."""
        self.send_ticks(*stages)
        self.settle()

    def settle(self) -> None:
        """Wait until no message waits and none is being worked on; a process that died meanwhile is started again."""
        deadline = time.monotonic() + _PATIENCE
        quiet = 0
        while quiet < 2:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the worker does not come to an end: see {self.state_dir / 'worker.log'}")
            self._start_the_dead_again()
            quiet = quiet + 1 if self.idle() else 0
            time.sleep(0.01)

    def idle(self) -> bool:
        """Whether no message is in the queues, none in a living worker's hands, and none on the way between them.

        A message that was popped is noted as in hand a moment later; until then its worker does not ask for another.
        """
        pipe = self._redis.pipeline(transaction=True)
        for queue in QUEUES:
            pipe.llen(queue)
        pipe.hkeys("unacked")
        pipe.client_list()
        *lengths, in_hand, clients = pipe.execute()
        asking = any(
            client["cmd"] == "brpop" and "b" in client["flags"] and client["db"] == self._database for client in clients
        )
        return asking and not any(lengths) and not set(in_hand) - self._stranded

    def close(self) -> None:
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._celery.close()
        self._redis.close()
        if self._redis_child is not None:
            self._redis_child.ask_to_end()
            if not self._redis_child.ended_within(5):
                self._redis_child.kill()
        for log in self._logs:
            log.close()

    def _start(self, name: str) -> None:
        log = (self.state_dir / f"{name}.log").open("ab")
        self._logs.append(log)
        self._children[name] = subprocess.Popen(
            [sys.executable, "-m", "worker", name],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )

    def _start_the_dead_again(self) -> None:
        """What a dead worker had in hand Redis gives out again after minutes; the rows have it at the next tick."""
        for name, child in list(self._children.items()):
            if child.poll() is not None:
                self.restarts += 1
                if self.restarts > _MOST_RESTARTS:
                    raise RuntimeError(f"the {name} keeps ending: see {self.state_dir / f'{name}.log'}")
                self._stranded.update(self._redis.hkeys("unacked"))
                self._say(f"the {name} has died (exit code {child.returncode}): another one takes over")
                self._start(name)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_schedules(target: Path, feed_url: str) -> None:
    """The shipped topics and newsletters, and the newsroom as the one source (on loopback, so allowed by name)."""
    shutil.copytree(shipped("schedules"), target, dirs_exist_ok=True)
    target.joinpath("sources.toml").write_text(
        f'[[source]]\nname = "Sample newsroom"\nurl = "{feed_url}"\nevery = "30m"\nallow_private = true\n'
    )
