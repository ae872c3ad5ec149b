"""Shells of the collect stage."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_shutting_down

from worker.collect.full_text import fetch_full_text
from worker.collect.health import settle_alarms
from worker.collect.sources import due_sources
from worker.collect.subscribing import end_retired
from worker.services.collecting import Collecting
from worker.tasks.dispatch import hint, services

SOURCES_A_ROUND = 500
ROUNDS_A_TICK = 8


@shared_task(name="sitrep.collect.tick")
def tick() -> None:
    """Have a round begin, several where much is due: each worker process leads one at a time."""
    made = services()
    with made.session() as session:
        settle_alarms(session, now=made.now())
        end_retired(session, now=made.now())
        due = due_sources(session, now=made.now(), limit=SOURCES_A_ROUND * ROUNDS_A_TICK)
    for _ in range(max(1, len(due) // SOURCES_A_ROUND)):
        hint("sitrep.collect.round")


@shared_task(name="sitrep.collect.round")
def lead_round() -> None:
    """Poll what is due, fetch the texts that are missing, page back over gaps, ask hubs (docs/decisions/0007)."""
    made = services()
    made.rounds.lead(Collecting(made, judge=_judge), more=lambda: hint("sitrep.collect.round"))


@shared_task(name="sitrep.collect.poll")
def poll(source_id: str) -> None:
    """A hub says that the source has news."""
    made = services()
    Collecting(made, judge=_judge).poll(int(source_id))


@shared_task(name="sitrep.collect.fetch_text")
def fetch_text(article_id: int) -> None:
    made = services()
    with made.session() as session:
        fetch_full_text(session, article_id, fetcher=made.fetcher, now=made.now())
    hint("sitrep.match.judge", [article_id])


@worker_shutting_down.connect
def _stop_rounds(**_: object) -> None:
    services().rounds.stop()


def _judge(articles: list[int]) -> None:
    hint("sitrep.match.judge", articles)
