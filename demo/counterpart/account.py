"""The small API around sending: scopes, account, suppression lists, settings of the event webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from demo.counterpart.postman import Postman
from demo.counterpart.sending import errors
from demo.counterpart.shape import Refusal
from demo.counterpart.suppressions import KINDS, Suppressions
from demo.newsroom.loopback import Request, Response, json_response

SCOPES = (
    "mail.send",
    "asm.groups.read",
    "suppression.bounces.read",
    "suppression.bounces.delete",
    "suppression.spam_reports.read",
    "suppression.unsubscribes.read",
    "user.account.read",
    "user.webhooks.event.settings.read",
    "user.webhooks.event.settings.update",
)
WEBHOOK_ID = "c0ffee00-0000-4000-8000-000000000001"
_EVENTS = ("processed", "delivered", "deferred", "bounce", "dropped", "spam_report")
_UNTOLD = ("open", "click", "unsubscribe", "group_unsubscribe", "group_resubscribe")


class Account:
    """Answers below /v3/, apart from mail/send."""

    def __init__(self, suppressions: Suppressions, postman: Postman, *, now: Callable[[], datetime]) -> None:
        self._suppressions, self._postman, self._now = suppressions, postman, now

    def answer(self, request: Request) -> Response:
        try:
            return self._answer(request, [unquote(part) for part in request.path.strip("/").split("/")[1:]])
        except ValueError as error:
            return errors(400, Refusal(str(error)))

    def _answer(self, request: Request, parts: list[str]) -> Response:
        match request.method, parts:
            case "GET", ["scopes"]:
                return json_response({"scopes": list(SCOPES)})
            case "GET", ["user", "account"]:
                return json_response({"type": "free", "reputation": 100.0})
            case method, ["suppression", kind, *address] if kind in KINDS:
                return self._listed(method, kind, address, request)
            case method, ["asm", "suppressions", "global", *address]:
                return self._globally(method, address, request)
            case method, ["user", "webhooks", "event", "settings", *rest]:
                return self._webhook(method, rest, request)
            case _:
                return errors(404, Refusal("resource not found"))

    def _listed(self, method: str, kind: str, address: list[str], request: Request) -> Response:
        match method, address:
            case "GET", []:
                return json_response(self._suppressions.listed(kind, **_window(request.query)))
            case "GET", [one]:
                return json_response(self._suppressions.listed(kind, address=one))
            case "DELETE", [one]:
                found = self._suppressions.remove(kind, one)
                return Response(204) if found else errors(404, Refusal("resource not found"))
            case "DELETE", []:
                return self._removed(kind, request)
            case _:
                return errors(405, Refusal("method not allowed"))

    def _removed(self, kind: str, request: Request) -> Response:
        given = _object(request)
        if given.get("delete_all") is True:
            self._suppressions.remove(kind, None)
        for address in _addresses(given, "emails", required=given.get("delete_all") is not True):
            self._suppressions.remove(kind, address)
        return Response(204)

    def _globally(self, method: str, address: list[str], request: Request) -> Response:
        match method, address:
            case "POST", []:
                named = _addresses(_object(request), "recipient_emails", required=True)
                for one in named:
                    self._suppressions.add("unsubscribes", one, created=self._now().timestamp())
                return json_response({"recipient_emails": named}, 201)
            case "GET", [one]:
                found = self._suppressions.listed("unsubscribes", address=one)
                return json_response({"recipient_email": one} if found else {})
            case "DELETE", [one]:
                self._suppressions.remove("unsubscribes", one)
                return Response(204)
            case _:
                return errors(405, Refusal("method not allowed"))

    def _webhook(self, method: str, rest: list[str], request: Request) -> Response:
        match method, rest:
            case "GET", ["signed", *_]:
                return json_response({"id": WEBHOOK_ID, "public_key": self._postman.key.public})
            case "PATCH", ["signed", *_]:
                return json_response({"id": WEBHOOK_ID, "public_key": self._postman.key.public})
            case "GET", ["all"]:
                return json_response({"max_allowed": 1, "webhooks": [self._settings()]})
            case "GET", [] | [_]:
                return json_response(self._settings())
            case "PATCH", [] | [_]:
                return self._changed(_object(request))
            case _:
                return errors(405, Refusal("method not allowed"))

    def _changed(self, given: Mapping[str, Any]) -> Response:
        url, enabled = given.get("url", self._postman.webhook_url), given.get("enabled", True)
        if enabled and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
            raise ValueError("url is the http(s) address that events are posted to")
        self._postman.webhook_url = url if enabled else None
        return json_response(self._settings())

    def _settings(self) -> dict[str, Any]:
        url = self._postman.webhook_url
        return {
            "id": WEBHOOK_ID,
            "enabled": url is not None,
            "url": url or "",
            **dict.fromkeys(_EVENTS, True),
            **dict.fromkeys(_UNTOLD, False),
            "public_key": self._postman.key.public,
        }


def _window(query: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a listing: start_time, end_time, limit, offset, email (a part of the address)."""
    names = {"start_time": "start", "end_time": "end", "limit": "limit", "offset": "offset"}
    given: dict[str, Any] = {}
    for name, ours in names.items():
        if name in query:
            if not query[name].isdecimal():
                raise ValueError(f"{name} must be a whole number")
            given[ours] = int(query[name])
    if "limit" in given:
        given["limit"] = min(given["limit"], 500)
    return given | ({"part": query["email"].lower()} if query.get("email") else {})


def _object(request: Request) -> dict[str, Any]:
    given = request.json()
    if not isinstance(given, dict):
        raise ValueError("the body must be a JSON object")
    return given


def _addresses(given: Mapping[str, Any], key: str, *, required: bool) -> list[str]:
    named = given.get(key, [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named) or (required and not named):
        raise ValueError(f"{key} must be a list of addresses")
    return named
