"""The mailer that the settings name."""

from __future__ import annotations

from collections.abc import Callable

from worker.deliver.mailers import Mailer
from worker.deliver.mailers.maildir import MaildirMailer
from worker.deliver.mailers.sendgrid import SendGridAccount, SendGridMailer, SendGridSingleMailer
from worker.deliver.mailers.smtp import SmtpMailer, parse_smtp_url
from worker.errors import SettingsError
from worker.settings import Settings


def make_mailer(settings: Settings) -> Mailer:
    """For editions."""
    if settings.mailer == "sendgrid":
        return SendGridMailer(_key(settings), url=settings.sendgrid_url, sandbox=settings.sendgrid_sandbox)
    if settings.mailer == "smtp":
        if not settings.smtp_url:
            raise SettingsError("SITREP_MAILER is smtp, but SITREP_SMTP_URL is not set: smtp://USER:PASSWORD@HOST:PORT")
        return SmtpMailer(parse_smtp_url(settings.smtp_url))
    return MaildirMailer(settings.effective_maildir)


def make_single_mailer(settings: Settings, mailer: Mailer) -> Mailer:
    """For confirmations and the like: with SendGrid its own package, otherwise the same as for editions."""
    if settings.mailer == "sendgrid":
        return SendGridSingleMailer(_key(settings), url=settings.sendgrid_url, sandbox=settings.sendgrid_sandbox)
    return mailer


def make_reopen(settings: Settings) -> Callable[[str], None] | None:
    """Takes an address off the provider's own suppression lists; None where mail leaves by something without lists."""
    if settings.mailer != "sendgrid" or settings.sendgrid_sandbox:
        return None
    return SendGridAccount(_key(settings), url=settings.sendgrid_url).lift


def _key(settings: Settings) -> str:
    if settings.sendgrid_api_key is None:
        raise SettingsError("SITREP_MAILER is sendgrid, but SITREP_SENDGRID_API_KEY is not set")
    return settings.sendgrid_api_key.get_secret_value()
