"""The events that tell what became of a mail, worded as SendGrid words them. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from demo.counterpart.behaviour import Fate
from demo.counterpart.letter import Mail

_NO_MAILBOX = "550 5.1.1 The email account that you tried to reach does not exist."
_FULL = "452 4.2.2 The email account that you tried to reach is over quota."
_BLOCKED = "550 5.7.1 Service refused, client host has a poor reputation."


@dataclass(frozen=True)
class Step:
    """One event of a mail's story: its kind, its own fields, and how many rounds later it is told."""

    kind: str
    fields: Mapping[str, Any]
    rounds_later: int = 0


@dataclass(frozen=True)
class Listing:
    """An address that a fate puts on one of the provider's own suppression lists."""

    kind: str
    reason: str
    status: str


def story(fate: Fate, dropped_because: str | None) -> tuple[Step, ...]:
    """The events of one mail in order; none where nothing is ever heard of it."""
    if dropped_because is not None:
        return (Step("dropped", {"reason": dropped_because, "status": "5.0.0"}),)
    processed, delivered = Step("processed", {}), Step("delivered", {"response": "250 2.0.0 OK", "tls": 1})
    match fate:
        case Fate.SILENT:
            return ()
        case Fate.BOUNCE:
            return processed, _bounce("bounce", "5.1.1", _NO_MAILBOX, "Invalid Address")
        case Fate.BOUNCE_TRANSIENT:
            return processed, _bounce("bounce", "4.2.2", _FULL, "Mailbox Unavailable")
        case Fate.BLOCK:
            return processed, _bounce("blocked", "5.7.1", _BLOCKED, "Reputation")
        case Fate.COMPLAIN:
            return processed, delivered, Step("spamreport", {})
        case Fate.DEFER:
            deferred = Step("deferred", {"response": "450 4.7.0 Try again later.", "attempt": "1"})
            return processed, deferred, Step("delivered", delivered.fields, rounds_later=1)
        case Fate.DELIVER:
            return processed, delivered


def listing(fate: Fate) -> Listing | None:
    """What the provider remembers about an address after this fate."""
    match fate:
        case Fate.BOUNCE:
            return Listing("bounces", _NO_MAILBOX, "5.1.1")
        case Fate.BLOCK:
            return Listing("blocks", _BLOCKED, "5.7.1")
        case Fate.COMPLAIN:
            return Listing("spam_reports", "", "")
        case _:
            return None


def _bounce(kind: str, status: str, reason: str, classification: str) -> Step:
    fields = {"type": kind, "status": status, "reason": reason, "bounce_classification": classification}
    return Step("bounce", {**fields, "ip": "127.0.0.1", "tls": 1})


def event(mail: Mail, step: Step, ordinal: int, *, now: float) -> dict[str, Any]:
    """The event as it is sent: custom arguments are keys of the top level, as in SendGrid's webhook."""
    told = f"{mail.message_id}/{mail.n}/{ordinal}/{step.kind}".encode()
    row: dict[str, Any] = dict(mail.custom_args)
    if mail.categories:
        row["category"] = mail.categories[0] if len(mail.categories) == 1 else list(mail.categories)
    return row | {
        "email": mail.to,
        "timestamp": int(now) + ordinal,
        "event": step.kind,
        "sg_event_id": base64.urlsafe_b64encode(hashlib.sha256(told).digest()[:18]).decode(),
        "sg_message_id": f"{mail.message_id}.recvd-counterpart-{mail.n}-{int(mail.received_at):X}.0",
        "smtp-id": f"<{mail.message_id}.{mail.n}@counterpart.invalid>",
        **step.fields,
    }


def posts(bodies: Iterable[str], *, most: int = 1000, most_bytes: int = 768 * 1024) -> Iterator[list[str]]:
    """The events in portions that one webhook post may hold."""
    portion: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode()) + 3
        if portion and (len(portion) == most or size + length > most_bytes):
            yield portion
            portion, size = [], 0
        portion.append(body)
        size += length
    if portion:
        yield portion


def payload(bodies: Iterable[str]) -> bytes:
    """A post's body: an array whose members stand on lines of their own, ended as SendGrid ends them."""
    return ("[" + ",\r\n".join(bodies) + "]\r\n").encode()


def encoded(row: Mapping[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)
