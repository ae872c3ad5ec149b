"""The consent record: append-only, because what somebody agreed to must be shown years later as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from worker.database import table
from worker.models import Consent

WORDINGS = {
    "signup-1": "{site} may email me about the topics I chose. I can change this or unsubscribe at any time, "
    "with a link in every mail."
}
"""Every wording that was ever shown beside the button, by the name that consent rows carry. Add, never edit."""

WORDING_IN_FORCE = "signup-1"

_CONSENT = table(Consent)


def record_consent(
    session: Session,
    subscriber_ids: Iterable[int],
    action: str,
    *,
    at: datetime,
    source: str,
    wording: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one row for each subscriber; the caller commits.

    `action` is one of signup, confirm, change, unsubscribe, suppress, reopen; `source` one of web, one_click, webhook,
    operator.
    """
    rows = [
        {
            "subscriber_id": subscriber_id,
            "at": at,
            "action": action,
            "source": source,
            "wording": wording,
            "detail": dict(detail or {}),
        }
        for subscriber_id in subscriber_ids
    ]
    if rows:
        session.execute(insert(_CONSENT), rows)
