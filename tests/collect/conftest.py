"""A web site on loopback with verbs, and the captured material."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from worker.collect.documents import ExtractedPage, ParsedFeed, SitePage
from worker.collect.extract import extract_page
from worker.collect.fetch import Fetcher
from worker.collect.parse import parse_feed
from worker.collect.site_page import read_site_page


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """The connection ends after so many bytes of the body."""
    hangs: float = 0
    """Seconds after which it ends without an answer."""


@dataclass
class Request:
    path: str
    headers: dict[str, str]


class Site:
    """Serves what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Request], Answer]] = {}
        self.released = threading.Event()
        self.requests: list[Request] = []
        self.otherwise: Callable[[Request], Answer] = lambda _: Answer(404, b"not here")
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                request = Request(self.path, {name.lower(): value for name, value in self.headers.items()})
                site.requests.append(request)
                answer = site.answers.get(self.path, site.otherwise)
                answer = answer(request) if callable(answer) else answer
                if answer.hangs:
                    site.released.wait(answer.hangs)
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body if answer.cut_at is None else answer.body[: answer.cut_at])
                self.close_connection = self.close_connection or answer.cut_at is not None

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, path: str, body: bytes | str, *, status: int = 200, **headers: str) -> str:
        """Answer requests for `path` with this; returns its address."""
        content = body.encode() if isinstance(body, str) else body
        self.answers[path] = Answer(status, content, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path

    def serve_with(self, path: str, answer: Callable[[Request], Answer]) -> str:
        self.answers[path] = answer
        return self.url + path

    def asked_for(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(contact="editor@example.org", version="test", pause=0) as opened:
        yield opened


class InProcess:
    """A Reader without the child process: for tests about something else."""

    def parse_feed(self, data: bytes, *, content_type: str = "", url: str = "") -> ParsedFeed:
        return parse_feed(data, content_type=content_type, url=url)

    def extract_page(self, data: bytes, *, content_type: str = "", url: str = "") -> ExtractedPage:
        return extract_page(data, content_type=content_type, url=url)

    def read_site_page(self, data: bytes, *, content_type: str = "", url: str = "") -> SitePage:
        return read_site_page(data, content_type=content_type, url=url)


@pytest.fixture
def reader() -> InProcess:
    return InProcess()


LONG = " ".join(f"Sentence number {number} reports what the navy said about its patrols." for number in range(1, 26))


def item(
    number: int,
    *,
    title: str | None = None,
    guid: str | None = None,
    link: str | None = None,
    text: str | None = None,
    published: datetime | None = None,
) -> str:
    """One item as WordPress writes it."""
    body = f"<p>{text if text is not None else f'Article {number}. {LONG}'}</p>"
    when = format_datetime(published or datetime(2026, 3, 1, number % 24, tzinfo=UTC))
    return (
        f"<item><title>{escape(title or f'Headline {number}')}</title>"
        f"<link>{escape(link or f'https://news.example/{number}/')}</link>"
        f"<guid isPermaLink='false'>{escape(guid or f'https://news.example/?p={number}')}</guid>"
        f"<pubDate>{when}</pubDate><content:encoded><![CDATA[{body}]]></content:encoded></item>"
    )


def feed(*items: str) -> str:
    """An RSS feed of these items."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>'
        f"<link>https://news.example/</link>{''.join(items)}</channel></rss>"
    )


@pytest.fixture(scope="session")
def captured(shared_data: Path) -> Path:
    return shared_data / "collect"


@pytest.fixture(scope="session")
def index(captured: Path) -> list[dict[str, Any]]:
    """What is expected of each captured file, and who says so."""
    return [json.loads(line) for line in (captured / "index.jsonl").read_text().splitlines()]


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
