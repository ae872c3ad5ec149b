"""A content as MIME, built once, then filled for each recipient by joining bytes.

Bodies are quoted-printable. That encoding can be joined: a piece that ends with a soft line break ("=" CRLF) may be
followed by any other, so what all share is encoded once and only the personal words for each recipient (RFC 2045 6.7).
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, quote
from quopri import encodestring

from worker.message import Content, Mailbox, Recipient, UnsafeMessage, header_text

_POLICY = policy.SMTP
_SOFT_BREAK = "=\r\n"
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]+")
_LONGEST_LINE = 998
OURS = frozenset(
    {
        *("from", "to", "cc", "bcc", "subject", "reply-to", "date", "message-id", "mime-version", "received"),
        *("content-type", "content-transfer-encoding", "dkim-signature", "return-path", "sender"),
    }
)
"""Headers that a content or a recipient may not set: a mailer does."""


def clean(text: str) -> str:
    """The text without lone surrogates, which no encoding of mail can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def header_line(name: str, value: str) -> bytes:
    """One header as bytes. ASCII stays as it is: folding could cut a long link in List-Unsubscribe."""
    if not _HEADER_NAME.fullmatch(name) or name.lower() in OURS:
        raise UnsafeMessage(f"{name!r} may not be set as a header of a mail")
    if value != header_text(value):
        raise UnsafeMessage(f"{name} holds a line break or a control character: pass it through header_text()")
    if not value.isascii():
        value = Header(clean(value), "utf-8", header_name=name).encode(linesep="\r\n")
    line = f"{name}: {value}\r\n".encode("ascii")
    if max(map(len, line.split(b"\r\n"))) > _LONGEST_LINE:
        raise UnsafeMessage(f"{name} is longer than the {_LONGEST_LINE} characters that a line of mail may have")
    return line


def mailbox_line(name: str, mailbox: Mailbox) -> bytes:
    """A header with one mailbox; UnsafeMessage where its address is none. UTF-8 where the address is (RFC 6532)."""
    if not _ADDRESS.fullmatch(mailbox.address):
        raise UnsafeMessage("the address cannot be written in a mail")
    display = header_text(clean(mailbox.name))
    if not display:
        return f"{name}: {mailbox.address}\r\n".encode()
    if display.isascii():
        shown = f'"{quote(display)}"'
    else:
        shown = Header(display, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {shown} <{mailbox.address}>\r\n".encode()


class MimeForm:
    """A content ready to be filled. Building it costs as much as a mail; filling it a few joins."""

    def __init__(self, content: Content, placeholders: Iterable[str]) -> None:
        self._sender_domain = content.sender.address.rpartition("@")[2]
        self._mark = f"sitrep{secrets.token_hex(12)}x"
        # The longest first, so that no placeholder is found inside another.
        self._placeholders = sorted(placeholders, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._placeholders)) or r"(?!)")
        self._common = mailbox_line("From", content.sender)
        if content.reply_to is not None:
            self._common += mailbox_line("Reply-To", content.reply_to)
        self._common += b"".join(header_line(name, value) for name, value in content.headers.items())
        self._pieces = self._cut(self._message(content).as_bytes(policy=_POLICY))

    def fill(self, recipient: Recipient, *, now: datetime) -> bytes:
        """The recipient's mail, CRLF line ends, ready for SMTP or a file."""
        words = [_encoded(recipient.substitutions.get(name, name)) for name in self._placeholders]
        body = b"".join(piece if isinstance(piece, bytes) else words[piece] for piece in self._pieces)
        return b"".join((self._personal_headers(recipient, now), self._common, body))

    def message_id(self, reference: uuid.UUID) -> str:
        return f"<{reference}@{self._sender_domain}>"

    def _personal_headers(self, recipient: Recipient, now: datetime) -> bytes:
        lines = [
            mailbox_line("To", recipient.mailbox),
            f"Date: {format_datetime(now)}\r\nMessage-ID: {self.message_id(recipient.reference)}\r\n".encode("ascii"),
            *(header_line(name, value) for name, value in recipient.headers.items()),
        ]
        return b"".join(lines)

    def _message(self, content: Content) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        message["Subject"] = clean(content.subject)
        message["MIME-Version"] = "1.0"
        message.make_alternative()
        for subtype, text in (("plain", content.text), ("html", content.html)):
            part = EmailMessage(policy=_POLICY)
            part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
            part["Content-Transfer-Encoding"] = "quoted-printable"
            part.set_payload(self._quoted(text))
            message.attach(part)
        return message

    def _quoted(self, text: str) -> str:
        """The text encoded, with a mark on a line of its own for each placeholder; it ends with a line break."""
        text = text.rstrip("\r\n") + "\n"
        encoded, last = [], 0
        for found in self._pattern.finditer(text):
            index = self._placeholders.index(found.group())
            encoded.append(_encoded(text[last : found.start()]).decode("ascii") + f"{self._mark}{index}y{_SOFT_BREAK}")
            last = found.end()
        encoded.append(_encoded(text[last:]).decode("ascii").removesuffix(_SOFT_BREAK))
        return "".join(encoded)

    def _cut(self, message: bytes) -> list[bytes | int]:
        parts = re.split(rb"%s(\d+)y=\r\n" % self._mark.encode("ascii"), message)
        return [int(part) if index % 2 else part for index, part in enumerate(parts)]


def forms_of(content: Content, recipients: Iterable[Mapping[str, str]]) -> MimeForm:
    """A form with the placeholders of all these substitutions."""
    return MimeForm(content, {name for substitutions in recipients for name in substitutions})


def _encoded(text: str) -> bytes:
    """Quoted-printable, CRLF, ended by a soft line break so that anything may follow."""
    if not text:
        return b""
    raw = clean(text).replace("\r\n", "\n").replace("\r", "\n").encode("utf-8")
    quoted = encodestring(raw, quotetabs=False).replace(b"\n", b"\r\n")
    return quoted + _SOFT_BREAK.encode("ascii")
