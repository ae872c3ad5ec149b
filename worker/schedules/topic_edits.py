"""Edits of topic files that commands make for the operator: comments and layout stay as they were written."""

from __future__ import annotations

import os
from pathlib import Path

import tomlkit
from tomlkit.items import Array

from worker.errors import InvalidInput, NotFound
from worker.schedules.files import read_as_it_is
from worker.schedules.topic_definition import SLUG
from worker.schedules.topics import read_topic

ATTIC = "retired"
"""Directory beside the topic files into which those go that are no longer in force."""


def topic_file(directory: Path, slug: str) -> Path:
    """The file of a topic; NotFound where there is none, InvalidInput where the slug cannot be one."""
    path = _named(directory, slug)
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in directory.glob("*.toml"))) or "none"
        raise NotFound(f"{path} is not there; topics in {directory}: {there}")
    return path


def check_editable(directory: Path, to_do: str) -> None:
    """InvalidInput with what to do by hand where the files cannot be edited from here."""
    if not os.access(directory, os.W_OK):
        told = f"{directory} cannot be written from here. By hand: {to_do}. It takes effect within a minute"
        raise InvalidInput(told)


def rename_file(directory: Path, old: str, new: str, *, title: str | None = None) -> Path:
    """Give a topic another slug. The new file is there before the old one goes, so that no reader finds neither."""
    source, target = topic_file(directory, old), _named(directory, new)
    if target.exists():
        raise InvalidInput(f"{target} is there already: to join two topics use `sitrep topics merge {old} {new}`")
    read_topic(source)
    mark, text = read_as_it_is(source)
    document = tomlkit.parse(text)
    _add_former(document, [old])
    if title:
        document["title"] = title
    _write(target, mark, document)
    source.unlink()
    return target


def merge_files(directory: Path, old: str, into: str) -> tuple[Path, Path]:
    """Make one topic the heir of another: (its file, where the old one's file lies now)."""
    source, target = topic_file(directory, old), topic_file(directory, into)
    if old == into:
        raise InvalidInput(f"{old} cannot be merged into itself")
    read_topic(target)  # a faulty file would leave the old topic without an heir
    mark, text = read_as_it_is(target)
    document = tomlkit.parse(text)
    _add_former(document, [*read_topic(source).formerly, old])
    _write(target, mark, document)
    return target, put_away(source)


def put_away(path: Path) -> Path:
    """Move a topic's file out of force; nothing of what lies there already is overwritten."""
    attic = path.parent / ATTIC
    attic.mkdir(exist_ok=True)
    target = attic / path.name
    number = 2
    while target.exists():
        target = attic / f"{path.stem}-{number}.toml"
        number += 1
    path.rename(target)
    return target


def _named(directory: Path, slug: str) -> Path:
    if not SLUG.fullmatch(slug):
        raise InvalidInput(f"{slug!r} can be no topic's slug: lowercase letters, digits and single hyphens")
    return directory / f"{slug}.toml"


def _add_former(document: tomlkit.TOMLDocument, slugs: list[str]) -> None:
    former = document.get("formerly")
    if not isinstance(former, Array):
        document["formerly"] = tomlkit.array()  # goes above the first table
        former = document["formerly"]
    for slug in slugs:
        if slug not in former:
            former.append(slug)


def _write(path: Path, mark: str, document: tomlkit.TOMLDocument) -> None:
    """Whole or not at all: whoever reads meanwhile finds the old file or the new one."""
    draft = path.with_suffix(".toml.new")
    draft.write_bytes((mark + tomlkit.dumps(document)).encode())
    draft.replace(path)
