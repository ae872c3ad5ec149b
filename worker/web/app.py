"""The web process: public pages, the provider's webhook, health. Every page works without JavaScript."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from worker.errors import InvalidInput, InvalidToken
from worker.web.confirm import confirm_routes
from worker.web.guard import Guard
from worker.web.health import health_routes
from worker.web.marks import marks_routes
from worker.web.needs import WebServices
from worker.web.outbox import outbox_routes
from worker.web.pages import Pages
from worker.web.preferences import preferences_routes
from worker.web.push import push_routes
from worker.web.searches import searches_routes
from worker.web.signup import signup_routes
from worker.web.unsubscribe import unsubscribe_routes
from worker.web.view import view_routes
from worker.web.webhooks import webhook_routes

_A_YEAR = "public, max-age=31536000, immutable"


def make_app(services: WebServices) -> FastAPI:
    """The application, given everything it uses."""
    app = FastAPI(title=f"{services.site.name}: updates by mail", openapi_url=None, docs_url=None, redoc_url=None)
    pages = Pages(services)
    app.add_middleware(Guard, https=services.links.base_url.startswith("https://"))
    app.mount("/static", _KeptFiles(directory=services.templates_dir / "web" / "static"))
    for routes in (signup_routes, confirm_routes, preferences_routes, unsubscribe_routes, view_routes, marks_routes):
        app.include_router(routes(services, pages))
    app.include_router(searches_routes(services, pages))
    app.include_router(webhook_routes(services))
    app.include_router(push_routes(services))
    app.include_router(health_routes(services))
    if pages.outbox and services.mail_outbox is not None:
        app.include_router(outbox_routes(services.mail_outbox, pages))
    _answer_errors(app, pages)
    return app


class _KeptFiles(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = _A_YEAR
        return response


def _answer_errors(app: FastAPI, pages: Pages) -> None:
    """Every error is a page of ours; the log has the traceback, the visitor never."""

    @app.exception_handler(InvalidToken)
    async def on_invalid_token(request: Request, _: InvalidToken) -> Response:
        return pages.not_found(request)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return pages.not_found(request)
        page = pages.show("error.html", status=error.status_code, is_ours=False)
        _copy_headers(page, error.headers or {})
        return page

    @app.exception_handler(InvalidInput)
    async def on_invalid_input(_: Request, __: InvalidInput) -> Response:
        return pages.show("error.html", status=422, is_ours=False)

    @app.exception_handler(Exception)
    async def on_mistake(_: Request, __: Exception) -> Response:
        return pages.show("error.html", status=500, is_ours=True)


def _copy_headers(response: Response, headers: MutableMapping[str, str] | Any) -> None:
    for name, value in headers.items():
        response.headers[name] = value
