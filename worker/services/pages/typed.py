"""The fields of a posted form, as templates show them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


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
