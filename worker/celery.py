"""The Celery app: how messages travel. What they ask for is in worker/tasks, what is true is in the database.

A message may be lost, late or doubled without effect, so nothing here is tuned to keep one at any price; a worker that
dies gives back what it had in hand within minutes, and the ticks find the rest.
"""

from __future__ import annotations

import logging
import pkgutil
import signal
import warnings
from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import Celery
from celery.beat import Service
from celery.signals import beat_init, setup_logging

import worker.tasks
from worker.logs import configure_logs
from worker.settings import Settings, load_settings
from worker.tasks.broker import connect
from worker.tasks.queues import TICKS

_STALE_TICK_SECONDS = 60
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def make_celery(settings: Settings) -> Celery:
    """The app for these settings, with every module of worker.tasks."""
    app = connect(settings)
    app.conf.update(
        include=task_modules(),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # Redis will be back; until then nothing is lost
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_retry_on_worker_lost=True,  # counts: a task that kills its worker is not run for ever
        worker_prefetch_multiplier=1,
        worker_pool="threads",
        worker_concurrency=settings.worker_threads,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_soft_shutdown_timeout=30,  # for SIGQUIT and REMAP_SIGTERM=SIGQUIT; SIGTERM waits for what runs
        beat_scheduler="celery.beat:Scheduler",  # keeps nothing on disk: what is due is the database's knowledge
        beat_max_loop_interval=min(settings.tick_seconds, 60),
        beat_schedule=beat_schedule(settings.tick_seconds),
    )
    _log_as_we_do(settings)
    beat_init.connect(_stop_beat_when_asked, weak=False, dispatch_uid="sitrep")
    # A worker run by root is warned of for what pickled messages could do; ours are JSON.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    return app


def task_modules() -> list[str]:
    """Every module of worker.tasks: a new file needs no entry anywhere."""
    return [f"{worker.tasks.__name__}.{found.name}" for found in pkgutil.iter_modules(worker.tasks.__path__)]


def beat_schedule(tick_seconds: int) -> dict[str, dict[str, Any]]:
    """The ticks, the first at once. A tick that waited too long is dropped, the next one asks the same question."""
    schedule: dict[str, dict[str, Any]] = {}
    for tick in TICKS:
        options: dict[str, Any] = {"expires": max(tick_seconds, _STALE_TICK_SECONDS)}
        if tick.queue:
            options["queue"] = tick.queue
        schedule[tick.name] = {
            "task": tick.task,
            "schedule": float(tick_seconds),
            "kwargs": dict(tick.kwargs),
            "options": options,
            "last_run_at": _LONG_AGO,
        }
    return schedule


def _stop_beat_when_asked(sender: Service, **_: object) -> None:
    """Celery's own handler of SIGTERM closes the connection that a tick may be publishing on; the tick then fails, its
    failure hides the wish to stop, and beat goes on. Ours closes nothing, and leaves the wish where the loop looks."""

    def stop(_signal: int, _frame: object) -> None:
        vars(sender)["_is_shutdown"].set()  # its only sign without a word to the log, which a signal may interrupt
        sender.scheduler.max_interval = 0  # no sleep between a tick that hid the exit and the end
        raise SystemExit

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _log_as_we_do(settings: Settings) -> None:
    """Celery leaves logging alone once somebody listens to this signal."""

    def configure(**_: object) -> None:
        configure_logs(level=settings.log_level, json=settings.log_json)
        logging.getLogger("py.warnings").addFilter(_no_announcement)
        if settings.log_level != "debug":  # several lines for every tick of every minute
            for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace"):
                logging.getLogger(name).setLevel(logging.WARNING)

    setup_logging.connect(configure, weak=False, dispatch_uid="sitrep")


def _no_announcement(record: logging.LogRecord) -> bool:
    """When Redis dies Celery announces a default of its next version, as a warning that it insists on being shown."""
    return "we introduced an optional breaking change" not in record.getMessage()


@cache
def _app() -> Celery:
    return make_celery(load_settings())


def __getattr__(name: str) -> Celery:
    """`app`, for `celery -A worker.celery`: made when asked for, so that an import reads no settings."""
    if name == "app":
        return _app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
