"""The newsroom as one object: its site, its clock, and what tests may do to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from demo.newsroom.archive import DEFAULT_BASE, Archive, Article
from demo.newsroom.clock import DrivenClock
from demo.newsroom.control import PREFIX as CONTROL
from demo.newsroom.control import Control
from demo.newsroom.loopback import Answer, Cut, Loopback, Request, Response
from demo.newsroom.manuscript import Manuscript, read_manuscripts
from demo.newsroom.routes import Routes


@dataclass(frozen=True)
class Seen:
    """A request the site was asked, with the status it got (0: cut off)."""

    method: str
    path: str
    user_agent: str
    conditional: bool
    status: int


class Newsroom:
    """A site that runs from construction until `close`; prefer `with Newsroom.running() as site:`.

    `base` is midnight of day 0; `now` starts there unless given, and stands still unless `speed` says
    how many seconds pass a second. `site_url` is what links say, the server's own address by default.
    """

    def __init__(
        self,
        *,
        base: datetime = DEFAULT_BASE,
        now: datetime | None = None,
        speed: float = 0.0,
        port: int = 0,
        manuscripts: Iterable[Manuscript] | None = None,
        site_url: str | None = None,
    ) -> None:
        self.archive = Archive(read_manuscripts() if manuscripts is None else manuscripts, base=base)
        self.clock = DrivenClock(now or base, speed=speed)
        self.seen: list[Seen] = []
        self._failures: list[Response] = []
        self.hanging = threading.Event()  # set as soon as a request is being kept waiting
        self._to_hang = 0
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._server = Loopback(self._answer, port=port)
        self.url = site_url or self._server.url
        self._routes = Routes(self.url, self.archive, self.clock.now)
        self._control = Control(self)
        self._ready.set()

    @classmethod
    @contextmanager
    def running(
        cls,
        *,
        base: datetime = DEFAULT_BASE,
        now: datetime | None = None,
        speed: float = 0.0,
        port: int = 0,
        manuscripts: Iterable[Manuscript] | None = None,
    ) -> Iterator[Newsroom]:
        """A newsroom in threads of this process, closed at the end of the block."""
        site = cls(base=base, now=now, speed=speed, port=port, manuscripts=manuscripts)
        try:
            yield site
        finally:
            site.close()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @now.setter
    def now(self, instant: datetime) -> None:
        self.clock.set(instant)

    @property
    def published(self) -> list[Article]:
        """What stands on the site now, newest first."""
        return self.archive.published(self.now)

    def article(self, slug: str) -> Article:
        """The published article of this slug; raises LookupError where none stands on the site."""
        found = self.archive.find(slug, self.now)
        if found is None:
            raise LookupError(f"{slug} is not on the site at {self.now:%Y-%m-%d %H:%M}")
        return found

    def about(self, topic: str) -> set[str]:
        """The slugs of all sample articles labelled with `topic`, published yet or not."""
        return self.archive.about(topic)

    def publish(self, slug: str) -> None:
        self.archive.publish(slug, self.now)

    def edit(self, slug: str, *, title: str | None = None, text: str | None = None) -> None:
        self.archive.edit(slug, self.now, title=title, text=text)

    def withdraw(self, slug: str) -> None:
        self.archive.withdraw(slug)

    def fail_next(self, status: int, *, times: int = 1, retry_after: int | str | None = None) -> None:
        """The next `times` public requests get this status, with Retry-After where one is given."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        failure = Response(status, b"<h1>The site is having a bad day</h1>", headers=headers)
        with self._lock:
            self._failures += [failure] * times

    def hang(self, *, times: int = 1) -> None:
        """The next `times` public requests get no answer until `release`; then they are cut off."""
        with self._lock:
            self._released.clear()
            self.hanging.clear()
            self._to_hang += times

    def release(self) -> None:
        """Let hanging requests go, and hang no more."""
        with self._lock:
            self._to_hang = 0
            self._released.set()

    def close(self) -> None:
        self.release()
        self._server.close()

    def _answer(self, request: Request) -> Answer:
        self._ready.wait()
        if request.path.startswith(CONTROL):
            return self._control.answer(request)
        answer = (self._trouble() or self._routes.answer)(request)
        status = answer.status if isinstance(answer, Response) else 0
        conditional = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
        agent = request.headers.get("User-Agent", "")
        self.seen.append(Seen(request.method, request.path, agent, conditional, status))
        return answer

    def _trouble(self) -> Callable[[Request], Answer] | None:
        with self._lock:
            if self._to_hang:
                self._to_hang -= 1
                return self._wait_and_cut
            failure = self._failures.pop(0) if self._failures else None
        return None if failure is None else lambda request: failure

    def _wait_and_cut(self, request: Request) -> Answer:
        self.hanging.set()
        self._released.wait()
        return Cut()
