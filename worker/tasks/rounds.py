"""Many waits on the network at once, without holding up the threads that Celery gives us.

A worker has a few threads for all its tasks; were each to wait for one source, a handful of hosts that never answer
would stop the confirmation mails too. So the first task that brings jobs works on them with threads of its own, and
those that come meanwhile leave theirs and are done. The rows stay the truth: a job that is dropped when the time is
over, or that dies with the process, is found again by the next tick.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

_LOG = logging.getLogger(__name__)
_DOUBTFUL_SHARE = 4
"""One thread in so many is for jobs that will probably hang; they have no others."""

Job = tuple[str, int]


class Rounds:
    """Works on jobs with many threads, in one round at a time. Safe to share between threads."""

    def __init__(self, *, threads: int, seconds: float) -> None:
        """`seconds`: a round that has gone on for so long takes up no further job, and waits for those at work."""
        self._threads, self._seconds = threads, seconds
        self._guard = threading.Condition()
        self._pending: set[Job] = set()
        self._pools: tuple[ThreadPoolExecutor, ThreadPoolExecutor] | None = None

    def take(
        self, kind: str, ids: Iterable[int], work: Callable[[int], object], *, doubtful: Collection[int] = ()
    ) -> None:
        """Have `work` called with each id, unless the same job is waiting already.

        Returns at once where a round is under way, else when the round is over. `doubtful` are ids that will probably
        hang: they share a few threads, so that the others need not wait for them.
        """
        with self._guard:
            leads = self._pools is None
            if leads:
                slow = max(1, self._threads // _DOUBTFUL_SHARE)
                self._pools = (
                    ThreadPoolExecutor(max(1, self._threads - slow), "fetch"),
                    ThreadPoolExecutor(slow, "fetch-doubtful"),
                )
            pools = self._pools
            assert pools is not None
            for each in ids:
                job = (kind, each)
                if job not in self._pending:
                    self._pending.add(job)
                    future = pools[each in doubtful].submit(work, each)
                    future.add_done_callback(lambda done, job=job: self._settle(job, done))  # type: ignore[misc]
        if leads:
            self._lead()

    def _lead(self) -> None:
        """Wait until no job is left, or the time is over; then let the next round begin."""
        end = time.monotonic() + self._seconds
        with self._guard:
            while self._pending and (left := end - time.monotonic()) > 0:
                self._guard.wait(left)
            pools, self._pools = self._pools, None
            self._pending.clear()
        for pool in pools or ():
            pool.shutdown(wait=True, cancel_futures=True)

    def _settle(self, job: Job, done: Future[None]) -> None:
        with self._guard:
            self._pending.discard(job)
            if not self._pending:
                self._guard.notify_all()
        if not done.cancelled() and (error := done.exception()) is not None:
            _LOG.error("%s %s ended in an error; the next tick finds it again", *job, exc_info=error)
