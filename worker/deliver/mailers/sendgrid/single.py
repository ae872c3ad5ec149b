"""Single mails through the `sendgrid` package: test sends and notices, where doubt may be answered by sending again."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from worker.deliver.mailers.protocol import Evidence, RecipientResult, Submission
from worker.deliver.mailers.sendgrid.body import custom_args
from worker.deliver.mailers.sendgrid.guards import content_fault, one_content, recipient_fault
from worker.deliver.mailers.sendgrid.package import TIMEOUT_SECONDS, ask, package_client, package_mail
from worker.deliver.outcome import Fault, Outcome, OutcomeClass, outcome_of_answer, outcome_of_fault
from worker.message import Parcel


class SendGridSingleMailer:
    """One recipient a request. The package cannot tell how far a request came: whatever breaks it is uncertain,
    unless no connection was made at all."""

    name = "sendgrid"
    one_content_per_request = True
    max_recipients = 1

    def __init__(
        self,
        api_key: str,
        *,
        url: str = "https://api.sendgrid.com",
        sandbox: bool = False,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.evidence = Evidence.NONE if sandbox else Evidence.EVENTS
        self._sandbox = sandbox
        self._client = package_client(api_key, url, timeout=timeout)

    def submit(self, parcels: Sequence[Parcel], *, batch_id: uuid.UUID | None, now: datetime) -> Submission:
        """Send the one mail."""
        content, recipients = one_content(list(parcels))
        if len(recipients) != 1:
            return Submission(Outcome(OutcomeClass.SPLIT, "one recipient at a time"))
        recipient = recipients[0]
        if (fault := content_fault(content)) is not None:
            return Submission(Outcome(OutcomeClass.BISECT, fault, shared=True))
        if (fault := recipient_fault(recipient, custom_args(recipient.reference, batch_id))) is not None:
            refused = RecipientResult(OutcomeClass.BISECT, fault)
            return Submission(Outcome(OutcomeClass.BISECT, fault), results={recipient.reference: refused})
        body = package_mail(content, recipients, batch_id=batch_id, sandbox=self._sandbox).get()
        try:
            answer = ask(lambda: self._client.mail.send.post(request_body=body))
        except (OSError, http.client.HTTPException) as error:
            return Submission(outcome_of_fault(_fault_of(error), type(error).__name__))
        outcome = outcome_of_answer(answer.status, answer.headers, answer.body, now=now, sandbox=self._sandbox)
        return Submission(outcome, status=answer.status, provider_id=answer.headers.get("x-message-id"))

    def found(self, references: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Only events tell."""
        return set()

    def close(self) -> None:
        """The package opens a connection for each request."""


def _fault_of(error: Exception) -> Fault:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLError):
        return Fault.TLS
    if isinstance(cause, ConnectionRefusedError) or "getaddrinfo" in str(cause) or "Name or service" in str(cause):
        return Fault.UNREACHABLE
    if isinstance(cause, http.client.HTTPException) and not isinstance(cause, http.client.RemoteDisconnected):
        return Fault.TRUNCATED
    return Fault.TIMEOUT if isinstance(cause, TimeoutError) else Fault.CUT
