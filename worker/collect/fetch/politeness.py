"""One request at a time to a host, and a pause between two: newsrooms' servers are not ours to load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from worker.collect.fetch.model import AnswerTooSlow

_FORGET_AT = 10_000


class HostQueue:
    """Lets the threads of a process take turns at each host."""

    def __init__(
        self,
        *,
        pause: float,
        patience: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause, self._patience = pause, patience
        self._monotonic = monotonic
        self._wait = wait
        self._guard = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._free_at: dict[str, float] = {}

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Hold the host for one request; waits for others and for the pause after them.

        AnswerTooSlow where that takes too long: what many sources redirect to may hang, and must not hold all threads.
        """
        with self._guard:
            if len(self._turns) > _FORGET_AT:
                self._forget()
            turn = self._turns.setdefault(host, threading.Lock())
        if not turn.acquire(timeout=self._patience):
            raise AnswerTooSlow(f"{host} is being asked by others, and does not answer them in time")
        try:
            if (wait := self._free_at.get(host, 0.0) - self._monotonic()) > 0:
                self._wait(wait)
            try:
                yield
            finally:
                self._free_at[host] = self._monotonic() + self._pause
        finally:
            turn.release()

    def _forget(self) -> None:
        now = self._monotonic()
        for host in [host for host, turn in self._turns.items() if not turn.locked()]:
            if self._free_at.get(host, 0.0) < now:
                del self._turns[host]
                self._free_at.pop(host, None)
