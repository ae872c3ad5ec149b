"""What every task shell needs: this process's services, and sending the next hint after the commit."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from celery import current_app

from worker.services import Services, make_services
from worker.tasks.queues import queue_for

_LOCK = threading.Lock()
_MADE: list[Services] = []


def services() -> Services:
    """The services of this worker process, made at the first task (threads share them)."""
    with _LOCK:
        if not _MADE:
            _MADE.append(make_services())
        return _MADE[0]


def hint(task: str, *args: Any, queue: str | None = None) -> None:
    """Ask for a task. Only ever after the commit that it is about; if it is lost, a tick finds the row."""
    current_app.send_task(task, args=[_plain(each) for each in args], queue=queue or queue_for(task))


def hint_each(task: str, ids: Iterable[Any], *, queue: str | None = None) -> int:
    """One task for each id; returns how many."""
    sent = 0
    for each in ids:
        hint(task, each, queue=queue)
        sent += 1
    return sent


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str | list | None) else str(value)
