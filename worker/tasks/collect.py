"""Shells of the collect stage."""

from __future__ import annotations

from celery import shared_task

from worker.collect.full_text import articles_needing_text, check_withdrawn, fetch_full_text
from worker.collect.gaps import close_gap, open_gaps
from worker.collect.poll import poll_source
from worker.collect.sources import due_sources
from worker.tasks.dispatch import hint, hint_each, services

SOURCES_A_TICK = 500
TEXTS_A_TICK = 500


@shared_task(name="sitrep.collect.tick")
def tick() -> None:
    """Ask for every source that is due, every full text still missing, and every gap to be closed."""
    made = services()
    with made.session() as session:
        sources = due_sources(session, now=made.now(), limit=SOURCES_A_TICK)
        texts = articles_needing_text(session, now=made.now(), limit=TEXTS_A_TICK)
        gaps = open_gaps(session, now=made.now())
    hint_each("sitrep.collect.poll", sources)
    hint_each("sitrep.collect.fetch_text", texts)
    hint_each("sitrep.collect.close_gap", gaps)


@shared_task(name="sitrep.collect.poll")
def poll(source_id: int) -> None:
    made = services()
    with made.session() as session:
        result = poll_source(session, source_id, fetcher=made.fetcher, now=made.now())
    if result.to_match:
        hint("sitrep.match.judge", result.to_match)
    hint_each("sitrep.collect.fetch_text", result.needing_text)
    hint_each("sitrep.collect.check_withdrawn", result.missing)
    if result.gap_id is not None:
        hint("sitrep.collect.close_gap", result.gap_id)


@shared_task(name="sitrep.collect.close_gap")
def page_back(gap_id: int) -> None:
    """Read one older page of a source that published more than its listing holds; the next page is the next task."""
    made = services()
    with made.session() as session:
        result = close_gap(session, gap_id, fetcher=made.fetcher, now=made.now())
    if result.to_match:
        hint("sitrep.match.judge", result.to_match)
    hint_each("sitrep.collect.fetch_text", result.needing_text)
    if result.again_now:
        hint("sitrep.collect.close_gap", gap_id)


@shared_task(name="sitrep.collect.fetch_text")
def fetch_text(article_id: int) -> None:
    made = services()
    with made.session() as session:
        fetch_full_text(session, article_id, fetcher=made.fetcher, now=made.now())
    hint("sitrep.match.judge", [article_id])


@shared_task(name="sitrep.collect.check_withdrawn")
def ask_whether_withdrawn(article_id: int) -> None:
    """The feed no longer lists it although it should: ask its own address."""
    made = services()
    with made.session() as session:
        check_withdrawn(session, article_id, fetcher=made.fetcher, now=made.now())
