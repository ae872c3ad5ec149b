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
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from worker.errors import InvalidInput, NotFound, SitrepError

_UNFOLDED = 100_000
_READABLE, _LONGEST_WORD = 24, 60
"""Columns of text are not folded to less than the one; a longer word, such as an address, is whole up to the other."""
_GAP, _INDENT = 2, 4
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
    never as markup. Where columns would become too narrow to be read, the longest go below their row, each on a line
    of its own.
    """
    target, cells = console(), [[shown(cell) for cell in row] for row in rows]
    wide, below = _side_by_side(columns, cells, target.width)
    if not below:
        table = _table(columns, title=title)
        for row in cells:
            table.add_row(*map(Text, row))
        target.print(table)
        return
    widths = {place: wide[place] for place in range(len(columns)) if place not in below}
    for number, row in enumerate(cells):
        table = _table([columns[place] for place in widths], title=None if number else title, head=not number)
        for column, width in zip(table.columns, widths.values(), strict=True):
            column.width = width
        table.add_row(*(Text(row[place]) for place in widths))
        target.print(table)
        for place in below:
            if row[place]:
                named = f"{columns[place]}: " if columns[place] else ""
                target.print(Padding(Text(f"{named}{row[place]}", overflow="fold"), (0, 0, 0, _INDENT), expand=False))


def _table(columns: Sequence[str], *, title: str | None, head: bool = True) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.show_header = head
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _side_by_side(columns: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> tuple[list[int], list[int]]:
    """How wide each column wants to be, and the places of those for which there is no room."""
    found = [[head, *(row[place] for row in cells)] for place, head in enumerate(columns)]
    whole = [max((cell_len(line) for cell in column for line in cell.splitlines()), default=0) for column in found]
    words = [max((cell_len(word) for cell in column for word in cell.split()), default=0) for column in found]
    wanted = [
        min(natural, max(_READABLE, min(word, _LONGEST_WORD))) for natural, word in zip(whole, words, strict=True)
    ]
    beside = list(range(len(columns)))
    while len(beside) > 1 and sum(wanted[place] + _GAP for place in beside) - _GAP > width:
        beside.remove(max(beside, key=lambda place: whole[place]))
    left = width - sum(wanted[place] + _GAP for place in beside) + _GAP
    for place in beside:
        more = min(left, whole[place] - wanted[place])
        wanted[place], left = wanted[place] + more, left - more
    return wanted, [place for place in range(len(columns)) if place not in beside]


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


def zoned(moment: datetime | None) -> str:
    """An instant in a sentence, with its zone; nothing where there is none."""
    return f"{shown(moment)} UTC" if moment else ""


def counted(number: int, noun: str) -> str:
    """`1 article`, `2 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def fail(message: str) -> None:
    """Say what is wrong, on stderr."""
    print(message, file=sys.stderr)


def exit_code_of(error: SitrepError) -> int:
    """2 where what was typed cannot be used; 1 where what it names is not there, or it could not be done."""
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
