"""The SMTP mailer: a transaction for each recipient, over connections that stay open between batches."""

from __future__ import annotations

import smtplib
import ssl
import threading
import time
import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from worker.deliver.mailers.mime import MimeForm, forms_of
from worker.deliver.mailers.protocol import Evidence, RecipientResult, Submission
from worker.deliver.mailers.smtp.server import SmtpServer
from worker.deliver.mailers.smtp.transaction import ConnectionLost, SenderRefused, hand_over
from worker.deliver.outcome import Fault, Outcome, OutcomeClass, outcome_of_fault
from worker.message import Parcel, Recipient, UnsafeMessage

_IDLE_SECONDS = 20.0
"""Servers hang up on the idle; one idle for longer than this is asked (NOOP) before it is used again."""


class SmtpMailer:
    """Hands each mail over on its own, so that each recipient has an answer of their own.

    What was handed over and got no answer is uncertain, for that recipient alone; those after it go over another
    connection. After `seconds` the rest is left for the next attempt, so that no batch outlives its lease.
    """

    name = "smtp"
    one_content_per_request = False
    evidence = Evidence.NONE

    def __init__(
        self,
        server: SmtpServer,
        *,
        tls: ssl.SSLContext | None = None,
        max_recipients: int = 200,
        seconds: float = 50.0,
    ) -> None:
        self.max_recipients = max_recipients
        self._server = server
        self._tls = tls
        self._seconds = seconds
        self._idle: list[tuple[float, smtplib.SMTP]] = []
        self._lock = threading.Lock()

    def submit(self, parcels: Sequence[Parcel], *, batch_id: uuid.UUID | None, now: datetime) -> Submission:
        """Hand over each mail. `outcome` is that of the recipients who were not tried any more."""
        until = time.monotonic() + self._seconds
        results: dict[uuid.UUID, RecipientResult] = {}
        connection: smtplib.SMTP | None = None
        lost = 0
        try:
            for recipient, form, sender in _each(parcels):
                if time.monotonic() > until:
                    return Submission(Outcome(OutcomeClass.RETRY, "out of time"), results=results)
                connection = connection or self._connection()
                try:
                    results[recipient.reference] = _try(connection, recipient, form, sender, now)
                except ConnectionLost as error:
                    results[recipient.reference] = error.result
                    connection.close()
                    connection = None
                    lost += 1
                    if lost > 2:
                        return Submission(outcome_of_fault(Fault.UNREACHABLE, error.result.reason), results=results)
        except UnsafeMessage as error:
            return Submission(Outcome(OutcomeClass.BISECT, str(error), shared=True), results=results)
        except smtplib.SMTPAuthenticationError as error:
            kind = OutcomeClass.STOP if error.smtp_code >= 500 else OutcomeClass.RETRY
            return Submission(Outcome(kind, f"login refused: {error.smtp_code}"), results=results)
        except (SenderRefused, smtplib.SMTPNotSupportedError) as error:
            return Submission(Outcome(OutcomeClass.STOP, str(error)), results=results)
        except smtplib.SMTPResponseException as error:
            return Submission(Outcome(OutcomeClass.RETRY, f"greeted with {error.smtp_code}"), results=results)
        except (OSError, smtplib.SMTPException) as error:
            fault = Fault.TLS if isinstance(error, ssl.SSLError) else Fault.UNREACHABLE
            return Submission(outcome_of_fault(fault, type(error).__name__), results=results)
        finally:
            if connection is not None:
                self._keep(connection)
        return Submission(Outcome(OutcomeClass.ACCEPTED, "handed over"), results=results)

    def found(self, references: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """A server that has taken a mail tells nobody later."""
        return set()

    def close(self) -> None:
        """Say goodbye on all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _connection(self) -> smtplib.SMTP:
        while True:
            with self._lock:
                if not self._idle:
                    break
                since, connection = self._idle.pop()
            if time.monotonic() - since < _IDLE_SECONDS or _alive(connection):
                return connection
            connection.close()
        return self._server.connect(tls=self._tls)

    def _keep(self, connection: smtplib.SMTP) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), connection))


def _each(parcels: Sequence[Parcel]) -> list[tuple[Recipient, MimeForm, str]]:
    """Every recipient with the form of their content; made before anything is sent."""
    tried = []
    for parcel in parcels:
        form = forms_of(parcel.content, [recipient.substitutions for recipient in parcel.recipients])
        tried += [(recipient, form, parcel.content.sender.address) for recipient in parcel.recipients]
    return tried


def _try(connection: smtplib.SMTP, recipient: Recipient, form: MimeForm, sender: str, now: datetime) -> RecipientResult:
    try:
        mail = form.fill(recipient, now=now)
    except UnsafeMessage as error:
        return RecipientResult(OutcomeClass.BISECT, str(error))
    return hand_over(connection, sender=sender, address=recipient.mailbox.address, mail=mail)


def _alive(connection: smtplib.SMTP) -> bool:
    try:
        return bool(connection.noop()[0] == 250)
    except (OSError, smtplib.SMTPException):
        return False
