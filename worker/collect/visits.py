"""Fetching pages of other people's sites: in turn, and only where robots.txt allows it."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session

from worker.collect import robots
from worker.collect.fetch.model import (
    PAGE_TYPES,
    AnswerTooSlow,
    Fetched,
    FetchError,
    Fetches,
    ForbiddenAddress,
    may_be_private,
)
from worker.collect.hosts import end_turn, host_of, keep_robots, known_robots, take_turn
from worker.collect.rhythm import rest_asked
from worker.collect.robots import Robots

_ROBOTS_TYPES = "text/plain, */*;q=0.1"


class NotYet(FetchError):
    """Somebody else is at the host, or it rests: ask again at `at`."""

    reason = "host_busy"

    def __init__(self, host: str, at: datetime) -> None:
        super().__init__(f"{host} is being asked something else; its turn comes at {at:%H:%M:%S}")
        self.at = at


class Disallowed(FetchError):
    """robots.txt does not want the page fetched; it never will be while that stands."""

    reason = "robots"


class NoRobots(FetchError):
    """robots.txt cannot be had because of an error over there: nobody knows what is allowed."""

    reason = "robots_unreachable"


class Visits:
    """Fetches for one unit of work: takes a turn at the host for each page, and obeys its robots.txt.

    Commits what it learns with the session it is given, in which no transaction may be open, and leaves none open.
    """

    def __init__(self, fetcher: Fetches, session: Session, *, now: datetime) -> None:
        self._fetcher, self._session, self._now = fetcher, session, now
        self._slow = False
        self._rest: timedelta | None = None

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = PAGE_TYPES,
        allow_private: bool = False,
    ) -> Fetched:
        """The page; NotYet where it is another's turn; Disallowed or NoRobots for it, or for where it leads to."""
        host = host_of(url)
        self._begin(host)
        self._slow, self._rest = False, None
        try:
            self._obey(url, allow_private=allow_private)
            fetched = self._fetcher.get(
                url, etag=etag, last_modified=last_modified, accept=accept, allow_private=allow_private
            )
            self._rest = rest_asked(fetched.status, fetched.retry_after, now=self._now)
            if fetched.url != url:
                self._obey(fetched.url, allow_private=may_be_private(fetched.url, named=url, allowed=allow_private))
            return fetched
        except AnswerTooSlow:
            self._slow = True
            raise
        finally:
            end_turn(self._session, host, now=self._now, polite=not allow_private, slow=self._slow, rest=self._rest)
            self._session.commit()

    def _begin(self, host: str) -> None:
        come_back = take_turn(self._session, host, now=self._now)
        self._session.commit()
        if come_back is not None:
            raise NotYet(host, come_back)

    def _obey(self, url: str, *, allow_private: bool) -> None:
        known = self._known(host_of(url))
        if not known.is_fresh(self._now):
            known = self._ask(url, known, allow_private=allow_private)
        if refusal := robots.refusal(known, url, now=self._now):
            raise (Disallowed if refusal.wished else NoRobots)(refusal.reason)

    def _known(self, host: str) -> Robots:
        known = known_robots(self._session, host)
        self._session.commit()
        return known

    def _ask(self, url: str, known: Robots, *, allow_private: bool) -> Robots:
        """Fetch robots.txt, and keep what it says for every worker."""
        parts = urlsplit(url)
        status, body = None, b""
        try:
            answer = self._fetcher.get(
                f"{parts.scheme}://{parts.netloc}/robots.txt", accept=_ROBOTS_TYPES, allow_private=allow_private
            )
            status, body = answer.status, answer.body
        except ForbiddenAddress:
            raise
        except FetchError as error:  # learnt() knows what no answer means
            self._slow = isinstance(error, AnswerTooSlow)
        learnt = robots.learnt(known, status=status, body=body, now=self._now)
        keep_robots(self._session, host_of(url), learnt, crawl_delay=robots.crawl_delay(learnt), now=self._now)
        self._session.commit()
        return learnt
