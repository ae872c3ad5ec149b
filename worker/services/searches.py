"""Saving a search: understood by the match stage, tried on the last weeks, then held by the audience."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from worker.audience.searches import HeldSearch, save_search
from worker.match.search.estimate import Estimate, estimate, refuse_too_broad
from worker.match.search.parse import parse
from worker.match.search.query import normal


@dataclass(frozen=True)
class SearchPreview:
    """A query as it was understood, and what it would have found."""

    text: str
    understood: str
    estimate: Estimate


def preview_search(session: Session, text: str, *, now: datetime) -> SearchPreview:
    """What `text` asks for and finds; QueryError points at a mistake in it. Changes nothing."""
    query = parse(text)
    return SearchPreview(text.strip(), str(query), estimate(session, query, now=now))


def save_checked_search(
    session: Session, public_id: uuid.UUID, text: str, frequency: str, *, now: datetime, source: str = "web"
) -> tuple[HeldSearch | None, SearchPreview]:
    """Save the search for the person of a link, unless it finds too much; None where the link is nobody's.

    InvalidInput (QueryError, TooBroad) says what is wrong with the search, or with the frequency.
    """
    seen = preview_search(session, text, now=now)
    refuse_too_broad(seen.estimate)
    session.rollback()
    key = str(normal(parse(text)))
    saved = save_search(session, public_id, query=seen.text, normal=key, frequency=frequency, now=now, source=source)
    return saved, seen
