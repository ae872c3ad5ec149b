"""The body of POST /v3/mail/send (mail_send_request.schema.json): one content, a personalization for each recipient."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from email.header import Header
from typing import Any

from worker.deliver.mailers.mime import clean
from worker.deliver.mailers.sendgrid.guards import clean_name
from worker.message import Content, Mailbox, Recipient

BYPASSES = ("bypass_bounce_management", "bypass_spam_management", "bypass_unsubscribe_management")
"""SendGrid drops what goes to an address on one of its lists; these let a single mail through."""


def custom_args(reference: uuid.UUID, batch_id: uuid.UUID | None) -> dict[str, str]:
    """Opaque ids only: they come back in every event, and pass through the provider's logs."""
    if batch_id is None:
        return {"notice_id": str(reference)}
    return {"delivery_id": str(reference), "batch_id": str(batch_id)}


def mail_body(
    content: Content,
    recipients: Sequence[Recipient],
    *,
    batch_id: uuid.UUID | None,
    sandbox: bool = False,
    ip_pool: str | None = None,
) -> dict[str, Any]:
    """The request as SendGrid takes it. Everything the account could switch on by default is switched off."""
    body: dict[str, Any] = {
        "personalizations": [_personalization(recipient, batch_id) for recipient in recipients],
        "from": _mailbox(content.sender),
        "subject": clean(content.subject),
        "content": [
            {"type": "text/plain", "value": clean(content.text)},
            {"type": "text/html", "value": clean(content.html)},
        ],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
        "mail_settings": {"sandbox_mode": {"enable": sandbox}},
    }
    if content.asked_for:
        body["mail_settings"] |= {name: {"enable": True} for name in BYPASSES}
    if content.reply_to is not None:
        body["reply_to"] = _mailbox(content.reply_to)
    if content.headers:
        body["headers"] = _headers(content.headers)
    if content.categories:
        body["categories"] = list(dict.fromkeys(content.categories))
    if ip_pool is not None:
        body["ip_pool_name"] = ip_pool
    return body


def encoded(body: dict[str, Any]) -> bytes:
    """The body as compact UTF-8 JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _personalization(recipient: Recipient, batch_id: uuid.UUID | None) -> dict[str, Any]:
    person: dict[str, Any] = {
        "to": [_mailbox(recipient.mailbox)],
        "custom_args": custom_args(recipient.reference, batch_id),
    }
    if recipient.headers:
        person["headers"] = _headers(recipient.headers)
    if recipient.substitutions:
        person["substitutions"] = dict(recipient.substitutions)
    return person


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    name = clean_name(clean(mailbox.name))
    return {"email": mailbox.address, "name": name} if name else {"email": mailbox.address}


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value if value.isascii() else Header(clean(value), "utf-8", maxlinelen=0).encode()
        for name, value in headers.items()
    }
