"""Shells of the track stage."""

from __future__ import annotations

from celery import shared_task

from worker.tasks.dispatch import hint, services
from worker.track.apply import apply_events

EVENTS_A_TASK = 2000


@shared_task(name="sitrep.track.tick")
def tick() -> None:
    apply()


@shared_task(name="sitrep.track.apply")
def apply() -> None:
    """Apply what was recorded; ask again while there is more."""
    made = services()
    with made.session() as session:
        applied = apply_events(session, now=made.now(), limit=EVENTS_A_TASK, hash_address=made.hash_address)
    if applied.applied >= EVENTS_A_TASK:
        hint("sitrep.track.apply")
