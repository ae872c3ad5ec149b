"""What an answer, or its absence, says about a request: a pure table (docs/uncertain-batches.md tells why it matters).

Only what proves that nothing was accepted may be sent again. Everything else is uncertain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum


class OutcomeClass(StrEnum):
    ACCEPTED = "accepted"
    RETRY = "retry"
    """Not accepted; the same request may succeed later."""
    STOP = "stop"
    """Not accepted, and no other request would be: keys, credits, permissions, a wrong address of the provider."""
    SPLIT = "split"
    """Not accepted because of its size."""
    BISECT = "bisect"
    """Not accepted because of somebody in it."""
    UNCERTAIN = "uncertain"
    """It may have been accepted: only evidence can tell."""


class Fault(StrEnum):
    """How a request ended without an answer."""

    UNREACHABLE = "unreachable"
    """DNS, refused, connect timeout."""
    TLS = "tls"
    POOL = "pool"
    """No free connection within the time."""
    NOT_BEGUN = "not_begun"
    """The connection broke before the first byte of the body."""
    MISDIRECTED = "misdirected"
    """The provider's URL cannot be used at all."""
    WRITE = "write"
    """The connection broke after the first byte of the body."""
    TIMEOUT = "timeout"
    """Sent whole, and no answer within the time."""
    CUT = "cut"
    """The connection ended before a status line."""
    TRUNCATED = "truncated"
    """The answer began and did not end, or was no HTTP."""


@dataclass(frozen=True)
class Outcome:
    """A class with its reason; `retry_at` where the provider named an instant.

    `shared` says that the fault lies in what all recipients have in common, so that bisecting would find nobody.
    """

    kind: OutcomeClass
    reason: str
    retry_at: datetime | None = None
    shared: bool = False


_FAULTS = {
    Fault.UNREACHABLE: OutcomeClass.RETRY,
    Fault.TLS: OutcomeClass.RETRY,
    Fault.POOL: OutcomeClass.RETRY,
    Fault.NOT_BEGUN: OutcomeClass.RETRY,
    Fault.MISDIRECTED: OutcomeClass.STOP,
    Fault.WRITE: OutcomeClass.UNCERTAIN,
    Fault.TIMEOUT: OutcomeClass.UNCERTAIN,
    Fault.CUT: OutcomeClass.UNCERTAIN,
    Fault.TRUNCATED: OutcomeClass.UNCERTAIN,
}

_SHARED_FIELDS = (
    "from",
    "reply_to",
    "subject",
    "content",
    "headers",
    "categories",
    "tracking_settings",
    "mail_settings",
    "ip_pool_name",
)
LONGEST_WAIT = timedelta(hours=1)
"""However far away the provider says its limit resets, look again by then."""


def outcome_of_fault(fault: Fault, detail: str = "") -> Outcome:
    """The outcome of a request that got no answer."""
    return Outcome(_FAULTS[fault], f"{fault}: {detail}" if detail else str(fault))


def outcome_of_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, now: datetime, sandbox: bool = False
) -> Outcome:
    """The outcome of an answer of SendGrid's v3 API; `headers` with lower-case names."""
    errors = _errors(body)
    reason = f"{status} {_told(errors)}".strip()
    if status == 202 or (status == 200 and sandbox):
        return Outcome(OutcomeClass.ACCEPTED, reason)
    if status == 429:
        return Outcome(OutcomeClass.RETRY, reason, retry_at=_reset(headers, now))
    if status == 408:
        return Outcome(OutcomeClass.RETRY, reason)
    if status == 400:
        return Outcome(OutcomeClass.BISECT, reason, shared=_all_shared(errors))
    if status == 413:
        return Outcome(OutcomeClass.SPLIT, reason)
    if 300 <= status < 500:
        return Outcome(OutcomeClass.STOP, reason)
    return Outcome(OutcomeClass.UNCERTAIN, reason)


def next_try(outcome: Outcome, *, attempt: int, now: datetime) -> datetime:
    """When to try again: as the provider says (bounded), else 15 s, doubled with each attempt up to 15 minutes.

    A stop waits five minutes at the least: somebody has to do something about it.
    """
    if outcome.retry_at is not None:
        return min(max(outcome.retry_at, now + timedelta(seconds=1)), now + LONGEST_WAIT)
    doubled: int = 1 << min(max(attempt - 1, 0), 10)
    wait = min(timedelta(seconds=15) * doubled, timedelta(minutes=15))
    if outcome.kind == OutcomeClass.STOP:
        wait = max(wait, timedelta(minutes=5))
    return now + wait


def _errors(body: bytes) -> list[dict[str, object]]:
    """SendGrid's error list; empty where the body is something else (a 5xx may be HTML)."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return []
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _told(errors: list[dict[str, object]]) -> str:
    told = [": ".join(str(part) for part in (error.get("field"), error.get("message")) if part) for error in errors]
    return "; ".join(told)[:500]


def _all_shared(errors: list[dict[str, object]]) -> bool:
    fields = [str(error.get("field") or "") for error in errors]
    return bool(fields) and all(field.split(".")[0].split("[")[0] in _SHARED_FIELDS for field in fields)


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When a 429 ends, by Retry-After or X-RateLimit-Reset, whichever is later; at most LONGEST_WAIT from now."""
    waits = []
    after = headers.get("retry-after", "").strip()
    if after.isdecimal():
        waits.append(float(after))
    elif (instant := _http_date(after)) is not None:
        waits.append((instant - now).total_seconds())
    reset = headers.get("x-ratelimit-reset", "").strip()
    if reset.isdecimal():
        waits.append(float(reset) - now.timestamp())
    if not waits:
        return None
    return now + timedelta(seconds=min(max(*waits, 0.0), LONGEST_WAIT.total_seconds()))


def _http_date(value: str) -> datetime | None:
    try:
        parsed: datetime = parsedate_to_datetime(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
