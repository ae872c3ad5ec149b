"""Which server, and how to open a connection to it."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from worker.errors import SettingsError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FORMS = "smtp://HOST:PORT, smtp+starttls://USER:PASSWORD@HOST:PORT or smtps://USER:PASSWORD@HOST:PORT"


class Security(StrEnum):
    OFFERED = "offered"
    """STARTTLS where the server offers it."""
    STARTTLS = "starttls"
    """STARTTLS with a certificate that is checked, or no mail."""
    TLS = "tls"
    """TLS from the first byte, checked."""


@dataclass(frozen=True)
class SmtpServer:
    """A server and how to speak with it; `password` never shows in its text."""

    host: str
    port: int
    security: Security = Security.OFFERED
    user: str | None = None
    password: str | None = None
    timeout: float = 30.0

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.security})"

    def connect(self, *, tls: ssl.SSLContext | None = None) -> smtplib.SMTP:
        """A connection that has said hello, is encrypted as asked and logged in.

        Raises OSError, ssl.SSLError or smtplib.SMTPException: nothing has been handed over then.
        """
        checked = tls or ssl.create_default_context()
        if self.security == Security.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=checked)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            self._secure(connection, checked)
            if self.user is not None:
                connection.login(self.user, self.password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _secure(self, connection: smtplib.SMTP, checked: ssl.SSLContext) -> None:
        connection.ehlo_or_helo_if_needed()
        if self.security == Security.TLS:
            return
        if connection.has_extn("starttls"):
            # Where TLS is only taken as offered, an unchecked certificate is still better than none.
            anybody = ssl._create_unverified_context()  # noqa: S323 - see above
            connection.starttls(context=checked if self.security == Security.STARTTLS else anybody)
            connection.ehlo()
        elif self.security == Security.STARTTLS:
            raise smtplib.SMTPNotSupportedError("the server does not offer STARTTLS")


def parse_smtp_url(url: str) -> SmtpServer:
    """The server of SITREP_SMTP_URL; SettingsError says how to write one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"SITREP_SMTP_URL cannot be read: write {_FORMS}") from error
    security = {"smtp": Security.OFFERED, "smtp+starttls": Security.STARTTLS, "smtps": Security.TLS}.get(parts.scheme)
    if security is None or not parts.hostname or parts.path not in ("", "/"):
        raise SettingsError(f"SITREP_SMTP_URL cannot be used: write {_FORMS}")
    if parts.username and security == Security.OFFERED and parts.hostname not in _LOOPBACK:
        raise SettingsError(
            "SITREP_SMTP_URL has a password and smtp://, which may send it in clear: "
            "write smtp+starttls:// (usually port 587) or smtps:// (usually port 465)"
        )
    usual = {Security.OFFERED: 25, Security.STARTTLS: 587, Security.TLS: 465}[security]
    return SmtpServer(
        host=parts.hostname,
        port=port or usual,
        security=security,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
