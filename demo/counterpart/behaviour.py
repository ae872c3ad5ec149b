"""What becomes of the mail to an address: decided by rules that a rehearsal gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase


class Fate(StrEnum):
    """The name is the key of a rule."""

    DELIVER = "deliver"
    BOUNCE = "bounce"  # permanent: no such mailbox; later mails are dropped
    BOUNCE_TRANSIENT = "bounce_transient"  # the mailbox is full; later mails are tried again
    BLOCK = "block"  # refused on account of the sender's reputation
    COMPLAIN = "complain"  # delivered, then reported as spam; later mails are dropped
    DEFER = "defer"  # put off once, delivered in the next round
    SILENT = "silent"  # nothing is ever heard of it


class Behaviour:
    """Rules from fate to addresses: a whole address, or with `*`; without an `@` it means the part before it."""

    def __init__(self, rules: Mapping[str, Iterable[str]] | None = None) -> None:
        self._rules: dict[Fate, list[str]] = {}
        self.add(rules or {})

    def add(self, rules: Mapping[str, Iterable[str]]) -> None:
        """Add rules; raises ValueError, changing nothing, where a fate is unknown or its patterns are no list."""
        known = {str(fate) for fate in Fate}
        for fate, patterns in rules.items():
            if fate not in known:
                raise ValueError(f"{fate!r} is no behaviour; write one of {', '.join(sorted(known))}")
            if isinstance(patterns, str) or not all(isinstance(pattern, str) for pattern in patterns):
                raise ValueError(f"{fate}: write a list of addresses or patterns")
        for fate, patterns in rules.items():
            self._rules.setdefault(Fate(fate), []).extend(pattern.lower() for pattern in patterns)

    def clear(self) -> None:
        self._rules.clear()

    def fate(self, address: str) -> Fate:
        """The fate whose rule names the address; rules of an earlier kind above go before later ones."""
        address = address.lower()
        local = address.rpartition("@")[0]
        for fate in Fate:
            for pattern in self._rules.get(fate, ()):
                if fnmatchcase(address if "@" in pattern else local, pattern):
                    return fate
        return Fate.DELIVER

    def as_json(self) -> dict[str, list[str]]:
        return {str(fate): list(patterns) for fate, patterns in self._rules.items()}
