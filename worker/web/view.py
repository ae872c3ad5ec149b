"""A mail as a page, for those whose mail program shows it badly."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from worker.database import session_on
from worker.web.guard import MAIL_POLICY
from worker.web.needs import WebServices
from worker.web.pages import Pages


def view_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET /view/{token}."""
    router = APIRouter()

    @router.api_route("/view/{token}", methods=["GET", "HEAD"])
    def show(request: Request, token: str) -> Response:
        delivery_id = services.tokens.read_view(token)
        with session_on(services.engine, read_only=True) as session:
            html = services.view_delivery(session, delivery_id)
        if html is None:
            return pages.show("view_over.html", status=410)
        return mail_page(html)

    return router


def mail_page(html: str, *, framed_by: str = "'none'") -> Response:
    """A mail's own HTML, in which nothing can run or post."""
    headers = {"Content-Security-Policy": MAIL_POLICY.format(framed_by=framed_by), "X-Robots-Tag": "noindex"}
    if framed_by != "'none'":
        headers["X-Frame-Options"] = "SAMEORIGIN"
    return HTMLResponse(html, headers=headers)
