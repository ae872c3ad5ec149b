"""The error tree. A message says what is wrong and what to do about it."""

from __future__ import annotations


class SitrepError(Exception):
    """Base of everything Sitrep raises on purpose; the command line prints it without a traceback."""


class SettingsError(SitrepError):
    """A setting is missing or cannot be used."""


class UnusableDatabase(SitrepError):
    """The database cannot be reached, or its tables are not those of this version."""


class UnusableBroker(SitrepError):
    """Redis cannot be reached or cannot be started."""


class NotFound(SitrepError):
    """The named row does not exist."""


class InvalidInput(SitrepError):
    """What somebody typed cannot be used; `field` names the form field where one is to blame."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class InvalidToken(SitrepError):
    """A link's token was not made by this installation, or not for this purpose."""


class ExpiredToken(InvalidToken):
    """The token is genuine but too old for its purpose; `subject` is what it was made for."""

    def __init__(self, message: str, *, subject: str) -> None:
        super().__init__(message)
        self.subject = subject
