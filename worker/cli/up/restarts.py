"""Whether and when a child that ended starts again: pure."""

from __future__ import annotations

from dataclasses import dataclass

SETTLED_AFTER = 10.0
"""Seconds after which a start counts as a success."""
GIVE_UP_AFTER = 5
"""Starts in a row that all ended too soon, with no success before: it cannot run here."""
_LONGEST_DELAY = 30.0


@dataclass(frozen=True)
class Record:
    """How a child has fared: starts in a row that ended too soon, and whether it ever ran properly."""

    early_ends: int = 0
    ever_settled: bool = False

    def after_running(self, seconds: float) -> Record:
        """The record once it has ended after so many seconds."""
        if seconds >= SETTLED_AFTER:
            return Record(early_ends=0, ever_settled=True)
        return Record(early_ends=self.early_ends + 1, ever_settled=self.ever_settled)

    @property
    def hopeless(self) -> bool:
        """It has never worked: a mistake in the set-up, which more starts would only hide."""
        return not self.ever_settled and self.early_ends >= GIVE_UP_AFTER

    @property
    def delay(self) -> float:
        """Seconds until the next start: none after a good run, then doubling."""
        if self.early_ends == 0:
            return 0.0
        return min(_LONGEST_DELAY, 0.5 * 2.0 ** (self.early_ends - 1))
