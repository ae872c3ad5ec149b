"""How mail leaves: one folder for each mailer, all held to tests/contracts/test_mailers.py."""

from worker.deliver.mailers.protocol import Evidence, Mailer, RecipientResult, Submission

__all__ = ["Evidence", "Mailer", "RecipientResult", "Submission"]
