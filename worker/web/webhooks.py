"""Where the provider reports what became of each mail. It is answered 2xx only when its events are kept for good."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from worker.errors import InvalidInput
from worker.web.needs import WebServices


def webhook_routes(services: WebServices) -> APIRouter:
    """POST /webhooks/sendgrid."""
    router = APIRouter()

    @router.post("/webhooks/sendgrid")
    async def sendgrid(request: Request) -> Response:
        body = await request.body()
        try:
            accepted = await run_in_threadpool(services.record_webhook, body, dict(request.headers))
        except InvalidInput as fault:
            return PlainTextResponse(f"{fault}\n", status_code=400)
        if not accepted:
            return PlainTextResponse("The signature does not fit these bytes and our keys.\n", status_code=403)
        return Response(status_code=204)

    return router
