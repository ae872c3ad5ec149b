"""Adds sources to sources.toml and takes them out, and leaves everything else in it as it stands."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Table

from worker.errors import InvalidInput, NotFound, SitrepError
from worker.schedules.files import NOT_UTF8, LineIndex, ScheduleError, read_as_it_is
from worker.schedules.sources import SourceDefinition, read_sources

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))


class UnwritableSources(SitrepError):
    """sources.toml cannot be written; the message says what to do instead."""


def entry_of(source: SourceDefinition) -> str:
    """The source as an operator would write it: what is as usual is left out."""
    return tomlkit.dumps({"source": [_values(source)]}).strip() + "\n"


def add_entry(path: Path, source: SourceDefinition) -> None:
    """Write the source at the end of the file. Comments, order and spelling of all else stay as they are.

    ScheduleError where the file is faulty, InvalidInput where it names the source already, UnwritableSources where
    it cannot be written; then it is as it was. A file that is not there is made.
    """
    with _only_one(path.parent):
        mark, text = _read(path) if path.exists() else ("", "")
        known = read_sources(path) if path.exists() and text.strip() else []
        if any(one.url == source.url for one in known):
            raise InvalidInput(f"{source.url} is named in {path} already")
        written = _with(text, source)
        _replace(path, written, expected=[*known, source], mark=mark, kept=text)


def remove_entry(path: Path, which: str) -> SourceDefinition:
    """Take out the source with this address or name; comments stay. NotFound where none bears it, InvalidInput where
    several do."""
    with _only_one(path.parent):
        mark, text = _read(path)
        known = read_sources(path)
        places = [place for place, one in enumerate(known) if which in (one.url, one.name)]
        if not places:
            raise NotFound(f"{path} names no source called {which!r}; give the address as it stands there")
        if len(places) > 1:
            raise InvalidInput(f"{path} names {len(places)} sources called {which!r}; give the address of one of them")
        (place,) = places
        _replace(path, _without(text, place), expected=[one for one in known if one is not known[place]], mark=mark)
        return known[place]


def _values(source: SourceDefinition) -> dict[str, Any]:
    usual = SourceDefinition(url=source.url, name="")
    values: dict[str, Any] = {"url": source.url, "name": source.name}
    for key in ("kind", "link_pattern", "full_text", "every", "language", "allow_private", "release_baseline"):
        value = getattr(source, key)
        if value != getattr(usual, key):
            values[key] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        unit, letter = next((unit, letter) for unit, letter in _UNITS if value % unit == timedelta())
        return f"{value // unit}{letter}"
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value


def _read(path: Path) -> tuple[str, str]:
    """The byte order mark that the file begins with, if any, and its text."""
    try:
        return read_as_it_is(path)
    except OSError as error:
        raise UnwritableSources(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnwritableSources(f"{path} cannot be read: {NOT_UTF8}") from error


def _with(text: str, source: SourceDefinition) -> str:
    """The text with one more source, in the way that it names them, and with its line ends."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise UnwritableSources(f"it cannot be edited: {error}") from error
    held = document.get("source")
    if isinstance(held, Array):
        inline = tomlkit.inline_table()
        inline.update(_values(source))
        held.append(inline)
        return tomlkit.dumps(document)
    end = "\r\n" if "\r\n" in text else "\n"
    entry = entry_of(source)
    gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    return text + (gap + entry).replace("\n", end)


def _without(text: str, place: int) -> str:
    """The text without its table number `place`. A comment below the last key belongs to what follows, and stays."""
    document = tomlkit.parse(text)
    held = document.get("source")
    if isinstance(held, Array):
        held.pop(place)
        return tomlkit.dumps(document)
    assert isinstance(held, AoT)
    assert isinstance(held[place], Table)
    lines = text.splitlines(keepends=True)
    index = LineIndex(text)
    starts = [index.line_of(f"source.{number}") or 0 for number in range(len(held))]
    first = starts[place] - 1
    end = starts[place + 1] - 1 if place + 1 < len(starts) else len(lines)
    while end > first and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    if end < len(lines) and not lines[end].strip() and (first == 0 or not lines[first - 1].strip()):
        end += 1  # one blank line of the two around it
    return "".join(lines[:first] + lines[end:])


def _replace(path: Path, text: str, *, expected: list[SourceDefinition], mark: str, kept: str = "") -> None:
    """Put the text in the file's place in one step, once it is sure that it says what it should."""
    target = path.resolve()
    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o644
    try:
        handle, name = tempfile.mkstemp(prefix=".sources-", suffix=".toml", dir=target.parent)
    except OSError as error:
        raise UnwritableSources(f"{target.parent} cannot be written: {error.strerror}") from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(mark + text)
            file.flush()
            os.fsync(file.fileno())
        if read_sources(draft) != expected or not text.startswith(kept.rstrip() if "[[" in kept else ""):
            raise UnwritableSources(f"{path} is written in a way that cannot be edited safely; edit it by hand")
        draft.chmod(mode)
        draft.replace(target)
    except ScheduleError as error:
        told = str(error).replace(str(draft), "the new entry")
        raise InvalidInput(f"The source cannot be added: {told}") from error
    except OSError as error:
        raise UnwritableSources(f"{target} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    """Two who edit the file at once wait for each other, where the system can do that."""
    try:
        import fcntl

        handle = os.open(directory, os.O_RDONLY)
    except ImportError:
        yield
        return
    except OSError as error:
        raise UnwritableSources(f"{directory} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
