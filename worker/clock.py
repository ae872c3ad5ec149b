"""Where `now` comes from. Only tasks, web and the command line read a clock; the stages are given `now`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from worker.errors import SettingsError


class Clock(Protocol):
    """Tells the time as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FileClock:
    """A clock driven from outside, for rehearsals: the file holds the instant as ISO 8601 with an offset.

    Every process of an installation reads the same file, so that days can pass in seconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        try:
            instant = datetime.fromisoformat(self._path.read_text().strip())
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"SITREP_CLOCK names {self._path}, which holds no instant such as 2026-03-01T08:00:00+00:00: {error}"
            ) from error
        if instant.tzinfo is None:
            raise SettingsError(f"{self._path}: the instant needs an offset, such as +00:00")
        return instant.astimezone(UTC)

    def set(self, instant: datetime) -> None:
        """Move the clock; replaced in one step, so that no reader sees half an instant."""
        beside = self._path.with_suffix(".next")
        beside.write_text(instant.astimezone(UTC).isoformat())
        beside.replace(self._path)


def make_clock(setting: str) -> Clock:
    """`system`, or `file:PATH` for a driven clock."""
    if setting == "system":
        return SystemClock()
    kind, _, path = setting.partition(":")
    if kind == "file" and path:
        return FileClock(Path(path))
    raise SettingsError(f"SITREP_CLOCK is {setting!r}: write `system`, or `file:PATH` for a driven clock")
