"""What is mailed: a content shared by many, and what differs per person. Compose makes it, deliver sends it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.errors import SitrepError

_LINE_BREAKS = re.compile(r"[\r\n\v\f\x00-\x1f\x7f\u0085\u2028\u2029]+")


class UnsafeMessage(SitrepError):
    """A message that no mailer may send: it would break a rule of the mail standards."""


def header_text(value: str) -> str:
    """The value on one line: a feed's title may hold CR LF, which would start another header (RFC 5322 2.2)."""
    return " ".join(_LINE_BREAKS.sub(" ", value).split())


@dataclass(frozen=True)
class Mailbox:
    """A name and an address."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class Content:
    """What all recipients of a batch share. Personal places hold placeholders, filled by each one's substitutions.

    `headers` are the common ones (List-Id, Feedback-ID, Auto-Submitted); `categories` are the provider's labels.
    """

    subject: str
    text: str
    html: str
    sender: Mailbox
    reply_to: Mailbox | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    asked_for: bool = False
    """Whoever has the address asks for this very mail: it leaves though the provider's own lists hold the address."""

    def __post_init__(self) -> None:
        for name, value in {"Subject": self.subject, **self.headers}.items():
            if value != header_text(value):
                raise UnsafeMessage(f"{name} holds a line break or a control character: pass it through header_text()")


@dataclass(frozen=True)
class Recipient:
    """One person's copy.

    `substitutions` map each placeholder to its text. They are URLs and words that are safe in HTML as they stand
    (made by us, escaped); `headers` differ per person (List-Unsubscribe, List-Unsubscribe-Post).
    `reference` is the delivery's (or notice's) UUID: it travels as a custom argument and comes back in events.
    """

    reference: uuid.UUID
    mailbox: Mailbox
    substitutions: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """One content and the recipients who get it."""

    content: Content
    recipients: tuple[Recipient, ...]


def personal(text: str, substitutions: Mapping[str, str]) -> str:
    """The text with each placeholder replaced."""
    for placeholder, value in substitutions.items():
        text = text.replace(placeholder, value)
    return text
