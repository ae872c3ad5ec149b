"""A Celery app as Sitrep makes it, with tasks that write down that they ran. PROBE_FILE names where."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from worker.celery import make_celery
from worker.settings import load_settings

app = make_celery(load_settings())
app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": 3,
    "unacked_restore_interval": 1,
}
FILE = Path(os.environ["PROBE_FILE"])


def _write(word: str) -> None:
    with FILE.open("a") as file:
        file.write(f"{word}\n")


@app.task(name="sitrep.upkeep.write")
def write(word: str) -> None:
    _write(word)


@app.task(name="sitrep.upkeep.die_once")
def die_once(word: str) -> None:
    first = not FILE.exists() or f"began {word}" not in FILE.read_text()
    _write(f"began {word}")
    if first:
        os.kill(os.getpid(), signal.SIGKILL)
    _write(f"ended {word}")


@app.task(name="sitrep.upkeep.take_long")
def take_long(word: str, seconds: float) -> None:
    _write(f"began {word}")
    threading.Event().wait(seconds)
    _write(f"ended {word}")
