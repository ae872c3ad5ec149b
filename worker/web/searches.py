"""Somebody's saved searches: tried before they are saved, each with its frequency, ended by one button."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from worker.audience.choices import offered_frequencies
from worker.audience.preferences import Preferences, load_preferences
from worker.audience.searches import MOST, change_frequency, end_search, held_searches
from worker.database import session_on
from worker.errors import InvalidInput
from worker.match.search.parse import MAX_LENGTH, QueryError
from worker.services.searches import SearchPreview, preview_search, save_checked_search
from worker.web.forms import Faults, PostedForm, Typed
from worker.web.needs import WebServices
from worker.web.pages import Pages

_Value = TypeVar("_Value")


def searches_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET and POST /preferences/{token}/searches. Looking at it, and trying a search, changes nothing."""
    router = APIRouter()

    @router.api_route("/preferences/{token}/searches", methods=["GET", "HEAD"])
    def show(request: Request, token: str) -> Response:
        public_id = services.tokens.read_preferences(token)
        with session_on(services.engine, read_only=True) as session:
            preferences = load_preferences(session, public_id, now=services.now())
            if preferences is None:
                return pages.not_found(request)
            return _page(session, pages, preferences, token, Typed({}))

    @router.post("/preferences/{token}/searches")
    def act(request: Request, token: str, typed: PostedForm) -> Response:
        """`try` or `save` with the query, `remove` or `change` with a search's number."""
        public_id, now = services.tokens.read_preferences(token), services.now()
        faults = Faults()
        with session_on(services.engine) as session:
            preferences = load_preferences(session, public_id, now=now)
            if preferences is None:
                return pages.not_found(request)
            if not preferences.may_edit:
                return _page(session, pages, preferences, token, typed, status=409)
            session.rollback()
            done, seen = _act(session, public_id, typed, faults, now)
            status = 422 if faults else 200
            shown = Typed({}) if done == "saved" else typed
            return _page(session, pages, preferences, token, shown, faults=faults, seen=seen, done=done, status=status)

    return router


def _act(
    session: Session, public_id: uuid.UUID, typed: Typed, faults: Faults, now: datetime
) -> tuple[str | None, SearchPreview | None]:
    """What was done, in a word, and what a tried search finds."""
    if "remove" in typed:
        ended = end_search(session, public_id, typed.number("remove", -1), now=now)
        return ("removed" if ended else None), None
    if "change" in typed:
        number = typed.number("change", -1)
        chosen = typed.text(f"frequency.{number}")
        changed = faults.attempt(lambda: change_frequency(session, public_id, number, chosen, now=now))
        return ("changed" if changed else None), None
    query = typed.text("query")
    if "save" in typed:
        saved = _attempt(
            faults, lambda: save_checked_search(session, public_id, query, typed.text("frequency"), now=now)
        )
        return ("saved" if saved and saved[0] else None), None
    return None, _attempt(faults, lambda: preview_search(session, query, now=now))


def _attempt(faults: Faults, check: Callable[[], _Value]) -> _Value | None:
    """As Faults.attempt; what is wrong with a query is told without its copy, which the field shows."""
    try:
        return check()
    except QueryError as error:
        faults["query"] = f"{error.problem} (at character {error.position})."
    except InvalidInput as error:
        faults[error.field or "query"] = str(error)
    return None


def _page(
    session: Session,
    pages: Pages,
    preferences: Preferences,
    token: str,
    typed: Typed,
    *,
    faults: Faults | None = None,
    seen: SearchPreview | None = None,
    done: str | None = None,
    status: int = 200,
) -> Response:
    if not preferences.may_edit:
        return pages.show("preferences_closed.html", status=status, preferences=preferences)
    searches = held_searches(session, preferences.public_id)
    return pages.show(
        "searches.html",
        status=status,
        searches=searches,
        frequencies=offered_frequencies(session),
        room=MOST - len(searches),
        typed=typed,
        faults=faults or {},
        seen=seen,
        done=done,
        token=token,
        longest=MAX_LENGTH,
    )
