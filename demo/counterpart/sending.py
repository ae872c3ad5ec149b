"""POST /v3/mail/send: check, keep, answer; or fail as asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from demo.counterpart.faults import Fault, Faults, Mode
from demo.counterpart.ledger import Ledger
from demo.counterpart.rules import MOST_BYTES, refusals
from demo.counterpart.shape import Refusal
from demo.newsroom.loopback import Answer, Cut, Request, Response, json_response

PATH = "/v3/mail/send"
_MOST_ERRORS = 100
_BEFORE = (
    Mode.HANG_BEFORE_ACCEPTING,
    Mode.RATE_LIMIT,
    Mode.ERROR_BEFORE_ACCEPTING,
    Mode.UNAUTHORIZED,
    Mode.FORBIDDEN,
    Mode.TOO_LARGE,
    Mode.BAD_RECIPIENT,
)
_AFTER = (Mode.ACCEPT_THEN_CUT, Mode.HANG, Mode.ERROR_AFTER_ACCEPTING, Mode.TRUNCATED)
_PAGE = b"<html><head><title>Error</title></head><body><h1>Something went wrong on our side</h1></body></html>"


class Sending:
    """Takes mails into the ledger; `closing` ends whoever is kept waiting."""

    def __init__(
        self, ledger: Ledger, faults: Faults, *, now: Callable[[], datetime], closing: threading.Event
    ) -> None:
        self._ledger, self._faults, self._now, self._closing = ledger, faults, now, closing
        self._counts: dict[int, int] = {}
        self._lock = threading.Lock()

    @property
    def answers(self) -> dict[str, int]:
        """How often each status was answered; `cut` where the connection was closed instead."""
        with self._lock:
            return {str(status or "cut"): count for status, count in sorted(self._counts.items())}

    def wants_body(self, request: Request) -> bool:
        """False where this request is to be cut off with its body unread."""
        if request.path != PATH or request.method != "POST" or not self._faults.take(Mode.CUT_BEFORE_BODY):
            return True
        self._count(Cut())
        return False

    def answer(self, request: Request) -> Answer:
        answer = self._decide(request)
        self._count(answer)
        return answer

    def _decide(self, request: Request) -> Answer:
        if len(request.body) > MOST_BYTES:
            return errors(413, Refusal(f"The request is larger than {MOST_BYTES} bytes."))
        try:
            body = request.json()
        except ValueError:
            return errors(400, Refusal("Bad Request"))
        if found := refusals(body, now=self._now()):
            return errors(400, *found[:_MOST_ERRORS])
        return self._checked(body, len(request.body))

    def _checked(self, body: Mapping[str, Any], size: int) -> Answer:
        addresses = _places(body)
        mails = len(body["personalizations"])
        if fault := self._faults.take(*_BEFORE, addresses=addresses, mails=mails):
            return self._refused(fault, addresses)
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Response(200, content_type="text/plain")
        fault = self._faults.take(*_AFTER, addresses=addresses, mails=mails)
        message_id = self._ledger.accept(body, now=self._now().timestamp(), size=size)
        accepted = Response(202, content_type="text/plain; charset=utf-8", headers={"X-Message-Id": message_id})
        return self._spoiled(fault, accepted) if fault else accepted

    def _refused(self, fault: Fault, addresses: Mapping[str, str]) -> Answer:
        match fault.mode:
            case Mode.HANG_BEFORE_ACCEPTING:
                self._closing.wait(fault.seconds)
                return Cut()
            case Mode.RATE_LIMIT:
                return self._too_many(fault)
            case Mode.UNAUTHORIZED:
                return unauthorized()
            case Mode.FORBIDDEN:
                return errors(403, Refusal("The from address does not match a verified Sender Identity.", "from"))
            case Mode.TOO_LARGE:
                return errors(413, Refusal("The request is too large."))
            case Mode.BAD_RECIPIENT:
                return errors(400, Refusal("Does not contain a valid address.", addresses[fault.address or ""]))
            case _:
                return errors(fault.status, Refusal("An internal error has occurred."))

    def _too_many(self, fault: Fault) -> Response:
        reset = int(self._now().timestamp() + fault.seconds)
        headers = {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        return errors(429, Refusal("too many requests"), headers=headers)

    def _spoiled(self, fault: Fault, accepted: Response) -> Answer:
        match fault.mode:
            case Mode.HANG:
                self._closing.wait(fault.seconds)
                return accepted
            case Mode.ERROR_AFTER_ACCEPTING:
                return Response(fault.status, _PAGE, "text/html")
            case Mode.TRUNCATED:
                return Cut(b"HTTP/1.1 20")
            case _:
                return Cut()

    def _count(self, answer: Answer) -> None:
        status = answer.status if isinstance(answer, Response) else 0
        with self._lock:
            self._counts[status] = self._counts.get(status, 0) + 1


def _places(body: Mapping[str, Any]) -> dict[str, str]:
    """Where in the request each address stands."""
    return {
        person["email"].lower(): f"personalizations.{index}.{kind}.{number}.email"
        for index, personal in enumerate(body["personalizations"])
        for kind in ("to", "cc", "bcc")
        for number, person in enumerate(personal.get(kind, ()))
    }


def errors(status: int, *found: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    return json_response({"errors": [refusal.as_json() for refusal in found]}, status, headers)


def unauthorized() -> Response:
    return errors(401, Refusal("The provided authorization grant is invalid, expired, or revoked"))
