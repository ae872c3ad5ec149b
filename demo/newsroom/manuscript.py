"""Reading the sample articles: a front matter of `key: value` lines, a line of dashes, the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

ARTICLES = Path(__file__).with_name("articles")
REQUIRED = ("title", "day", "hour", "author", "categories")
KNOWN = ("slug", *REQUIRED, "image", "alt", "labels", "excerpt")


class BadManuscript(ValueError):
    """A sample article cannot be read; the message names the file and what to mend."""


@dataclass(frozen=True)
class Manuscript:
    """An article as written. `offset` counts from midnight of day 0; `labels` are the topics it is about."""

    slug: str
    title: str
    offset: timedelta
    author: str
    categories: tuple[str, ...]
    text: str
    labels: frozenset[str] = frozenset()
    image: str | None = None
    alt: str = ""
    excerpt_only: bool = False


def read_manuscripts(folder: Path = ARTICLES) -> list[Manuscript]:
    """Every `*.md` of the folder, in the order of publication."""
    manuscripts = [read_manuscript(path) for path in sorted(folder.glob("*.md"))]
    return sorted(manuscripts, key=lambda manuscript: (manuscript.offset, manuscript.slug))


def read_manuscript(path: Path) -> Manuscript:
    _, _, rest = path.read_text(encoding="utf-8").partition("---\n")
    front, dashes, text = rest.partition("\n---\n")
    if not dashes:
        raise BadManuscript(f"{path.name}: the front matter stands between two lines of ---")
    fields = _fields(path, front)
    return Manuscript(
        slug=fields.get("slug", path.stem),
        title=fields["title"],
        offset=_offset(path, fields["day"], fields["hour"]),
        author=fields["author"],
        categories=_names(fields["categories"]),
        text=text.strip(),
        labels=frozenset(_names(fields.get("labels", ""))),
        image=fields.get("image") or None,
        alt=fields.get("alt", ""),
        excerpt_only=fields.get("excerpt", "no") == "yes",
    )


def _fields(path: Path, front: str) -> dict[str, str]:
    fields = {}
    for line in front.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in KNOWN:
            raise BadManuscript(f"{path.name}: {line!r} is no `key: value` with a key of {', '.join(KNOWN)}")
        fields[key.strip()] = value.strip()
    if missing := [key for key in REQUIRED if not fields.get(key)]:
        raise BadManuscript(f"{path.name}: the front matter lacks {', '.join(missing)}")
    return fields


def _offset(path: Path, day: str, hour: str) -> timedelta:
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})", hour)
    if not day.isdecimal() or clock is None:
        raise BadManuscript(f"{path.name}: day is a number such as 1, hour a time such as 7:40")
    return timedelta(days=int(day), hours=int(clock[1]), minutes=int(clock[2]))


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())
