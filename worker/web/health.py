"""For whoever watches the process: is it alive, can it work."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from worker.web.needs import WebServices


def health_routes(services: WebServices) -> APIRouter:
    """GET /healthz (the process answers) and /readyz (it can do its work; 503 with the reasons where not).

    A mistake under schedules/ is named there too, and makes nothing 503: the last good version works on.
    Nor does a source that is silent or failing.
    """
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def alive() -> Response:
        return PlainTextResponse("ok\n")

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def ready() -> Response:
        faults = services.faults()
        told = {
            "ready": not faults,
            "faults": faults,
            "schedules": services.schedule_faults(),
            "sources": services.source_alarms(),
        }
        return JSONResponse(told, status_code=503 if faults else 200)

    return router
