"""The address that WebSub hubs call: they ask whether we meant our subscription, and tell that a source has news."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from worker.web.needs import WebServices


def push_routes(services: WebServices) -> APIRouter:
    """GET and POST /push/{token}. The token is known to the hub alone; to anybody else there is nothing here."""
    router = APIRouter()

    @router.get("/push/{token}")
    def verify(token: str, request: Request) -> Response:
        challenge = services.verify_push(token, dict(request.query_params))
        if challenge is None:
            return PlainTextResponse("No such subscription is asked for.\n", status_code=404)
        return PlainTextResponse(challenge)

    @router.post("/push/{token}")
    async def take(token: str, request: Request) -> Response:
        body = await request.body()
        signature = request.headers.get("x-hub-signature")
        if not await run_in_threadpool(services.take_push, token, body, signature):
            return PlainTextResponse("Nobody subscribes here any more.\n", status_code=410)
        # Also where the signature is wrong: the sender is not told (W3C WebSub, 8.1).
        return Response(status_code=202)

    return router
