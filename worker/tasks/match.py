"""Shells of the match stage."""

from __future__ import annotations

from celery import shared_task

from worker.match.judging import match_article, unmatched_articles
from worker.tasks.dispatch import hint, services

ARTICLES_A_TASK = 100


@shared_task(name="sitrep.match.tick")
def tick() -> None:
    """Ask for every article that nobody has judged yet."""
    made = services()
    with made.session() as session:
        waiting = unmatched_articles(session)
    for start in range(0, len(waiting), ARTICLES_A_TASK):
        hint("sitrep.match.judge", waiting[start : start + ARTICLES_A_TASK])


@shared_task(name="sitrep.match.judge")
def judge(article_ids: list[int]) -> None:
    made = services()
    with made.session() as session:
        matcher = made.matcher(session)
        for article_id in article_ids:
            match_article(session, article_id, matcher=matcher, now=made.now())
    hint("sitrep.compose.release")
