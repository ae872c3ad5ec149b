"""A rendered body with open slots: what stays the same between two mails of a newsletter is rendered once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

_NONCE = secrets.token_hex(8)
_SLOT = re.compile(rf"slot{_NONCE}([a-z_]+?)end{_NONCE}")


def slot(name: str) -> str:
    """The mark of a slot, to be rendered into a template; it is random for each process, so no text can hold one."""
    return f"slot{_NONCE}{name}end{_NONCE}"


class Frame:
    """A body cut at its slots."""

    def __init__(self, rendered: str) -> None:
        pieces = _SLOT.split(rendered)
        self._pieces = pieces
        self._names = pieces[1::2]
        self.size = sum(len(piece.encode()) for piece in pieces[0::2])
        """Bytes without what goes into the slots."""

    def count(self, name: str) -> int:
        """How many slots have this name."""
        return self._names.count(name)

    def fill(self, values: Mapping[str, str]) -> str:
        """The whole body."""
        pieces = self._pieces.copy()
        pieces[1::2] = [values[name] for name in self._names]
        return "".join(pieces)
