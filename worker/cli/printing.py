"""How commands print: JSON for scripts, tables for people, faults on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.errors import InvalidInput, NotFound, SitrepError

_UNFOLDED = 100_000
LARGEST_ID = 2**63 - 1
"""Of any row: ids are 64-bit integers."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def numbered(value: int | None) -> int | None:
    """A row's number as it was typed; NotFound where it is larger than any."""
    if value is not None and abs(value) > LARGEST_ID:
        raise NotFound(f"There is none with the number {value}: the `list` command shows what there is")
    return value


def print_json(value: Any) -> None:
    """One JSON document on stdout; instants in ISO 8601."""
    print(json.dumps(value, ensure_ascii=False, default=_plain))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """A table that fits the terminal, or as wide as it is where none reads it; text from outside is printed as it is,
    never as markup."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    console().print(table)


def console() -> Console:
    """Where tables are printed. A pipe or a file has no width to fold them at, unless COLUMNS names one."""
    wide = not sys.stdout.isatty() and not os.environ.get("COLUMNS")
    return Console(width=_UNFOLDED) if wide else Console()


def shown(value: object) -> str:
    """A cell's text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def fail(message: str) -> None:
    """Say what is wrong, on stderr."""
    print(message, file=sys.stderr)


def exit_code_of(error: SitrepError) -> int:
    """2 where what was typed cannot be used, 1 where it could not be done."""
    return 2 if isinstance(error, InvalidInput) else 1


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
