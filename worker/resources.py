"""Finds the files that travel with the program: templates/ and schedules/.

In a checkout they lie beside the package; in an installed wheel inside it, under `worker/data/`.
"""

from __future__ import annotations

from pathlib import Path

from worker.errors import SettingsError

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The directory `name` ("templates" or "schedules") as shipped with this version."""
    for candidate in (_PACKAGE / "data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise SettingsError(
        f"This installation has no {name}/ directory: reinstall sitrep, or name one by SITREP_{name.upper()}_DIR"
    )
