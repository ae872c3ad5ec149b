"""A small WebSub hub on loopback that calls back over real HTTP, and misbehaves in named ways."""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

MODES = ("verifies", "denies", "wrong_topic", "no_challenge", "silent", "refuses", "breaks", "moves")


@dataclass
class Subscribed:
    """A subscription as the hub knows it."""

    callback: str
    topic: str
    secret: str
    echoed: bool


@dataclass
class Hub:
    """Takes requests for subscriptions. `mode` is what it does with the next ones, one of MODES."""

    mode: str = "verifies"
    lease_seconds: str | None = "86400"
    requests: list[dict[str, str]] = field(default_factory=list)
    subscribed: list[Subscribed] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)
    """What our callback answered to each question whether we meant it."""

    def __post_init__(self) -> None:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
                status, location, body = hub.take(self.path, form)
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hub"

    def take(self, path: str, form: dict[str, str]) -> tuple[int, str, bytes]:
        """Answer a request; the mode decides whether and how intent is verified first, as hubs may."""
        self.requests.append(form)
        if self.mode == "moves" and path == "/hub":
            return 307, "/moved", b""
        if self.mode == "refuses":
            return 422, "", b"We do not know\r\nthis topic <b>!"
        if self.mode == "breaks":
            return 500, "", b""
        if self.mode == "denies":
            self.call(form, {"hub.mode": "denied", "hub.reason": "not\r\nfor you"})
        elif self.mode in ("verifies", "moves", "wrong_topic", "no_challenge"):
            self._verify(form)
        return 202, "", b""

    def _verify(self, form: dict[str, str]) -> None:
        question = {"hub.mode": form["hub.mode"], "hub.challenge": "a challenge that is hard to guess"}
        if self.lease_seconds is not None:
            question["hub.lease_seconds"] = self.lease_seconds
        if self.mode == "wrong_topic":
            question["hub.topic"] = "https://another.example/feed/"
        if self.mode == "no_challenge":
            del question["hub.challenge"]
        answer = self.call(form, question)
        echoed = answer.status_code == 200 and answer.text == "a challenge that is hard to guess"
        self.subscribed.append(Subscribed(form["hub.callback"], form["hub.topic"], form["hub.secret"], echoed))

    def call(self, form: dict[str, str], question: dict[str, str]) -> httpx.Response:
        """Ask the callback."""
        query = urlencode({"hub.topic": form["hub.topic"], **question})
        answer = httpx.get(f"{form['hub.callback']}?{query}", timeout=10)
        self.answers.append(answer)
        return answer

    def push(
        self, body: bytes, *, method: str = "sha256", secret: str | None = None, signature: str | None = None
    ) -> httpx.Response:
        """Send news to the latest subscriber, signed with its secret (or another, or with this signature)."""
        latest = self.subscribed[-1]
        key = (latest.secret if secret is None else secret).encode()
        headers = {"Content-Type": "application/rss+xml", "Link": f'<{latest.topic}>; rel="self"'}
        headers["X-Hub-Signature"] = (
            f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}" if signature is None else signature
        )
        return httpx.post(latest.callback, content=body, headers=headers, timeout=10)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
