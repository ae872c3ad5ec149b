"""What SendGrid refuses or drops in silence, found before the request leaves: its schema and client do not check it.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations
"""

from __future__ import annotations

import re

from worker.message import Content, Parcel, Recipient, UnsafeMessage, header_text

MAX_RECIPIENTS = 1000
MAX_REQUEST_BYTES = 30_000_000
MAX_PERSONAL_BYTES = 10_000
MAX_CATEGORIES = 10
MAX_CATEGORY = 255
RESERVED = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
        *("to", "from", "subject", "reply-to", "cc", "bcc"),
    }
)
_HEADER_NAME = re.compile(r"[!-9;-~]+")


def content_fault(content: Content) -> str | None:
    """Why no request can carry this content; None where one can."""
    if not content.subject or not content.text or not content.html:
        return "the subject, the text or the HTML is empty"
    if len(content.categories) > MAX_CATEGORIES or any(len(name) > MAX_CATEGORY for name in content.categories):
        return f"more than {MAX_CATEGORIES} categories, or one longer than {MAX_CATEGORY} characters"
    return _headers_fault(dict(content.headers))


def recipient_fault(recipient: Recipient, custom_args: dict[str, str]) -> str | None:
    """Why this recipient would make SendGrid refuse the whole request; None where not."""
    if not recipient.mailbox.address or recipient.mailbox.address.count("@") != 1:
        return "the address is none"
    if not recipient.mailbox.address.isascii():
        return "the address is not ASCII, which SendGrid does not take"
    if _size(dict(recipient.substitutions)) > MAX_PERSONAL_BYTES:
        return f"the substitutions are larger than {MAX_PERSONAL_BYTES} bytes"
    if _size(custom_args) > MAX_PERSONAL_BYTES:
        return f"the custom arguments are larger than {MAX_PERSONAL_BYTES} bytes"
    return _headers_fault(dict(recipient.headers))


def one_content(parcels: list[Parcel]) -> tuple[Content, list[Recipient]]:
    """The content and all recipients; UnsafeMessage where the parcels cannot be one request."""
    if not parcels:
        raise UnsafeMessage("there is nothing to send")
    content = parcels[0].content
    if any(parcel.content != content for parcel in parcels):
        raise UnsafeMessage("SendGrid takes one content in a request: form batches by cohort")
    recipients = [recipient for parcel in parcels for recipient in parcel.recipients]
    if not 0 < len(recipients) <= MAX_RECIPIENTS:
        raise UnsafeMessage(f"a request takes 1 to {MAX_RECIPIENTS} recipients, not {len(recipients)}")
    return content, recipients


def clean_name(name: str) -> str:
    """A display name without the characters that SendGrid refuses in one."""
    return header_text(name.replace(";", " ").replace(",", " "))


def _headers_fault(headers: dict[str, str]) -> str | None:
    for name, value in headers.items():
        if name.lower() in RESERVED:
            return f"the header {name} is reserved"
        if not _HEADER_NAME.fullmatch(name):
            return f"{header_text(name)!r} is no name of a header"
        if value != header_text(value):
            return f"the header {name} holds a line break or a control character"
    return None


def _size(values: dict[str, str]) -> int:
    return sum(len(name.encode()) + len(value.encode("utf-8", "replace")) for name, value in values.items())
