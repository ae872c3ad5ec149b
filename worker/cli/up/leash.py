"""Runs a command that ends when its parent ends, even by kill -9: `python -I -S leash.py PARENT_PID COMMAND...`

Run as a file of its own, standard library only, so that it starts in milliseconds. On Linux the kernel does the
killing and the command takes this process's place; elsewhere this process stays and watches its parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Become the command, or outlive it by nothing."""
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux" and "SITREP_LEASH_WATCHES" not in os.environ:
        _die_with_parent(parent)
        os.execvp(command[0], command)  # noqa: S606 - the command is ours
    return _watch(parent, command)


def _die_with_parent(parent: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)  # it ended before the kernel knew


def _watch(parent: int, command: list[str]) -> int:
    child = subprocess.Popen(command)  # noqa: S603 - the command is ours
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: child.send_signal(received))
    ended = threading.Event()

    def wait() -> None:
        child.wait()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    while not ended.wait(0.2):
        if os.getppid() != parent:
            child.kill()
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
