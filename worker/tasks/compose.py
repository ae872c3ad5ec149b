"""Shells of the compose stage: release, then plan what is due."""

from __future__ import annotations

from celery import shared_task

from worker.compose.newsletters import newsletters_in_force
from worker.compose.plan_alerts import plan_alerts
from worker.compose.plan_digests import plan_digests
from worker.compose.release import release_ready
from worker.logs import log
from worker.models import Frequency
from worker.tasks.dispatch import hint_each, services


@shared_task(name="sitrep.compose.tick")
def tick() -> None:
    """Release what is ready, and plan every newsletter's due editions."""
    made = services()
    with made.session() as session:
        released = release_ready(session, now=made.now(), text_wait=made.text_wait)
    if released.numbers:
        log().info("released", articles=len(released.numbers))
    for frequency in Frequency:
        plan(frequency)


@shared_task(name="sitrep.compose.release")
def release() -> None:
    """An article was judged: release it, and alert whoever wants it at once."""
    made = services()
    with made.session() as session:
        released = release_ready(session, now=made.now(), text_wait=made.text_wait)
    if released.numbers:
        log().info("released", articles=len(released.numbers))
        plan(Frequency.INSTANT)


def plan(frequency: Frequency) -> None:
    made = services()
    planner = plan_alerts if frequency == Frequency.INSTANT else plan_digests
    with made.session() as session:
        newsletter = newsletters_in_force(session).get(frequency)
        if newsletter is None:
            return
        result = planner(session, newsletter.definition, version=newsletter.version, now=made.now())
    if result.deliveries:
        log().info("planned", frequency=str(frequency), editions=result.edition_ids, deliveries=result.deliveries)
    hint_each("sitrep.deliver.form", result.edition_ids, queue="alert" if frequency == Frequency.INSTANT else None)
