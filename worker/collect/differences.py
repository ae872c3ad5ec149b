"""What an edit changed, as people read it: sentence by sentence, and word by word within those that changed. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_SENTENCE = re.compile(r"\n\s*\n|(?<=[.!?…][\"'”’)\]])\s+|(?<=[.!?…])\s+(?=[\"'“‘(\[]?[A-ZÀ-ÞА-Я0-9])")
_TOKEN = re.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]|\s+")
_MOST_SENTENCES = 3_000
_MOST_WORDS = 600
"""Of a changed passage that is compared word by word; a longer one was rewritten, and is shown whole."""
_LEAST_ALIKE = 0.35
"""Two passages with less in common are shown one after the other: word by word they would be a puzzle."""
_CONTEXT = 60

KEPT, REMOVED, ADDED = "=", "-", "+"


@dataclass(frozen=True, slots=True)
class Form:
    """What an article said at one time."""

    title: str
    summary: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that differs; `before` and `after` are the kept words around it, shortened."""

    removed: str
    added: str
    before: str = ""
    after: str = ""

    def to_json(self) -> dict[str, str]:
        return {"removed": self.removed, "added": self.added, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """How one field differs. `words_removed` and `words_added` count words."""

    field: str
    changes: tuple[Change, ...]

    @property
    def words_removed(self) -> int:
        return sum(len(change.removed.split()) for change in self.changes)

    @property
    def words_added(self) -> int:
        return sum(len(change.added.split()) for change in self.changes)

    def to_json(self) -> dict[str, Any]:
        """The field's changes as JSON types."""
        return {
            "field": self.field,
            "words_removed": self.words_removed,
            "words_added": self.words_added,
            "changes": [change.to_json() for change in self.changes],
        }


def differences(old: Form, new: Form) -> tuple[FieldChange, ...]:
    """What the later form says otherwise, field by field; a summary only where the text tells nothing of it."""
    found: list[FieldChange] = []
    for name in ("title", "text", "summary", "url"):
        before, after = getattr(old, name), getattr(new, name)
        if before == after or (name == "summary" and any(change.field == "text" for change in found)):
            continue
        changes = (Change(before, after),) if name == "url" else tuple(compare(before, after))
        if changes:
            found.append(FieldChange(name, changes))
    return tuple(found)


def compare(before: str, after: str) -> list[Change]:
    """The passages in which two texts differ, in their order. Spacing does not count."""
    old, new = _sentences(before), _sentences(after)
    if len(old) > _MOST_SENTENCES or len(new) > _MOST_SENTENCES:
        return [Change(before, after)]
    pieces: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        gone, come = " ".join(old[old_from:old_to]), " ".join(new[new_from:new_to])
        pieces += [(KEPT, gone)] if kind == "equal" else _words(gone, come)
    return list(_changes(pieces))


def _sentences(text: str) -> list[str]:
    return [" ".join(part.split()) for part in _SENTENCE.split(text) if part and part.strip()]


def _words(old: str, new: str) -> list[tuple[str, str]]:
    """A passage that changed: by words where most of it stayed, else as a whole."""
    first, second = _TOKEN.findall(old), _TOKEN.findall(new)
    whole = [piece for piece in ((REMOVED, old), (ADDED, new)) if piece[1]]
    if not old or not new or len(first) > _MOST_WORDS or len(second) > _MOST_WORDS:
        return whole
    words_before, words_after = ([token for token in tokens if token[0].isalnum()] for tokens in (first, second))
    if difflib.SequenceMatcher(None, words_before, words_after, autojunk=False).ratio() < _LEAST_ALIKE:
        return whole
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    pieces: list[tuple[str, str]] = []
    for kind, old_from, old_to, new_from, new_to in _joined(matcher.get_opcodes(), first):
        if kind == "equal":
            pieces.append((KEPT, "".join(first[old_from:old_to])))
            continue
        if old_to > old_from:
            pieces.append((REMOVED, "".join(first[old_from:old_to])))
        if new_to > new_from:
            pieces.append((ADDED, "".join(second[new_from:new_to])))
    return pieces


def _joined(
    opcodes: Sequence[tuple[str, int, int, int, int]], tokens: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    """Changes with nothing but a space between them are one."""
    held: tuple[str, int, int, int, int] | None = None
    for place, code in enumerate(opcodes):
        kind, old_from, old_to, _, new_to = code
        blank = kind == "equal" and not "".join(tokens[old_from:old_to]).strip() and place + 1 < len(opcodes)
        if kind == "equal" and not (blank and held):
            if held:
                yield held
                held = None
            yield code
        elif held:
            held = ("replace", held[1], old_to, held[3], new_to)
        else:
            held = code
    if held:
        yield held


def _changes(pieces: Sequence[tuple[str, str]]) -> Iterator[Change]:
    place = 0
    while place < len(pieces):
        if pieces[place][0] == KEPT:
            place += 1
            continue
        start = place
        while place < len(pieces) and pieces[place][0] != KEPT:
            place += 1
        removed = " ".join(text.strip() for kind, text in pieces[start:place] if kind == REMOVED).strip()
        added = " ".join(text.strip() for kind, text in pieces[start:place] if kind == ADDED).strip()
        if removed != added:
            before = pieces[start - 1][1] if start else ""
            after = pieces[place][1] if place < len(pieces) else ""
            yield Change(removed, added, _tail(before), _head(after))


def _tail(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _CONTEXT else "…" + text[-_CONTEXT:].partition(" ")[2]


def _head(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _CONTEXT else text[:_CONTEXT].rpartition(" ")[0] + "…"
