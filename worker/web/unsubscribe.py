"""Leaving: the mail program's own button (RFC 8058), and the page behind the link."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from worker.audience.leaving import Left, leave_all, leave_newsletter, leave_topic, look_at_leaving, undo_leaving
from worker.database import session_on
from worker.web.forms import AnyBody
from worker.web.needs import WebServices
from worker.web.pages import Pages


def unsubscribe_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET and POST /unsubscribe/{token}, POST /unsubscribe/{token}/undo."""
    router = APIRouter()

    @router.api_route("/unsubscribe/{token}", methods=["GET", "HEAD"])
    def show(token: str) -> Response:
        public_id, newsletter = services.tokens.read_unsubscribe(token)
        with session_on(services.engine, read_only=True) as session:
            view = look_at_leaving(session, public_id, newsletter)
        return pages.show("unsubscribe.html", view=view, token=token)

    @router.post("/unsubscribe/{token}")
    def leave(token: str, typed: AnyBody) -> Response:
        """One-click is the body's own word, or no word of the page's: whoever posts here wants out."""
        public_id, newsletter = services.tokens.read_unsubscribe(token)
        now = services.now()
        what = typed.text("what")
        with session_on(services.engine) as session:
            if what == "all":
                left = leave_all(session, public_id, now=now)
            elif what.startswith("topic:"):
                left = leave_topic(session, public_id, what.removeprefix("topic:"), now=now)
            elif what == "newsletter":
                left = leave_newsletter(session, public_id, newsletter, now=now, source="web")
            else:
                leave_newsletter(session, public_id, newsletter, now=now, source="one_click")
                return PlainTextResponse("Unsubscribed.\n")
        return show_left(services, pages, public_id, left, back=f"/unsubscribe/{token}")

    @router.post("/unsubscribe/{token}/undo")
    def undo(request: Request, token: str) -> Response:
        public_id, left_at = services.tokens.read_undo(token)
        with session_on(services.engine) as session:
            again = undo_leaving(session, public_id, left_at, now=services.now())
        if again is None:
            return pages.show("undo_over.html", status=410)
        return pages.show("undone.html", goes_on=again.goes_on)

    return router


def show_left(services: WebServices, pages: Pages, public_id: uuid.UUID, left: Left, *, back: str) -> Response:
    """What has ended and what goes on, with the way back."""
    undo = services.tokens.undo(public_id, left.at) if left.ended else None
    return pages.show("left.html", left=left, undo=undo, back=back)
