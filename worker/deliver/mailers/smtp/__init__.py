"""Mail over SMTP to any server: a relay of one's own, a provider's, a sink in a test."""

from worker.deliver.mailers.smtp.mailer import SmtpMailer
from worker.deliver.mailers.smtp.server import SmtpServer, parse_smtp_url

__all__ = ["SmtpMailer", "SmtpServer", "parse_smtp_url"]
