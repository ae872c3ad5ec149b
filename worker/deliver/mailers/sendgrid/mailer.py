"""The SendGrid mailer: one pooled httpx client, explicit timeouts, and an exact account of how a request ended."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from worker import __version__
from worker.deliver.mailers.protocol import Evidence, RecipientResult, Submission
from worker.deliver.mailers.sendgrid.body import custom_args, encoded, mail_body
from worker.deliver.mailers.sendgrid.guards import (
    MAX_RECIPIENTS,
    MAX_REQUEST_BYTES,
    content_fault,
    one_content,
    recipient_fault,
)
from worker.deliver.outcome import Fault, Outcome, OutcomeClass, outcome_of_answer, outcome_of_fault
from worker.message import Parcel, Recipient

TIMEOUT = httpx.Timeout(connect=10.0, write=30.0, read=60.0, pool=10.0)
"""A batch ends well within its lease, or is known to be uncertain by then."""


class SendGridMailer:
    """Sends a batch as one request. Safe to share between threads."""

    name = "sendgrid"
    one_content_per_request = True
    max_recipients = MAX_RECIPIENTS

    def __init__(
        self,
        api_key: str,
        *,
        url: str = "https://api.sendgrid.com",
        sandbox: bool = False,
        ip_pool: str | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        connections: int = 20,
    ) -> None:
        # The sandbox sends no events: nothing will ever tell what became of an uncertain request there.
        self.evidence = Evidence.NONE if sandbox else Evidence.EVENTS
        self._sandbox = sandbox
        self._ip_pool = ip_pool
        self._url = f"{url.rstrip('/')}/v3/mail/send"
        self._client = httpx.Client(
            timeout=timeout,
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=15.0
            ),
            headers={
                "Authorization": f"Bearer {api_key}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": f"sitrep/{__version__}",
            },
            trust_env=not _on_loopback(url),
        )

    def submit(self, parcels: Sequence[Parcel], *, batch_id: uuid.UUID | None, now: datetime) -> Submission:
        """One request for all recipients, without those who would make SendGrid refuse it."""
        content, recipients = one_content(list(parcels))
        if (fault := content_fault(content)) is not None:
            return Submission(Outcome(OutcomeClass.BISECT, fault, shared=True))
        results = _faulty(recipients, batch_id)
        sent = [recipient for recipient in recipients if recipient.reference not in results]
        if not sent:
            return Submission(Outcome(OutcomeClass.BISECT, "nobody can be mailed"), results=results)
        body = encoded(mail_body(content, sent, batch_id=batch_id, sandbox=self._sandbox, ip_pool=self._ip_pool))
        if len(body) > MAX_REQUEST_BYTES:
            return Submission(Outcome(OutcomeClass.SPLIT, f"{len(body)} bytes"), results=results)
        outcome, answer = self._post(body, now)
        return Submission(
            outcome,
            status=answer.status_code if answer else None,
            provider_id=answer.headers.get("x-message-id") if answer else None,
            results=results,
        )

    def found(self, references: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Only events tell."""
        return set()

    def close(self) -> None:
        self._client.close()

    def _post(self, body: bytes, now: datetime) -> tuple[Outcome, httpx.Response | None]:
        begun = False

        def trace(name: str, _: object) -> None:
            nonlocal begun
            begun = begun or name.endswith("send_request_body.started")

        try:
            answer = self._client.post(self._url, content=body, extensions={"trace": trace})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return outcome_of_fault(fault_of(error, begun=begun), type(error).__name__), None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return outcome_of_answer(answer.status_code, headers, answer.content, now=now, sandbox=self._sandbox), answer


def fault_of(error: Exception, *, begun: bool) -> Fault:
    """What an error of httpx says about a request whose body had begun, or not."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Fault.MISDIRECTED
    if isinstance(error, httpx.PoolTimeout):
        return Fault.POOL
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return Fault.TLS if "ssl" in str(error).lower() else Fault.UNREACHABLE
    if not begun:
        return Fault.NOT_BEGUN
    if isinstance(error, httpx.WriteError | httpx.WriteTimeout):
        return Fault.WRITE
    if isinstance(error, httpx.ReadTimeout):
        return Fault.TIMEOUT
    if isinstance(error, httpx.RemoteProtocolError) and "without sending a response" not in str(error):
        return Fault.TRUNCATED
    if isinstance(error, httpx.DecodingError):
        return Fault.TRUNCATED
    return Fault.CUT


def _faulty(recipients: list[Recipient], batch_id: uuid.UUID | None) -> dict[uuid.UUID, RecipientResult]:
    """Recipients who cannot be part of a request, among them whoever has an address that is in it already."""
    refused: dict[uuid.UUID, RecipientResult] = {}
    seen: set[str] = set()
    for recipient in recipients:
        fault = recipient_fault(recipient, custom_args(recipient.reference, batch_id))
        if fault is None and recipient.mailbox.address.lower() in seen:
            fault = "the address is in this request already"
        if fault is not None:
            refused[recipient.reference] = RecipientResult(OutcomeClass.BISECT, fault)
        seen.add(recipient.mailbox.address.lower())
    return refused


def _on_loopback(url: str) -> bool:
    """A proxy named in the environment is not asked for what runs on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
