"""Starting and ending a child process: in its own group, tied to our life, its lines handed on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")

Write = Callable[[str], None]


class Child:
    """A running child. Ctrl-C in the terminal does not reach it (it has its own session); when we end, it is killed."""

    def __init__(self, command: Sequence[str], *, on_line: Write, on_exit: Callable[[Child], None]) -> None:
        """Start `command`; call from the main thread, whose end is what the kernel takes for ours."""
        leashed = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *command]
        self._process = subprocess.Popen(  # noqa: S603 - commands are ours
            leashed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, args=(on_exit,), daemon=True).start()

    def _read(self, on_line: Write) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                on_line(line.decode(errors="replace").rstrip())

    def _wait(self, on_exit: Callable[[Child], None]) -> None:
        self._process.wait()
        self._reader.join(timeout=1)  # its last lines come before the news of its end
        on_exit(self)

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """SIGTERM: finish what is in hand, then end."""
        if self.code is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and whatever it started, now."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end."""
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        self._reader.join(timeout=1)
        return True


def how_it_ended(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "runs"
    if code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
