"""One terminal for several processes: each line under the name of who said it."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TextIO

_COLOURS = {"sitrep": "1;37", "redis": "35", "web": "36", "worker": "32", "beat": "33"}


class Console:
    """Writes whole lines, coloured where the output is a terminal and NO_COLOR is unset."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._coloured = self._out.isatty() and not os.environ.get("NO_COLOR")
        self._turn = threading.Lock()

    def say(self, name: str, text: str) -> None:
        """Print the text's lines, each with the name in front."""
        prefix = self._prefix(name)
        with self._turn, suppress(BrokenPipeError, ValueError):  # whoever read our output has gone: carry on
            self._out.write("".join(f"{prefix} {line}\n" for line in text.splitlines() or [""]))
            self._out.flush()

    def _prefix(self, name: str) -> str:
        padded = f"{name:>6} |"
        return f"\x1b[{_COLOURS.get(name, '37')}m{padded}\x1b[0m" if self._coloured else padded
