"""Releasing an article by hand: judged first where nobody has, because nothing goes to anybody without a match."""

from __future__ import annotations

from sqlmodel import Session

from worker.compose.release import release_again
from worker.match.judging import match_article
from worker.services.made import Services


def release_by_hand(made: Services, session: Session, article_id: int, *, operator: str) -> int:
    """Give the article a (further) release number and return it; one that never had one is judged anew before.

    So an article of a source's first poll, which nobody judges, can be sent after all, and so can one that was about
    no topic until a definition was mended. NotFound or InvalidInput say why it cannot be.
    """
    match_article(session, article_id, matcher=made.matcher(), now=made.now())
    return release_again(session, article_id, operator=operator, now=made.now())
