"""A clock that others drive, so that days can pass in seconds."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class DrivenClock:
    """Starts at `start` and goes `speed` seconds a second: 0 stands still until it is set, 1 is real time."""

    def __init__(self, start: datetime, *, speed: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._speed = speed
        self._anchor, self._since = _aware(start), time.monotonic()

    @classmethod
    def real(cls) -> DrivenClock:
        """The machine's time, until somebody sets it: from then on it stands still."""
        return cls(datetime.now(UTC), speed=1.0)

    def now(self) -> datetime:
        with self._lock:
            return self._anchor + timedelta(seconds=(time.monotonic() - self._since) * self._speed)

    def set(self, instant: datetime, *, speed: float = 0.0) -> None:
        """Move the clock to an aware instant; it stands still there unless `speed` says otherwise."""
        with self._lock:
            self._anchor, self._since, self._speed = _aware(instant), time.monotonic(), speed


def parse_instant(text: object) -> datetime:
    """An ISO 8601 instant with an offset (or Z); raises ValueError with a sentence otherwise."""
    if not isinstance(text, str):
        raise ValueError("write the instant as text, such as 2026-03-02T08:00:00+00:00")
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no instant such as 2026-03-02T08:00:00+00:00 ({error})") from error


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("the instant needs an offset, such as +00:00")
    return instant.astimezone(UTC)
