"""SendGrid's words into ours. Nothing is refused: what is missing is None, what is unknown is kept as `unknown`."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from worker.errors import InvalidInput

KINDS = {
    "processed": "processed",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounce",
    "dropped": "dropped",
    "spamreport": "complaint",
    "open": "open",
    "click": "click",
    "unsubscribe": "unsubscribe",
    "group_unsubscribe": "unsubscribe",
}
_LONGEST_ID = 200
_LATEST = 1 << 33


@dataclass(frozen=True)
class Translated:
    """An event in our words; `raw` is what came."""

    provider_event_id: str
    kind: str
    delivery_id: uuid.UUID | None
    notice_id: uuid.UUID | None
    batch_id: uuid.UUID | None
    occurred_at: datetime | None
    raw: dict[str, Any]


def parse_body(body: bytes) -> list[Any]:
    """The events of a webhook's body; InvalidInput where it is no JSON array (or one event alone)."""
    try:
        events = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The webhook's body is no JSON") from error
    if isinstance(events, dict):
        return [events]
    if not isinstance(events, list):
        raise InvalidInput("The webhook's body is no list of events")
    return events


def translate(event: Any) -> Translated:
    """One event, whatever it is."""
    raw = event if isinstance(event, dict) else {"value": event}
    return Translated(
        provider_event_id=_event_id(raw),
        kind=KINDS.get(str(raw.get("event", "")).strip().lower(), "unknown"),
        delivery_id=_id(raw, "delivery_id"),
        notice_id=_id(raw, "notice_id"),
        batch_id=_id(raw, "batch_id"),
        occurred_at=_instant(raw.get("timestamp")),
        raw=raw,
    )


def categories(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """`category` is a string, an array, or missing."""
    found = raw.get("category")
    if isinstance(found, str):
        return (found,)
    return tuple(str(name) for name in found) if isinstance(found, list) else ()


def word(raw: Mapping[str, Any], name: str) -> str:
    """A field as lower-case text; empty where it is missing or no text."""
    value = raw.get(name)
    return value.strip().lower() if isinstance(value, str) else ""


def _event_id(raw: dict[str, Any]) -> str:
    given = raw.get("sg_event_id")
    if isinstance(given, str) and 0 < len(given.strip()) <= _LONGEST_ID and given.isprintable():
        return given.strip()
    canonical = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _id(raw: dict[str, Any], name: str) -> uuid.UUID | None:
    """One of our ids: a custom argument stands at the top level, or in a group where events are forwarded."""
    for holder in (raw, raw.get("unique_args"), raw.get("custom_args")):
        value = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(value, str):
            try:
                return uuid.UUID(value)
            except ValueError:
                continue
    return None


def _instant(value: Any) -> datetime | None:
    """Unix seconds, as a number or its text."""
    if isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
