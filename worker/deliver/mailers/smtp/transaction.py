"""One mail over one connection: MAIL, RCPT, DATA, and what each answer means for the recipient (RFC 5321 4.2)."""

from __future__ import annotations

import re
import smtplib

from worker.deliver.mailers.protocol import RecipientResult
from worker.deliver.outcome import OutcomeClass

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")


class ConnectionLost(Exception):
    """The connection broke; `result` says what that means for the recipient being served."""

    def __init__(self, result: RecipientResult) -> None:
        super().__init__(result.reason)
        self.result = result


class SenderRefused(Exception):
    """The server takes no mail from this sender: nobody's fault among the recipients, and so of them all."""


def hand_over(connection: smtplib.SMTP, *, sender: str, address: str, mail: bytes) -> RecipientResult:
    """Send one mail. Raises ConnectionLost: before the end of the mail that is a retry, after it uncertain.
    Raises SenderRefused.

    A failed write is a retry too: the bytes that end the mail are its last, so the server has not seen them.
    """
    wide = not (sender.isascii() and address.isascii())
    if wide and not connection.has_extn("smtputf8"):
        return RecipientResult(OutcomeClass.BISECT, "the server takes no addresses beyond ASCII (SMTPUTF8)", "5.6.7")
    if wide:
        connection.command_encoding = "utf-8"
    try:
        envelope = _envelope(connection, sender, address, options=["SMTPUTF8"] if wide else [])
        if envelope is not None:
            return envelope
        connection.send(_stuffed(mail))
    except (OSError, smtplib.SMTPException) as error:
        raise ConnectionLost(RecipientResult(OutcomeClass.RETRY, f"cut off: {type(error).__name__}")) from error
    finally:
        if wide:
            connection.command_encoding = "ascii"
    try:
        code, told = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        reason = f"no answer after the mail: {type(error).__name__}"
        raise ConnectionLost(RecipientResult(OutcomeClass.UNCERTAIN, reason)) from error
    if 200 <= code < 300:
        return _result(OutcomeClass.ACCEPTED, code, told)
    return _refused(connection, code, told)


def _envelope(connection: smtplib.SMTP, sender: str, address: str, *, options: list[str]) -> RecipientResult | None:
    """MAIL, RCPT and DATA up to the go-ahead; a result where one of them was refused."""
    code, told = connection.mail(sender, options)
    if code != 250:
        if code >= 500:
            raise SenderRefused(_result(OutcomeClass.STOP, code, told).reason)
        return _refused(connection, code, told)
    code, told = connection.rcpt(address)
    if code not in (250, 251):
        return _refused(connection, code, told)
    code, told = connection.docmd("data")
    if code != 354:
        return _refused(connection, code, told)
    return None


def _refused(connection: smtplib.SMTP, code: int, told: bytes) -> RecipientResult:
    """The result of a refusal; the connection is made ready for the next recipient."""
    kind = OutcomeClass.BISECT if 500 <= code < 600 else OutcomeClass.RETRY
    result = _result(kind, code, told)
    if code == 421 or code < 0:
        raise ConnectionLost(result)
    try:
        connection.rset()
    except (OSError, smtplib.SMTPException) as error:
        raise ConnectionLost(result) from error
    return result


def _result(kind: OutcomeClass, code: int, told: bytes) -> RecipientResult:
    text = told.decode("utf-8", "replace")
    enhanced = _ENHANCED.match(text)
    return RecipientResult(kind, f"{code} {text}"[:300], enhanced.group(1) if enhanced else None)


def _stuffed(mail: bytes) -> bytes:
    """The mail with leading dots doubled, and the end that follows it (RFC 5321 4.5.2)."""
    if mail.startswith(b"."):
        mail = b"." + mail
    stuffed = mail.replace(b"\r\n.", b"\r\n..")
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
