"""Behind the link of a confirmation mail: a button. Looking at it changes nothing, because mail scanners look too."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from worker.audience.addresses import masked
from worker.audience.confirm import SignupState, SignupView, confirm, look_at_signup
from worker.audience.preferences import load_preferences
from worker.database import session_on
from worker.web.needs import WebServices
from worker.web.pages import Pages


def confirm_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET and POST /confirm/{token}."""
    router = APIRouter()

    @router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
    def show(token: str) -> Response:
        signup_id = services.tokens.read_confirm(token)
        with session_on(services.engine, read_only=True) as session:
            view = look_at_signup(session, signup_id, now=services.now(), hash_address=services.hash_address)
        if view.state is SignupState.WAITING:
            return pages.show("confirm.html", view=view, address=masked(view.address), token=token)
        return _answer(view)

    @router.post("/confirm/{token}")
    def press(token: str) -> Response:
        signup_id = services.tokens.read_confirm(token)
        now = services.now()
        with session_on(services.engine) as session:
            view = confirm(session, signup_id, now=now, hash_address=services.hash_address)
            if not view.just_now or view.public_id is None:
                return _answer(view)
            preferences = load_preferences(session, view.public_id, now=now)
        if view.notice_id is not None:
            services.enqueue("notice", view.notice_id)
        return pages.show(
            "confirmed.html",
            preferences=preferences,
            manage=f"/preferences/{services.tokens.preferences(view.public_id)}",
        )

    def _answer(view: SignupView) -> Response:
        """A link that has done its work, or can no longer do it; a genuine one is no error of whoever follows it."""
        return pages.show("confirm_over.html", status=410 if view.state is SignupState.EXPIRED else 200, view=view)

    return router
