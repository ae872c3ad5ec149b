"""`sitrep up` and the processes it is made of, `migrate`, `check`, `health`."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Annotated

import typer

from worker.cli.printing import AsJson, fail, print_json
from worker.cli.reading import existing_services
from worker.settings import Settings, load_settings, usable_settings

Queues = Annotated[
    str, typer.Option("--queues", help="Only these queues, separated by commas. Default: all, urgent ones first.")
]

BEAT_SILENT = timedelta(minutes=5)
"""Longer than a few ticks: whoever has not written a heartbeat for so long does not work."""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (up, web, worker, beat, migrate, check, health):
        app.command()(command)


def _settings() -> Settings:
    from worker.logs import configure_logs

    settings = load_settings()
    configure_logs(level=settings.log_level, json=settings.log_json)
    return settings


def up() -> None:
    """Run everything in this terminal: web, worker, beat, and a Redis of its own. Ctrl-C stops it."""
    from worker.cli.up.run import run_up

    raise typer.Exit(run_up(_settings()))


def web() -> None:
    """Run the web process: signup, preferences, unsubscribe, the provider's webhook, health."""
    from worker.cli.up.commands import become

    _settings()  # a faulty one is reported here, before the process changes
    become([sys.executable, "-m", "worker.web"])


def worker(queues: Queues = "") -> None:
    """Run a Celery worker. Any number of them may run, on any number of machines."""
    from worker.cli.up.commands import become, worker_command

    chosen = [queue.strip() for queue in queues.split(",") if queue.strip()]
    # exec keeps the process id: a name of its own for each worker on one machine
    become(worker_command(log_level=_settings().log_level, queues=chosen, name=f"sitrep-{os.getpid()}"))


def beat() -> None:
    """Run Celery beat, which only ticks. A second one does no harm."""
    from worker.cli.up.commands import beat_command, become

    become(beat_command(log_level=_settings().log_level))


def migrate(as_json: AsJson = False) -> None:
    """Bring the database's tables to this version. Safe to run again, and by several at once."""
    from worker.migrations import current
    from worker.migrations import migrate as run
    from worker.services import make_services

    engine = make_services(_settings()).engine
    before = current(engine)
    run(engine)
    if as_json:
        print_json({"before": before, "revision": current(engine)})
    else:
        print(f"The tables are those of revision {current(engine)}")


def check(as_json: AsJson = False) -> None:
    """Check settings, schedules, templates, database and Redis. Lists every fault; exit code 1 if there is one."""
    from worker.logs import configure_logs
    from worker.services import make_services
    from worker.services.check import Fault, all_faults

    settings, unusable = usable_settings()
    configure_logs(level=settings.log_level, json=settings.log_json)
    made = make_services(settings)
    faults = [Fault("settings", message) for message in unusable] + all_faults(
        settings, schedules=made.schedules_dir, templates=made.templates_dir, make_engine=lambda: made.engine
    )
    if as_json:
        print_json({"ok": not faults, "faults": faults})
    for fault in () if as_json else faults:
        fail(f"{fault.part}: {fault.message}")
    if faults:
        raise typer.Exit(1)
    if not as_json:
        print("Everything is in order")


def health(
    part: Annotated[str, typer.Argument(help="`worker`, `beat`, or a queue such as `queue.digest`.")],
    as_json: AsJson = False,
) -> None:
    """Whether a part works, by its heartbeat rows; exit code 1 if not. For container health checks."""
    from worker.errors import InvalidInput
    from worker.tasks.queues import QUEUES

    queue_name = part.removeprefix("queue.")
    names = {"worker": [f"queue.{queue}" for queue in QUEUES], "beat": ["beat"]}.get(part, [f"queue.{queue_name}"])
    if part not in ("worker", "beat") and queue_name not in QUEUES:
        raise InvalidInput(f"{part!r} is no part: write worker, beat, or queue.{'|queue.'.join(QUEUES)}")
    made = existing_services(_settings())
    silent = made.silent(names, longer_than=max(BEAT_SILENT, timedelta(seconds=3 * made.settings.tick_seconds)))
    if as_json:
        print_json({"ok": not silent, "silent": silent})
    elif silent:
        fail(f"No heartbeat of late: {', '.join(silent)}")
    else:
        print(f"Works: {', '.join(names)}")
    if silent:
        raise typer.Exit(1)
