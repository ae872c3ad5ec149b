"""Shells of the match stage."""

from __future__ import annotations

from celery import shared_task

from worker.compose.release import release_to_topics
from worker.match.judging import match_article, unmatched_articles
from worker.match.rematch import rejudge_late_texts, rematch_portion, running_rematches
from worker.models import RematchState
from worker.tasks.dispatch import hint, hint_each, services

ARTICLES_A_TASK = 100


@shared_task(name="sitrep.match.tick")
def tick() -> None:
    """Ask for every article that nobody has judged yet, and for the next portion of each re-match."""
    made = services()
    matcher = made.matcher()
    with made.session() as session:
        waiting = unmatched_articles(session)
        jobs = [job.id for job in running_rematches(session)]
        rejudge_late_texts(session, matcher=matcher, now=made.now())
    hint_each("sitrep.match.rematch", jobs)
    for start in range(0, len(waiting), ARTICLES_A_TASK):
        hint("sitrep.match.judge", waiting[start : start + ARTICLES_A_TASK])


@shared_task(name="sitrep.match.judge")
def judge(article_ids: list[int]) -> None:
    made = services()
    matcher = made.matcher()
    with made.session() as session:
        for article_id in article_ids:
            match_article(session, article_id, matcher=matcher, now=made.now())
    hint("sitrep.compose.release")


@shared_task(name="sitrep.match.rematch")
def rematch(rematch_id: int) -> None:
    """The next portion, and a hint for the one after it."""
    made = services()
    matcher = made.matcher()
    with made.session() as session:
        job = rematch_portion(session, rematch_id, matcher=matcher, now=made.now(), release_to=release_to_topics)
    if job is not None and job.state == RematchState.RUNNING:
        hint("sitrep.match.rematch", rematch_id)
