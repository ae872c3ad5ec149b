"""The application behind a real server on loopback, and a client for it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from worker.web.app import make_app
from worker.web.needs import WebServices


class Server(uvicorn.Server):
    """One server for a whole test run; each test puts its own application behind it."""

    def __init__(self) -> None:
        super().__init__(uvicorn.Config(self._answer, interface="asgi3", lifespan="off", log_config=None, ws="none"))
        # Named as TCP, because asyncio spares only such sockets the wait for acknowledgements (40 ms an answer).
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.ready = threading.Event()

    def put_on(self, services: WebServices) -> None:
        """Serve these pages from now on."""
        self._app = make_app(services)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [server.listener]}, daemon=True)
    thread.start()
    assert server.ready.wait(10)
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join(10)
        server.listener.close()


@contextlib.contextmanager
def visit(server: Server, services: WebServices) -> Iterator[httpx.Client]:
    """A client of these pages."""
    server.put_on(services)
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client
