"""Shells of the deliver stage."""

from __future__ import annotations

import uuid

from celery import shared_task

from worker.deliver.batches import due_batches, form_batches
from worker.deliver.closing import close_editions
from worker.deliver.recover import recover_batches
from worker.deliver.settle import settle_batches
from worker.deliver.submit import submit_batch
from worker.tasks.dispatch import hint, hint_each, services

BATCHES_A_TICK = 1000


@shared_task(name="sitrep.deliver.tick")
def tick() -> None:
    """Find what was left behind: unformed editions, batches due, leases run out, doubts to settle, sums to close."""
    made = services()
    with made.session() as session:
        recover_batches(session, now=made.now())
        settle_batches(session, now=made.now(), settle_after=made.settle_after, mailers=[made.mailer])
        form_batches(session, mailer=made.mailer, batch_size=made.settings.batch_size, now=made.now())
        close_editions(session, now=made.now())
        waiting = {
            urgency: due_batches(session, now=made.now(), limit=BATCHES_A_TICK, urgency=urgency)
            for urgency in ("alert", "digest")
        }
    for urgency, batches in waiting.items():
        hint_each("sitrep.deliver.submit", batches, queue=urgency)


@shared_task(name="sitrep.deliver.form")
def form(edition_id: int) -> None:
    made = services()
    with made.session() as session:
        size = made.settings.batch_size
        formed = form_batches(session, mailer=made.mailer, batch_size=size, now=made.now(), edition_id=edition_id)
        urgency = made.urgency_of(session, edition_id)
    hint_each("sitrep.deliver.submit", formed, queue=urgency)


@shared_task(name="sitrep.deliver.submit")
def submit(batch_id: str) -> None:
    made = services()
    with made.session() as session:
        result = submit_batch(
            session,
            uuid.UUID(batch_id),
            mailer=made.mailer,
            compose=made.compose,
            now=made.now(),
            lease=made.lease,
            hash_address=made.hash_address,
        )
    if result.reform:
        hint("sitrep.deliver.tick")
    if not result.stop:
        hint_each("sitrep.deliver.submit", result.created)
