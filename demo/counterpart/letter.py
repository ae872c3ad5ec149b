"""From one request to the mail each person gets: substitutions applied, headers and arguments merged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

_SHARED = (
    "from",
    "reply_to",
    "subject",
    "content",
    "headers",
    "categories",
    "custom_args",
    "attachments",
    "mail_settings",
)

_BYPASSES = {
    "bypass_bounce_management": "bounces",
    "bypass_spam_management": "spam_reports",
    "bypass_unsubscribe_management": "unsubscribes",
}


@dataclass(frozen=True)
class Mail:
    """One mail as one person gets it. `n` counts the ledger's mails from 1; `state` is its latest event."""

    n: int
    message_id: str
    received_at: float
    to: str
    to_name: str
    sender: str
    sender_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    custom_args: Mapping[str, str]
    categories: tuple[str, ...]
    state: str = "accepted"
    bypassed: frozenset[str] = frozenset()
    """The provider's lists that this mail leaves in spite of."""

    @property
    def delivery_id(self) -> str | None:
        return self.custom_args.get("delivery_id")

    def header(self, name: str) -> str | None:
        """The value of a header that the request set, whatever its case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def as_json(self, *, bodies: bool = True) -> dict[str, Any]:
        row = asdict(self) | {"delivery_id": self.delivery_id, "bypassed": sorted(self.bypassed)}
        return row if bodies else {key: value for key, value in row.items() if key not in ("text", "html")}

    def mime(self) -> EmailMessage:
        """The mail as it would travel, for those who check the message itself."""
        message = EmailMessage()
        message["From"] = Address(self.sender_name, addr_spec=self.sender)
        message["To"] = Address(self.to_name, addr_spec=self.to)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self.received_at, UTC))
        message["Message-ID"] = f"<{self.message_id}.{self.n}@counterpart.invalid>"
        if self.reply_to:
            message["Reply-To"] = self.reply_to
        for name, value in self.headers.items():
            del message[name]  # the request's own Date or Message-ID stands instead of ours
            message[name] = value
        message.set_content(self.text or "This mail has no text.")
        if self.html:
            message.add_alternative(self.html, subtype="html")
        return message


def shared_part(body: Mapping[str, Any]) -> dict[str, Any]:
    """What all mails of a request have in common, and the ledger keeps once."""
    return {key: body[key] for key in _SHARED if key in body}


def render(
    shared: Mapping[str, Any],
    personal: Mapping[str, Any],
    person: Mapping[str, str],
    *,
    n: int,
    message_id: str,
    received_at: float,
    state: str = "accepted",
) -> Mail:
    """The mail that `person`, one of the recipients of `personal`, gets."""
    fill = _filler(personal.get("substitutions", {}))
    sender = personal.get("from", shared["from"])
    parts = {part["type"].lower(): part["value"] for part in shared.get("content", ())}
    return Mail(
        n=n,
        message_id=message_id,
        received_at=received_at,
        to=person["email"],
        to_name=person.get("name", ""),
        sender=sender["email"],
        sender_name=sender.get("name", ""),
        reply_to=fill(shared.get("reply_to", {}).get("email", "")),
        subject=fill(personal.get("subject", shared.get("subject", ""))),
        text=fill(parts.get("text/plain", "")),
        html=fill(parts.get("text/html", "")),
        headers=_merged(shared.get("headers", {}), personal.get("headers", {})),
        custom_args={**shared.get("custom_args", {}), **personal.get("custom_args", {})},
        categories=tuple(shared.get("categories", ())),
        state=state,
        bypassed=_bypassed(shared.get("mail_settings", {})),
    )


def _bypassed(settings: Mapping[str, Any]) -> frozenset[str]:
    switched = {name for name, value in settings.items() if name.startswith("bypass_") and value.get("enable")}
    found = {_BYPASSES[name] for name in switched if name in _BYPASSES}
    return frozenset(_BYPASSES.values()) if "bypass_list_management" in switched else frozenset(found)


class _filler:  # noqa: N801 - used as a function that was made for one person
    """Replaces every tag in one pass, longer tags first, so that no value is searched for tags again."""

    def __init__(self, substitutions: Mapping[str, str]) -> None:
        self._values = substitutions
        tags = sorted((tag for tag in substitutions if tag), key=len, reverse=True)
        self._tags = re.compile("|".join(map(re.escape, tags))) if tags else None

    def __call__(self, template: str) -> str:
        return self._tags.sub(lambda found: self._values[found[0]], template) if self._tags else template


def _merged(shared: Mapping[str, str], personal: Mapping[str, str]) -> dict[str, str]:
    """Both sets of headers; where both name one, in whatever case, the personal one stands."""
    own = {name.lower() for name in personal}
    return {name: value for name, value in shared.items() if name.lower() not in own} | dict(personal)
