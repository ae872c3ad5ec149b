"""What people and rehearsals ask the counterpart: /-/ shows the mails, plans faults, moves the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from demo.newsroom.clock import parse_instant
from demo.newsroom.loopback import Request, Response, json_response

if TYPE_CHECKING:
    from demo.counterpart.counterpart import Counterpart
    from demo.counterpart.letter import Mail

PREFIX = "/-/"


class Control:
    """GET mails, mails/N(.html, .txt, .eml), stats and what is set; POST what is to change."""

    def __init__(self, counterpart: Counterpart) -> None:
        self._counterpart = counterpart
        self._shown: dict[str, Callable[[Mapping[str, str]], object]] = {
            "stats": lambda query: counterpart.stats(),
            "public-key": lambda query: {"public_key": counterpart.public_key},
            "faults": lambda query: {"faults": counterpart.faults.as_json()},
            "behaviour": lambda query: {"behaviour": counterpart.behaviour.as_json()},
            "clock": lambda query: {"now": counterpart.now.isoformat()},
            "webhook": lambda query: {"url": counterpart.webhook_url},
            "mails": self._mails,
        }
        self._done: dict[str, Callable[[dict[str, Any]], object]] = {
            "faults": self._plan,
            "behaviour": self._behave,
            "clock": self._set_clock,
            "webhook": self._set_webhook,
            "events": lambda given: {"events": counterpart.deliver_events(), "pending": counterpart.pending_events},
            "rotate-key": self._rotate,
        }

    def answer(self, request: Request) -> Response:
        verb = request.path.removeprefix(PREFIX)
        try:
            if request.method == "POST" and verb in self._done:
                given = request.json() or {}
                if not isinstance(given, dict):
                    raise ValueError("the body is a JSON object")
                return json_response(self._done[verb](given))
            if request.method in ("GET", "HEAD") and verb in self._shown:
                return json_response(self._shown[verb](request.query))
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        if request.method in ("GET", "HEAD") and verb.startswith("mails/"):
            return self._mail(verb.removeprefix("mails/"))
        shown, done = (", ".join(sorted(verbs)) for verbs in (self._shown, self._done))
        return json_response({"error": f"GET one of {shown}; POST one of {done}"}, 404)

    def outbox(self) -> Response:
        """The newest mails as a page, for people."""
        counterpart = self._counterpart
        total = counterpart.ledger.count()
        newest = reversed(counterpart.ledger.mails(after=max(0, total - 200)))
        rows = "".join(_row(mail) for mail in newest)
        page = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Outbox</title><style>'
            "body{font:16px/1.5 system-ui,sans-serif;margin:2rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}"
            f"</style></head><body><h1>{total} mails accepted</h1><table><thead><tr><th>No.</th><th>To</th>"
            f"<th>Subject</th><th>State</th></tr></thead><tbody>{rows}</tbody></table></body></html>"
        )
        return Response(200, page.encode())

    def _mails(self, query: Mapping[str, str]) -> dict[str, Any]:
        numbers = {name: _whole(query, name) for name in ("after", "limit") if name in query}
        mails = self._counterpart.ledger.mails(
            to=query.get("to"),
            delivery_id=query.get("delivery_id"),
            message_id=query.get("message_id"),
            after=numbers.get("after", 0),
            limit=numbers.get("limit", 100),
        )
        bodies = query.get("bodies") == "1"
        return {"mails": [mail.as_json(bodies=bodies) for mail in mails]}

    def _mail(self, name: str) -> Response:
        number, _, kind = name.partition(".")
        mail = self._counterpart.ledger.mail(int(number)) if number.isdecimal() else None
        if mail is None:
            return json_response({"error": f"there is no mail {number}"}, 404)
        match kind:
            case "":
                return json_response(mail.as_json())
            case "html":
                return Response(200, mail.html.encode())
            case "txt":
                return Response(200, mail.text.encode(), "text/plain; charset=utf-8")
            case "eml":
                return Response(200, mail.mime().as_bytes(), "message/rfc822")
            case _:
                return json_response({"error": "a mail comes as .html, .txt, .eml, or as JSON"}, 404)

    def _plan(self, given: dict[str, Any]) -> object:
        """`{"mode": "clear"}` forgets what was planned; anything else is planned in addition."""
        if given.get("mode") == "clear":
            self._counterpart.faults.clear()
        else:
            self._counterpart.faults.add(str(given.pop("mode", "")), **given)
        return {"faults": self._counterpart.faults.as_json()}

    def _behave(self, given: dict[str, Any]) -> object:
        """Replaces all rules."""
        self._counterpart.behave(given)
        return {"behaviour": self._counterpart.behaviour.as_json()}

    def _set_clock(self, given: dict[str, Any]) -> object:
        self._counterpart.now = parse_instant(given.get("now"))
        return {"now": self._counterpart.now.isoformat()}

    def _set_webhook(self, given: dict[str, Any]) -> object:
        url = given.get("url")
        if url is not None and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
            raise ValueError("url is the http(s) address that events are posted to, or null")
        self._counterpart.webhook_url = url
        return {"url": url}

    def _rotate(self, given: dict[str, Any]) -> object:
        self._counterpart.rotate_key()
        return {"public_key": self._counterpart.public_key}


def _row(mail: Mail) -> str:
    return (
        f'<tr><td>{mail.n}</td><td>{escape(mail.to)}</td><td><a href="/-/mails/{mail.n}.html">'
        f'{escape(mail.subject)}</a> (<a href="/-/mails/{mail.n}.txt">text</a>)</td><td>{escape(mail.state)}</td></tr>'
    )


def _whole(query: Mapping[str, str], name: str) -> int:
    if not query[name].isdecimal():
        raise ValueError(f"{name} is a whole number")
    return int(query[name])
