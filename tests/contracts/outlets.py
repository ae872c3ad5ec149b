"""Where each mailer's mails arrive, read back as their recipients would read them."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from demo.counterpart import Counterpart
from demo.counterpart.counterpart import API_KEY
from worker.deliver.mailers import Mailer
from worker.deliver.mailers.maildir import MaildirMailer
from worker.deliver.mailers.sendgrid import SendGridMailer, SendGridSingleMailer
from worker.deliver.mailers.smtp import SmtpMailer, parse_smtp_url


@dataclass(frozen=True)
class Received:
    """A mail as it arrived; header names are in lower case."""

    reference: str
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


class Outlet(ABC):
    """A mailer and its other end."""

    mailer: Mailer

    @abstractmethod
    def received(self) -> list[Received]: ...

    @abstractmethod
    def raw(self) -> list[bytes]:
        """What arrived, byte for byte where the other end keeps bytes."""


class SmtpSink:
    """Keeps what an SMTP server is given; answers as told for single addresses."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.refuse: dict[str, str] = {}
        self.refuse_data: dict[str, str] = {}
        self.refuse_sender: str | None = None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it so
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_sender is not None:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if address in self.refuse_data:
            return self.refuse_data[address]
        self.mails.append((address, cast(bytes, envelope.content)))
        return "250 2.0.0 kept"


class _Controller(Controller):
    """On a port that the machine chooses."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def smtp_sink(**options: Any) -> Iterator[tuple[SmtpSink, str]]:
    """A sink and its URL."""
    sink = SmtpSink()
    controller = _Controller(sink, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, **options)
    controller.start()
    try:
        yield sink, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


class MaildirOutlet(Outlet):
    def __init__(self, path: Path) -> None:
        self.mailer, self._path = MaildirMailer(path), path

    def received(self) -> list[Received]:
        return [_parsed(mail) for mail in self.raw()]

    def raw(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self._path / "new").iterdir())]


class SmtpOutlet(Outlet):
    def __init__(self, sink: SmtpSink, url: str) -> None:
        self.mailer, self.sink = SmtpMailer(parse_smtp_url(url)), sink

    def received(self) -> list[Received]:
        return [_parsed(mail) for _, mail in self.sink.mails]

    def raw(self) -> list[bytes]:
        return [mail for _, mail in self.sink.mails]


class SendGridOutlet(Outlet):
    def __init__(self, counterpart: Counterpart, mailer: Mailer) -> None:
        self.mailer, self.counterpart = mailer, counterpart

    def received(self) -> list[Received]:
        return [
            Received(
                reference=mail.custom_args.get("delivery_id") or mail.custom_args["notice_id"],
                to=mail.to,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                headers={name.lower(): value for name, value in mail.headers.items()},
            )
            for mail in self.counterpart.mails
        ]

    def raw(self) -> list[bytes]:
        return [mail.mime().as_bytes() for mail in self.counterpart.mails]


@contextmanager
def outlet(name: str, path: Path) -> Iterator[Outlet]:
    """One of maildir, smtp, sendgrid, sendgrid_single."""
    if name == "maildir":
        yield MaildirOutlet(path / "outbox")
    elif name == "smtp":
        with smtp_sink() as (sink, url):
            made = SmtpOutlet(sink, url)
            yield made
            made.mailer.close()
    else:
        with Counterpart.running() as counterpart:
            make = SendGridMailer if name == "sendgrid" else SendGridSingleMailer
            mailer = make(API_KEY, url=counterpart.url)
            yield SendGridOutlet(counterpart, mailer)
            mailer.close()


def _parsed(raw: bytes) -> Received:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    return Received(
        reference=str(uuid.UUID(str(message["Message-ID"]).strip("<>").partition("@")[0])),
        to=message["To"].addresses[0].addr_spec,
        subject=str(message["Subject"]),
        text=text.get_content(),
        html=html.get_content(),
        headers={name.lower(): str(value) for name, value in message.items()},
    )
