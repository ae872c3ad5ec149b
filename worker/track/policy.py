"""What a bounce says about an address: a pure table (the kinds of evidence and what follows from each)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from worker.track.translate import word


class Finding(StrEnum):
    """What an event says about the address."""

    PERMANENT = "permanent"
    """There is no such mailbox: suppress now."""
    TRANSIENT = "transient"
    """It cannot take mail at present: suppress when that goes on."""
    SLOW = "slow"
    """It failed, and nobody knows why: counted with more patience."""
    OURS = "ours"
    """It was refused on account of us: never held against the person."""
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


PERMANENT_STATUS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
FULL_STATUS = frozenset({"5.2.2", "4.2.2"})
_OUR_PROBLEM = frozenset({"reputation", "content", "frequency or volume too high"})
_MIRRORED = {
    "bounced address": Finding.PERMANENT,
    "invalid": Finding.PERMANENT,
    "invalid address": Finding.PERMANENT,
    "spam reporting address": Finding.COMPLAINED,
    "unsubscribed address": Finding.UNSUBSCRIBED,
}


@dataclass(frozen=True)
class Patience:
    """How many editions in a row, over how long at the least, before an address is given up."""

    editions: int
    span: timedelta


PATIENCE = {
    Finding.TRANSIENT: Patience(3, timedelta(days=7)),
    Finding.SLOW: Patience(6, timedelta(days=30)),
}


def finding_of(kind: str, raw: Mapping[str, Any]) -> Finding | None:
    """What the event says about its address; None where it says nothing against it.

    What is our problem goes first: an address must not be lost because a server distrusts the sender.
    """
    if kind == "complaint":
        return Finding.COMPLAINED
    if kind == "unsubscribe":
        return Finding.UNSUBSCRIBED
    if kind == "dropped":
        return _MIRRORED.get(word(raw, "reason"), Finding.OURS)
    if kind != "bounce":
        return None
    classification, status = word(raw, "bounce_classification"), word(raw, "status")
    if word(raw, "type") == "blocked" or classification in _OUR_PROBLEM or status.startswith("5.7."):
        return Finding.OURS
    if classification == "invalid address" or status in PERMANENT_STATUS:
        return Finding.PERMANENT
    if classification == "mailbox unavailable" or status in FULL_STATUS:
        return Finding.TRANSIENT
    return Finding.SLOW


def given_up(finding: Finding, bounces: Iterable[tuple[int, datetime]]) -> bool:
    """Whether the bounces since the last delivered mail (edition, instant) are enough to suppress."""
    patience = PATIENCE.get(finding)
    counted = list(bounces)
    if patience is None or len({edition for edition, _ in counted}) < patience.editions:
        return False
    instants = [at for _, at in counted]
    return max(instants) - min(instants) >= patience.span
