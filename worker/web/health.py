"""For whoever watches the process: is it alive, can it work."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from worker.web.needs import WebServices


def health_routes(services: WebServices) -> APIRouter:
    """GET /healthz (the process answers) and /readyz (it can do its work; 503 with the reasons where not)."""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def alive() -> Response:
        return PlainTextResponse("ok\n")

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def ready() -> Response:
        faults = services.faults()
        return JSONResponse({"ready": not faults, "faults": faults}, status_code=503 if faults else 200)

    return router
