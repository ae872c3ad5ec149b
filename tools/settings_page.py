"""Writes docs/settings.md from worker/settings.py: `python -m tools.settings_page`; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from worker.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"

SECTIONS = {
    "state_dir": "Where things are",
    "site_name": "The site and the sender",
    "mailer": "How mail leaves",
    "batch_size": "Pace and patience",
    "web_host": "Processes",
}
"""Each section begins with the setting that it is named after here."""

INTRODUCTION = """\
# Settings

Every setting is read from the environment, or from a file `.env` in the directory where `sitrep` is started (the
environment wins). An empty value counts as unset. With nothing set, Sitrep runs on its embedded default: SQLite, its
own Redis, and mail that stays in a maildir. `sitrep check` names every setting that cannot be used, and every
`SITREP_` name that is none.

This page is made from `worker/settings.py` by `make docs`.
"""


def page() -> str:
    """The whole page."""
    assert SECTIONS.keys() <= Settings.model_fields.keys(), "a section is named after a setting that is gone"
    parts = [INTRODUCTION]
    for name, field in Settings.model_fields.items():
        if name in SECTIONS:
            parts.append(f"\n## {SECTIONS[name]}\n\n| setting | default | meaning |\n|---|---|---|\n")
        parts.append(f"| `SITREP_{name.upper()}` | {default(field)} | {meaning(field)} |\n")
    return "".join(parts)


def default(field: FieldInfo) -> str:
    """What holds where it is unset."""
    value = field.default
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    assert not isinstance(value, SecretStr), "no secret has a default"
    return f"`{value}`"


def meaning(field: FieldInfo) -> str:
    """The description, with what is allowed."""
    assert field.description, "every setting says what it is for"
    return f"{field.description}{allowed(field)}".replace("|", "\\|")


def allowed(field: FieldInfo) -> str:
    """The values or the range that a setting may have, where it is not free."""
    if get_origin(field.annotation) is Literal:
        return f" One of {', '.join(f'`{each}`' for each in get_args(field.annotation))}."
    bounds: dict[str, Any] = {}
    for constraint in field.metadata:
        bounds |= {name: getattr(constraint, name) for name in ("ge", "le") if hasattr(constraint, name)}
    if "ge" in bounds and "le" in bounds:
        return f" {bounds['ge']} to {bounds['le']}."
    return f" {bounds['ge']} or more." if "ge" in bounds else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.settings_page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="say whether the page is current, change nothing")
    if parser.parse_args().check:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        sys.stderr.write("docs/settings.md does not fit worker/settings.py: make docs\n")
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
