"""Behind `Not what I asked for`: a page with a button for each topic. Looking at it changes nothing."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from worker.audience.marks import Feedback, look_at_feedback, mark_mailed, unmark_mailed
from worker.database import session_on
from worker.web.forms import PostedForm
from worker.web.needs import WebServices
from worker.web.pages import Pages

_LARGEST_ID = 2**63 - 1


def marks_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET /feedback/{token} (the mail's articles), GET and POST /feedback/{token}/{article}."""
    router = APIRouter()

    @router.api_route("/feedback/{token}", methods=["GET", "HEAD"])
    def show_all(request: Request, token: str) -> Response:
        delivery_id = services.tokens.read_feedback(token)
        with session_on(services.engine, read_only=True) as session:
            seen = look_at_feedback(session, delivery_id, now=services.now())
        return answer(request, seen, token)

    @router.api_route("/feedback/{token}/{article}", methods=["GET", "HEAD"])
    def show(request: Request, token: str, article: str) -> Response:
        delivery_id = services.tokens.read_feedback(token)
        with session_on(services.engine, read_only=True) as session:
            seen = look_at_feedback(session, delivery_id, _number(article), now=services.now())
        return answer(request, seen, token, alone=True)

    @router.post("/feedback/{token}/{article}")
    def press(request: Request, token: str, article: str, typed: PostedForm) -> Response:
        """`wrong` or `undo` with a topic's slug; anything else only shows the page."""
        delivery_id, number, now = services.tokens.read_feedback(token), _number(article), services.now()
        verb = next((verb for verb in ("wrong", "undo") if verb in typed), None)
        done = None
        with session_on(services.engine) as session:
            if verb is not None:
                change = mark_mailed if verb == "wrong" else unmark_mailed
                done = verb if change(session, delivery_id, number, typed.text(verb), now=now) else None
        with session_on(services.engine, read_only=True) as session:
            seen = look_at_feedback(session, delivery_id, number, now=now)
        return answer(request, seen, token, alone=True, done=done)

    def answer(
        request: Request, seen: Feedback | None, token: str, *, alone: bool = False, done: str | None = None
    ) -> Response:
        if seen is None:
            return pages.not_found(request)
        if seen.over:
            return pages.show("feedback_over.html", status=410)
        if not alone:
            return pages.show("feedback_all.html", articles=seen.articles, token=token)
        return pages.show("feedback.html", article=seen.articles[0], token=token, done=done)

    return router


def _number(text: str) -> int:
    """The article's number; one that no article has where it is none."""
    return min(int(text), _LARGEST_ID) if text.isascii() and text.isdecimal() and len(text) < 20 else _LARGEST_ID
