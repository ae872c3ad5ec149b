"""The stations that an explanation is made of, and the reasons in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

REASONS = {
    "no_topic": "it is about none of the topics",
    "story": "another article of the same story was released before; this one is listed there as `also reported by`",
    "baseline": "it was there when its source was first read: such articles are known, and sent to nobody",
    "capped": "the daily number of alerts was reached",
    "quiet_hours": "it was night by their clock",
    "paused": "their mail was paused",
    "late": "it was found too late to send then",
    "withdrawn": "the article was withdrawn",
    "unsubscribed": "they had unsubscribed by the time it was to leave",
    "not_sent": "the provider never accepted it",
    "refused": "the provider refused it",
}


@dataclass(frozen=True)
class Step:
    """One station on an article's way to a person: what is known, and when it came to be."""

    stage: str
    fact: str
    at: datetime | None = None
