"""What commands read from: files that they are given, and the database where it can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import SitrepError, UnusableDatabase

if TYPE_CHECKING:
    from worker.services import Services
    from worker.settings import Settings

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


def existing_services(settings: Settings | None = None) -> Services:
    """The services of an installation that is there: a command that looks makes no empty one. UnusableDatabase says
    where none was found."""
    from worker.logs import configure_logs
    from worker.services import make_services
    from worker.services.check import missing_database

    made = make_services(settings)
    configure_logs(level=made.settings.log_level, json=made.settings.log_json)  # to stderr: stdout is the answer
    if missing := missing_database(made.settings):
        raise UnusableDatabase(missing)
    return made


def usable_services() -> Services:
    """The services, once the database answers and has the tables of this version; else UnusableDatabase says why."""
    from worker.services.check import database_faults

    made = existing_services()
    if faults := database_faults(made.engine):
        raise UnusableDatabase(faults[0].message)
    return made
