"""The `sendgrid` package, tamed: it has no timeout, logs key and payload at DEBUG, and raises what urllib raises."""

from __future__ import annotations

import http.client
import json
import logging
import urllib.error
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import (
    BypassBounceManagement,
    BypassSpamManagement,
    BypassUnsubscribeManagement,
    Category,
    ClickTracking,
    Content,
    CustomArg,
    From,
    Ganalytics,
    Header,
    Mail,
    MailSettings,
    OpenTracking,
    Personalization,
    ReplyTo,
    SandBoxMode,
    Subject,
    SubscriptionTracking,
    Substitution,
    To,
    TrackingSettings,
)

from worker import message
from worker.deliver.mailers.sendgrid.body import BYPASSES, mail_body
from worker.errors import SitrepError

TIMEOUT_SECONDS = 20.0


class SendGridRefused(SitrepError):
    """The account's API said no, or could not be reached; `status` is None in the latter case."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class PackageAnswer:
    """A status, headers by lower-case name, and the raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; SendGridRefused where it is none."""
        try:
            return json.loads(self.body or b"null")
        except ValueError as error:
            raise SendGridRefused("SendGrid's answer is no JSON", status=self.status) from error


def package_client(api_key: str, url: str, *, timeout: float = TIMEOUT_SECONDS) -> Any:
    """The package's client for any of its paths, with a timeout on each request and its DEBUG log off."""
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    client = SendGridAPIClient(api_key, host=url.rstrip("/")).client
    client.timeout = timeout
    return client


def ask(request: Callable[[], Any]) -> PackageAnswer:
    """Make a request of the package; an answer of any status comes back, whatever the package makes of it.

    What urllib raises for the network is left to the caller: OSError and http.client.HTTPException.
    """
    try:
        response = request()
    except HTTPError as error:
        headers = {name.lower(): value for name, value in dict(error.headers or {}).items()}
        return PackageAnswer(error.status_code, headers, error.body or b"")
    headers = {name.lower(): value for name, value in dict(response.headers or {}).items()}
    return PackageAnswer(response.status_code, headers, response.body or b"")


def ask_or_refuse(request: Callable[[], Any], *, purpose: str) -> Any:
    """The JSON of a 2xx answer; SendGridRefused says what was asked and what came back."""
    try:
        answer = ask(request)
    except (OSError, http.client.HTTPException, urllib.error.URLError) as error:
        raise SendGridRefused(f"SendGrid could not be reached to {purpose}: {type(error).__name__}") from error
    if not 200 <= answer.status < 300:
        hint = "check SITREP_SENDGRID_API_KEY and its scopes" if answer.status in (401, 403) else "try again later"
        raise SendGridRefused(
            f"SendGrid answered {answer.status} when asked to {purpose}: {hint}", status=answer.status
        )
    return answer.json()


def package_mail(
    content: message.Content,
    recipients: Sequence[message.Recipient],
    *,
    batch_id: uuid.UUID | None,
    sandbox: bool = False,
) -> Mail:
    """The same mail as `mail_body` makes, built by the package; it lists personalizations in reverse."""
    ours = mail_body(content, recipients, batch_id=batch_id, sandbox=sandbox)
    mail = Mail(from_email=From(ours["from"]["email"], ours["from"].get("name")))
    mail.subject = Subject(ours["subject"])
    for part in ours["content"]:
        mail.add_content(Content(part["type"], part["value"]))
    if "reply_to" in ours:
        mail.reply_to = ReplyTo(ours["reply_to"]["email"], ours["reply_to"].get("name"))
    for name, value in ours.get("headers", {}).items():
        mail.add_header(Header(name, value))
    for category in ours.get("categories", []):
        mail.add_category(Category(category))
    for person in ours["personalizations"]:
        mail.add_personalization(_personalization(person))
    mail.tracking_settings = TrackingSettings(
        ClickTracking(enable=False, enable_text=False),
        OpenTracking(enable=False),
        SubscriptionTracking(enable=False),
        Ganalytics(enable=False),
    )
    mail.mail_settings = MailSettings(sandbox_mode=SandBoxMode(sandbox), **_bypasses(content))
    return mail


def _bypasses(content: message.Content) -> dict[str, Any]:
    kinds = (BypassBounceManagement, BypassSpamManagement, BypassUnsubscribeManagement)
    return {name: kind(True) for name, kind in zip(BYPASSES, kinds, strict=True)} if content.asked_for else {}


def _personalization(person: dict[str, Any]) -> Personalization:
    made = Personalization()
    made.add_to(To(person["to"][0]["email"], person["to"][0].get("name")))
    for name, value in person.get("headers", {}).items():
        made.add_header(Header(name, value))
    for placeholder, value in person.get("substitutions", {}).items():
        made.add_substitution(Substitution(placeholder, value))
    for name, value in person["custom_args"].items():
        made.add_custom_arg(CustomArg(name, value))
    return made
