"""An HTTP/1.1 server on loopback for one function from request to answer.

Written on the standard library because its users must also be able to misbehave: close a connection
before the body is read, send half a status line, answer too late.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
LARGEST_BODY = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One request; `query` holds the last value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON; raises ValueError with a sentence where it is none."""
        try:
            return json.loads(self.body or b"null")
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"the body is not JSON: {error}") from error


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """No answer: `sent` leaves as it is, then the connection is closed."""

    sent: bytes = b""


Answer = Response | Cut
Application = Callable[[Request], Answer]


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, "application/json", headers or {})


class Loopback:
    """Serves `application` from a thread of its own until closed; every connection is ended with it."""

    def __init__(
        self,
        application: Application,
        *,
        port: int = 0,
        before_body: Callable[[Request], bool] = lambda request: True,
    ) -> None:
        self._server = _Server(port, application, before_body)
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, end open connections and wait for their threads."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server.end_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, application: Application, before_body: Callable[[Request], bool]) -> None:
        super().__init__((HOST, port), _Handler)
        self.application, self.before_body = application, before_body
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours; anything else is printed as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        with self._lock:
            remaining = dict(self._open)
        for connection, thread in remaining.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        server = cast(_Server, self.server)
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        head = Request(self.command, parts.path, query, self.headers)
        body = self._body() if server.before_body(head) else None
        if body is None:
            self.close_connection = True
            return
        self._answer(server.application(Request(head.method, head.path, query, self.headers, body)))

    def _body(self) -> bytes | None:
        """The whole body, or None where it cannot be had whole."""
        stated = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not stated.isdecimal():
            self._answer(Response(411, headers={"Connection": "close"}))
            return None
        if int(stated) > LARGEST_BODY:
            self._answer(Response(413, headers={"Connection": "close"}))
            return None
        body = self.rfile.read(int(stated))
        return body if len(body) == int(stated) else None

    def _answer(self, answer: Answer) -> None:
        if isinstance(answer, Cut):
            self.wfile.write(answer.sent)
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        for name, value in answer.headers.items():
            self.send_header(name, value)
        bodiless = answer.status in (204, 304)
        if not bodiless:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    # The names are those that the standard library looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: whoever needs the requests records them."""
