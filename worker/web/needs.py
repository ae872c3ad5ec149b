"""What the pages are given. The wiring (worker/services.py) fulfils it; tests do with real parts of their own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session

from worker.audience.tokens import LinkMaker, Tokens
from worker.services.site import Site


class WebServices(Protocol):
    """Everything the pages use beside the audience's own functions."""

    @property
    def engine(self) -> Engine: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def links(self) -> LinkMaker: ...

    @property
    def templates_dir(self) -> Path: ...

    @property
    def site(self) -> Site: ...

    @property
    def languages(self) -> Mapping[str, str]:
        """The languages that mails can be had in, each by its own name: {"en": "English"}."""
        ...

    @property
    def confirm_within(self) -> timedelta: ...

    @property
    def mail_outbox(self) -> Path | None:
        """The maildir, where mails go into one; shown under /outbox if the base URL is this machine's own."""
        ...

    def now(self) -> datetime: ...

    def hash_address(self, address_key: str) -> str:
        """The keyed hash by which the suppression list knows an address."""
        ...

    def enqueue(self, name: str, *ids: object) -> None:
        """A hint that a row waits, such as ("notice", its id); never fails, may be lost."""
        ...

    def record_webhook(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Keep the provider's events for good, then return True; False where the signature is not the provider's.

        InvalidInput where they are signed and still no events.
        """
        ...

    def verify_push(self, token: str, query: Mapping[str, str]) -> str | None:
        """The challenge to echo to a hub; None where it asks about no subscription that we want."""
        ...

    def take_push(self, token: str, body: bytes, signature: str | None) -> bool:
        """A hub has news of a source; False where nobody subscribes there any more."""
        ...

    def source_alarms(self) -> list[str]:
        """Which sources are silent or failing, one sentence each."""
        ...

    def view_delivery(self, session: Session, delivery_id: uuid.UUID) -> str | None:
        """The web version of a delivered mail as a whole HTML document; None where it is no more."""
        ...

    def faults(self) -> list[str]:
        """Why this installation cannot work now (database, tables, broker), one sentence each; empty when it can."""
        ...

    def schedule_faults(self) -> list[str]:
        """What is wrong in the operators' files, one sentence each; the installation works on without it."""
        ...


__all__ = ["Site", "WebServices"]
