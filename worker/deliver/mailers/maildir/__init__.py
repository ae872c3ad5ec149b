"""Mail into a maildir: the outbox of the embedded default, readable by any mail program that knows the format."""

from worker.deliver.mailers.maildir.mailer import MaildirMailer

__all__ = ["MaildirMailer"]
