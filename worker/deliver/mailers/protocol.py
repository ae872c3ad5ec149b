"""What every mailer promises. Adding one is a folder beside these and an entry in tests/contracts/test_mailers.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from worker.deliver.outcome import Outcome, OutcomeClass
from worker.message import Parcel


class Evidence(StrEnum):
    """How a mailer shows later what became of a request that got no answer."""

    EVENTS = "events"
    """The provider reports each mail with our ids."""
    ITSELF = "itself"
    """`found` looks it up."""
    NONE = "none"
    """Only an operator can find out."""


@dataclass(frozen=True)
class RecipientResult:
    """What the transport said about one recipient.

    `kind` is accepted, retry, uncertain, or bisect for a recipient who is refused for good; `status` is the
    enhanced status code (RFC 3463), where one was given.
    """

    kind: OutcomeClass
    reason: str = ""
    status: str | None = None


@dataclass(frozen=True)
class Submission:
    """What became of a request: one outcome, and where the transport tells recipients apart, results by reference.

    A recipient without a result has the outcome.
    """

    outcome: Outcome
    status: int | None = None
    provider_id: str | None = None
    results: Mapping[uuid.UUID, RecipientResult] = field(default_factory=dict)


class Mailer(Protocol):
    """Takes parcels and says what became of them. It never raises for what the network or the provider did."""

    @property
    def name(self) -> str: ...

    @property
    def one_content_per_request(self) -> bool: ...

    @property
    def max_recipients(self) -> int: ...

    @property
    def evidence(self) -> Evidence: ...

    def submit(self, parcels: Sequence[Parcel], *, batch_id: uuid.UUID | None, now: datetime) -> Submission:
        """Hand the mails over. `batch_id` travels with each; without one they are notices.

        References are stable: a mailer that can see that it has accepted one before accepts it again without effect.
        """
        ...

    def found(self, references: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Which of these it knows that it has accepted; asked only where `evidence` is `itself`."""
        ...

    def close(self) -> None: ...
