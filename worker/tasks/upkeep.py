"""Shells of upkeep: reading the operators' files again, forgetting in time, and heartbeats through every queue."""

from __future__ import annotations

from celery import shared_task

from worker.services.upkeep import forget_traces, purge
from worker.tasks.dispatch import services


@shared_task(name="sitrep.upkeep.tick")
def tick() -> None:
    """Put edits under schedules/ in force; a faulty file leaves its last good version there."""
    made = services()
    with made.session() as session:
        made.refresh_schedules(session)
        made.beat(session, "beat")
        purge(made, session)
        forget_traces(made, session)


@shared_task(name="sitrep.upkeep.heartbeat")
def heartbeat(queue: str) -> None:
    made = services()
    with made.session() as session:
        made.beat(session, f"queue.{queue}")
