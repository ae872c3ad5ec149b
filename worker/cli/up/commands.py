"""The command line of each process, as `sitrep up` starts it and `sitrep worker`, `sitrep beat` become it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

_CELERY = [sys.executable, "-m", "celery", "--app", "worker.celery:app", "--quiet"]


def worker_command(*, log_level: str = "info", queues: Sequence[str] = (), name: str = "sitrep") -> list[str]:
    """A Celery worker of one process with threads. No `queues`: all of them, the urgent ones first."""
    chosen = ["--queues", ",".join(queues)] if queues else []
    return [
        *_CELERY,
        "worker",
        "--pool=threads",
        "--without-gossip",  # workers have nothing to tell each other; without it they start a second sooner
        "--without-mingle",
        f"--hostname={name}@%h",
        f"--loglevel={log_level}",
        *chosen,
    ]


def beat_command(*, log_level: str = "info") -> list[str]:
    """Celery beat. A second one does no harm."""
    return [*_CELERY, "beat", f"--loglevel={log_level}"]


def web_command() -> list[str]:
    """The web process."""
    return [sys.executable, "-m", "worker.web"]


def become(command: Sequence[str]) -> NoReturn:
    """Turn this process into the command: one process, so that signals and exit codes are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], list(command))  # noqa: S606 - commands are ours
