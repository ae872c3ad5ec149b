"""Mail through SendGrid's v3 API: batches over httpx, the account's affairs over the `sendgrid` package."""

from worker.deliver.mailers.sendgrid.account import SendGridAccount
from worker.deliver.mailers.sendgrid.mailer import SendGridMailer
from worker.deliver.mailers.sendgrid.single import SendGridSingleMailer

__all__ = ["SendGridAccount", "SendGridMailer", "SendGridSingleMailer"]
