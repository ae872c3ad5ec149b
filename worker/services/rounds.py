"""Many waits on the network at once, without holding up the threads that Celery gives us.

A worker has a few threads for all its tasks; were each to wait for one source, a handful of hosts that never answer
would stop the confirmation mails too. So one task at a time leads a round: it asks for work again and again, and has
it done by threads of its own. The rows stay the truth: a job that is dropped when the time is over, or that dies with
the process, is found again by the next round.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from worker.logs import log

_SLOW_SHARE = 4
"""One thread in so many is for jobs that will probably hang, while there are others; as many are kept from them."""
_LOOK_AGAIN, _AT_LEAST = 0.25, 0.01


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work, and whether it will probably hang."""

    kind: str
    id: int
    slow: bool = field(default=False, compare=False)
    again: bool = field(default=False, compare=False)
    """It was tried in this round already."""


class Jobs(Protocol):
    """Where a round's jobs come from. Its methods are called from several threads."""

    def pull(self, room: int, slow: bool) -> Iterable[Job]:
        """At most so many jobs of each kind to do now; slow ones, or others."""
        ...

    def has_more(self) -> bool:
        """Whether something that `pull` does not give yet is worth waiting for."""
        ...

    def work(self, job: Job) -> Iterable[tuple[Job, float]]:
        """Do a job; which are to follow, and after how many seconds."""
        ...

    def close(self) -> None:
        """No further job is begun: what `pull` gave and nobody began is free for others."""
        ...


class Rounds:
    """Does jobs with many threads, in one round at a time. Safe to share between threads."""

    def __init__(self, *, threads: int, seconds: float) -> None:
        """`seconds`: after this a round takes up nothing more, and waits for what is at work."""
        self._threads, self._seconds = threads, seconds
        self._leading = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """The process is to end: take up nothing more, in this round and in any other."""
        self._stopping.set()

    def lead(self, jobs: Jobs, *, more: Callable[[], object] = bool) -> bool:
        """Work until there is nothing left to do, or the time is over; whether there was more to do then.

        If so, `more` is called as soon as another thread may lead: the last jobs of this round may hang for long.
        Returns at once, with False, where another thread leads: it finds what there is.
        """
        if not self._leading.acquire(blocking=False):
            return False
        made = _Round(self._threads, time.monotonic() + self._seconds, jobs, self._stopping)
        try:
            try:
                has_more = made.run()
            finally:
                self._leading.release()
            if has_more:
                more()
        finally:
            made.finish()
        return has_more


class _Round:
    def __init__(self, threads: int, end: float, jobs: Jobs, stopping: threading.Event) -> None:
        self._threads, self._end, self._jobs, self._stopping = threads, end, jobs, stopping
        self._pool = ThreadPoolExecutor(threads, "fetch")
        self._changed = threading.Condition()
        self._in_hand: set[Job] = set()
        self._later: list[tuple[float, int, Job]] = []
        self._number = itertools.count()

    def run(self) -> bool:
        """Give out jobs; True where there are more than there was time for."""
        while (now := time.monotonic()) < self._end and not self._stopping.is_set():
            given = self._give(self._ripe(now)) + self._give(self._fresh())
            if given == 0 and not self._in_hand and not self._later and not self._jobs.has_more():
                return False
            with self._changed:
                busy = given == 0 or len(self._in_hand) > self._threads
                self._changed.wait(_LOOK_AGAIN if busy else _AT_LEAST)
        return not self._stopping.is_set()

    def finish(self) -> None:
        """Wait for what is at work; what has not begun is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        try:
            self._jobs.close()
        finally:
            self._pool.shutdown(wait=True)

    def _fresh(self) -> list[Job]:
        """More jobs, once those in hand do not keep the threads busy for long."""
        with self._changed:
            slow = sum(job.slow for job in self._in_hand)
            quick = len(self._in_hand) - slow
        if quick > self._threads + self._threads // 4:
            return []
        share = max(1, self._threads // _SLOW_SHARE)
        jobs = list(self._jobs.pull(2 * self._threads - quick, False))
        most = self._threads - share if not jobs and quick == 0 else share
        return jobs + (list(self._jobs.pull(most - slow, True)) if slow < most else [])

    def _ripe(self, now: float) -> list[Job]:
        """Jobs whose time to follow has come."""
        found = []
        with self._changed:
            while self._later and self._later[0][0] <= now:
                job = heapq.heappop(self._later)[2]
                self._in_hand.discard(job)
                found.append(job)
        return found

    def _give(self, jobs: Iterable[Job]) -> int:
        """Have them done, unless they are in hand; how many were not."""
        given = 0
        for job in jobs:
            with self._changed:
                if job in self._in_hand:
                    continue
                self._in_hand.add(job)
            given += 1
            future = self._pool.submit(self._do, job)
            future.add_done_callback(lambda done, job=job: self._settle(job, done))  # type: ignore[misc]
        return given

    def _do(self, job: Job) -> list[tuple[Job, float]]:
        return list(self._jobs.work(job))

    def _settle(self, job: Job, done: Future[list[tuple[Job, float]]]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log().error("job_failed", kind=job.kind, id=job.id, exc_info=error)  # the next round finds it again
        following = [] if done.cancelled() or error is not None else done.result()
        now = time.monotonic()
        with self._changed:
            self._in_hand.discard(job)
            for then, seconds in following:
                if then not in self._in_hand:
                    self._in_hand.add(then)
                    heapq.heappush(self._later, (now + seconds, next(self._number), then))
            self._changed.notify_all()
