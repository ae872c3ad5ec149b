"""What commands read from: files that they are given, and the database where it can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import SitrepError, UnusableDatabase

if TYPE_CHECKING:
    from worker.services import Services

_LIMIT = 64 * 1024 * 1024


class Unreadable(SitrepError):
    """A file cannot be read."""


def read_bounded(path: Path) -> bytes:
    """The file's bytes, as they are; no more of it than any reader accepts."""
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error


def usable_services() -> Services:
    """The services, once the database answers and has the tables of this version; else UnusableDatabase says why."""
    from worker.services import make_services
    from worker.services.check import database_faults

    made = make_services()
    if faults := database_faults(made.engine):
        raise UnusableDatabase(faults[0].message)
    return made
