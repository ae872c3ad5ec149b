"""How a hint travels: the broker, the queues, the routes. Whoever sends or consumes starts from this."""

from __future__ import annotations

from typing import Any

from celery import Celery
from kombu import Exchange, Queue

from worker.settings import Settings
from worker.tasks.queues import QUEUES, queue_for

VISIBILITY_SECONDS = 120
"""After this a message that nobody acknowledged is handed out again. No task runs longer than a minute."""
RESTORE_EVERY_SECONDS = 10


def connect(settings: Settings) -> Celery:
    """A Celery app that can send; worker/celery.py makes one of it that works."""
    app = Celery("sitrep", broker=settings.broker_url)
    app.conf.update(
        broker_transport_options=transport_options(),
        task_queues=[Queue(name, Exchange("sitrep", type="direct"), routing_key=name) for name in QUEUES],
        task_default_queue=QUEUES[-1],
        task_default_exchange="sitrep",
        task_default_routing_key=QUEUES[-1],
        task_create_missing_queues=False,  # a misspelt queue is an error, not a queue that nobody consumes
        task_routes=(_route,),
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_expires=None,
        enable_utc=True,
        timezone="UTC",
    )
    return app


def transport_options() -> dict[str, Any]:
    """Redis: urgent queues first; what a dead worker held is soon handed out again; no endless wait on a dead line."""
    return {
        "queue_order_strategy": "priority",
        "priority_steps": [0],  # urgency is the queue's; a message has none of its own
        "visibility_timeout": VISIBILITY_SECONDS,
        "unacked_restore_interval": RESTORE_EVERY_SECONDS,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 5,
        "socket_timeout": 30,
        "socket_keepalive": True,
    }


def _route(name: str, *_: object, **__: object) -> dict[str, str] | None:
    return {"queue": queue_for(name)} if name.startswith("sitrep.") else None
