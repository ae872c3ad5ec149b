"""Parsing in a child process that may be killed: what a document costs is bounded, whatever it holds.

A child is started at first use, kept for the next documents, and replaced when it was killed or has served its turn.
It speaks JSON over pipes, opens no file and no connection for a document, and ends when this process does.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, Any, Protocol

from worker.collect.documents import ExtractedPage, ParsedFeed, SitePage

CPU_SECONDS = 2.0
MEMORY_BYTES = 200 * 1024 * 1024
"""On top of what the child's own program needs."""
_WALL_SECONDS = 20.0
_TURNS = 500
"""Documents that one child serves before it is replaced: leaks and fragmentation end with it."""


class Reader(Protocol):
    """Turns bytes from outside into a feed, an article's page or a site's page."""

    def parse_feed(self, data: bytes, *, content_type: str = "", url: str = "") -> ParsedFeed: ...

    def extract_page(self, data: bytes, *, content_type: str = "", url: str = "") -> ExtractedPage: ...

    def read_site_page(self, data: bytes, *, content_type: str = "", url: str = "") -> SitePage: ...


class Killed(Exception):
    """The child was stopped before it answered."""


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    turns: int = 0


class Sandbox:
    """A Reader whose work happens in child processes. Safe to share between threads, and to be forked."""

    def __init__(
        self, *, cpu_seconds: float = CPU_SECONDS, memory_bytes: int = MEMORY_BYTES, children: int | None = None
    ) -> None:
        """`children`: the most that work at once, by default one for each processor; more would only take memory."""
        self._limits = (cpu_seconds, memory_bytes)
        self._turn = threading.Semaphore(children or os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._owner = os.getpid()

    def parse_feed(self, data: bytes, *, content_type: str = "", url: str = "") -> ParsedFeed:
        """As worker.collect.parse.parse_feed; a document that costs too much gives an error that says so."""
        try:
            return ParsedFeed.from_json(self._ask("feed", data, content_type, url))
        except Killed as error:
            return ParsedFeed(format=None, error=str(error))

    def extract_page(self, data: bytes, *, content_type: str = "", url: str = "") -> ExtractedPage:
        """As worker.collect.extract.extract_page; a page that costs too much gives an error that says so."""
        try:
            return ExtractedPage.from_json(self._ask("page", data, content_type, url))
        except Killed as error:
            return ExtractedPage(title="", text="", error=str(error))

    def read_site_page(self, data: bytes, *, content_type: str = "", url: str = "") -> SitePage:
        """As worker.collect.site_page.read_site_page; a page that costs too much gives an error that says so."""
        try:
            return SitePage.from_json(self._ask("site", data, content_type, url))
        except Killed as error:
            return SitePage(error=str(error))

    def close(self) -> None:
        """End the children that wait for work."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            _end(child)

    def _ask(self, kind: str, data: bytes, content_type: str, url: str) -> dict[str, Any]:
        with self._turn:
            return self._ask_now(kind, data, content_type, url)

    def _ask_now(self, kind: str, data: bytes, content_type: str, url: str) -> dict[str, Any]:
        child = self._borrow()
        header = {"kind": kind, "size": len(data), "content_type": content_type, "url": url}
        timer = threading.Timer(_WALL_SECONDS, child.process.kill)
        timer.start()
        try:
            answer = _exchange(child.process, json.dumps(header).encode() + b"\n", data)
        finally:
            timer.cancel()
        if answer is None:
            code = child.process.wait()
            _end(child)
            raise Killed(f"too costly: parsing was stopped ({_reason(code)})")
        self._give_back(child)
        return answer

    def _borrow(self) -> _Child:
        with self._lock:
            if self._owner != os.getpid():  # after a fork the children belong to the parent
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    return child
        return _Child(_start(*self._limits))

    def _give_back(self, child: _Child) -> None:
        child.turns += 1
        if child.turns >= _TURNS:
            _end(child)
            return
        with self._lock:
            self._idle.append(child)


def _start(cpu_seconds: float, memory_bytes: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "worker.collect.sandbox_child", str(cpu_seconds), str(memory_bytes)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(  # noqa: S603 - our own program, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )


def _exchange(process: subprocess.Popen[bytes], header: bytes, data: bytes) -> dict[str, Any] | None:
    """The child's answer; None where it ended instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(header)
        process.stdin.write(data)
        process.stdin.flush()
        line = process.stdout.readline()
    except (BrokenPipeError, OSError):
        return None
    if not line.endswith(b"\n"):
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer


def _reason(code: int) -> str:
    return {-24: "CPU time", -27: "CPU time", -26: "CPU time", -9: "time", 3: "memory"}.get(code, f"exit {code}")


def _end(child: _Child) -> None:
    pipes: tuple[IO[bytes] | None, ...] = (child.process.stdin, child.process.stdout)
    for pipe in pipes:
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue
    try:
        child.process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


SANDBOX = Sandbox()
atexit.register(SANDBOX.close)
"""The process's own; it starts no child before it is asked something."""
