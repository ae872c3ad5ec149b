"""A process in a terminal: what it says line by line, and waiting for what must come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
_pause = threading.Event()


def eventually(holds: Callable[[], bool], what: str, *, seconds: float = 90) -> None:
    """Wait until it holds; fail with `what` if it never does."""
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        _pause.wait(0.05)
    raise AssertionError(f"never happened within {seconds:g} s: {what}")


class Terminal:
    """A running process and everything it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self.lines.append(line.rstrip("\n"))

    def close(self) -> None:
        """Once nothing writes any more."""
        self._reader.join(10)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def says(self, words: str, *, times: int = 1, seconds: float = 90) -> str:
        """The (times-th) line that holds the words, once it has come."""
        found: list[str] = []

        def heard() -> bool:
            found[:] = [line for line in list(self.lines) if words in line]
            return len(found) >= times or self.process.poll() is not None

        eventually(heard, f"{words!r} in:\n{self.text}", seconds=seconds)
        self._reader.join(0.2)
        assert len([line for line in self.lines if words in line]) >= times, f"{words!r} not said:\n{self.text}"
        return [line for line in self.lines if words in line][times - 1]

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def code(self, *, seconds: float = 60) -> int:
        """Its exit code, once it has ended."""
        result = self.process.wait(timeout=seconds)
        self._reader.join(5)
        return result

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def terminal(
    arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Terminal]:
    """Run `python ARGUMENTS`; whatever it started is gone afterwards."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SITREP_")}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd or ROOT,
        env={**clean, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), **(environment or {})},
    )
    opened = Terminal(process)
    started: list[psutil.Process] = []
    try:
        yield opened
    finally:
        if process.poll() is None:
            started = opened.children()
            process.kill()
        process.wait()
        for child in started:
            if child.is_running():
                child.kill()
        opened.close()
