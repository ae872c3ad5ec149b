"""What was posted: read leniently, kept as it was typed, faults named by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from worker.errors import InvalidInput

_Value = TypeVar("_Value")


class Typed:
    """The fields of a form as somebody sent them, whatever they are; files are not taken."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def text(self, name: str, default: str = "") -> str:
        """The last value of that name."""
        return self._fields.get(name, [default])[-1]

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of that name, each once, in the order of the form."""
        return tuple(dict.fromkeys(self._fields.get(name, [])))

    def having(self, name: str, values: Iterable[str]) -> Typed:
        """The same form with other values of that name."""
        return Typed({**self._fields, name: list(values)} if name in self else self._fields)

    def number(self, name: str, default: int) -> int:
        """The number; -1 (which nothing allows) where it is none."""
        value = self.text(name, str(default))
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1


async def _read(request: Request) -> Typed:
    form = await request.form(max_files=10, max_fields=1000)
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    await form.close()
    return Typed(fields)


PostedForm = Annotated[Typed, Depends(_read)]
"""Parameter of an endpoint: the posted form, URL-encoded or multipart."""


class Faults(dict[str, str]):
    """What is to be corrected, by field, in the order of the form."""

    def attempt(self, check: Callable[[], _Value]) -> _Value | None:
        """The value, or None with its fault noted."""
        try:
            return check()
        except InvalidInput as fault:
            self.setdefault(fault.field or "form", str(fault))
            return None
