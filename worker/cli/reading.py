"""Reads the files that commands are given: bounded, and with a sentence for what cannot be read."""

from __future__ import annotations

from pathlib import Path

from worker.errors import SitrepError

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
