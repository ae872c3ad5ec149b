"""Small checks that combine into the shape of a request; each yields what is wrong, and where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)+[^\W_](?:(?:[^\W_]|-){{0,61}}[^\W_])")
_HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message."


@dataclass(frozen=True)
class Refusal:
    """One fault of a request: a sentence, and the dotted path of the field it is in."""

    message: str
    field: str | None = None

    def as_json(self) -> dict[str, str | None]:
        top = self.field.split(".")[0] if self.field else None
        return {"message": self.message, "field": self.field, "help": _HELP + top if top else None}


Check = Callable[[object, str], Iterator[Refusal]]


def text(least: int = 0, most: int | None = None) -> Check:
    def check(value: object, place: str) -> Iterator[Refusal]:
        if not isinstance(value, str):
            yield _type("string", value, place)
        elif len(value) < least:
            yield Refusal(f"The {_last(place)} value must be a string at least {least} characters long.", place)
        elif most is not None and len(value) > most:
            yield Refusal(f"The {_last(place)} value must be at most {most} characters long.", place)

    return check


def address(value: object, place: str) -> Iterator[Refusal]:
    if not isinstance(value, str):
        yield _type("string", value, place)
    elif len(value) > 254 or ".." in value or not _ADDRESS.fullmatch(value):
        yield Refusal("Does not contain a valid address.", place)


def whole(value: object, place: str) -> Iterator[Refusal]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield _type("integer", value, place)


def flag(value: object, place: str) -> Iterator[Refusal]:
    if not isinstance(value, bool):
        yield _type("boolean", value, place)


def one_of(*words: str) -> Check:
    def check(value: object, place: str) -> Iterator[Refusal]:
        if value not in words:
            yield Refusal(f"The {_last(place)} value must be one of: {', '.join(words)}.", place)

    return check


def each(item: Check, *, most: int | None = None, unique: bool = False) -> Check:
    """An array whose members all pass `item`."""

    def check(value: object, place: str) -> Iterator[Refusal]:
        if not isinstance(value, list):
            yield _type("array", value, place)
            return
        if most is not None and len(value) > most:
            yield Refusal(f"There are too many entries, at most {most} are allowed.", place)
        if unique and len({json.dumps(member, sort_keys=True) for member in value}) < len(value):
            yield Refusal("The entries must be unique.", place)
        for index, member in enumerate(value):
            yield from item(member, f"{place}.{index}")

    return check


def mapping(values: Check | None = None, *, most: int | None = None) -> Check:
    """An object with any keys; `values` checks every member."""

    def check(value: object, place: str) -> Iterator[Refusal]:
        if not isinstance(value, dict):
            yield _type("object", value, place)
            return
        if most is not None and len(value) > most:
            yield Refusal(f"There are too many entries, at most {most} are allowed.", place)
        if values is not None:
            for key, member in value.items():
                yield from values(member, f"{place}.{key}")

    return check


def fields(known: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """An object with these keys and no others."""

    def check(value: object, place: str) -> Iterator[Refusal]:
        if not isinstance(value, dict):
            yield _type("object", value, place)
            return
        prefix = f"{place}." if place else ""
        for key in required:
            if key not in value:
                yield Refusal(f"The {key} field is required.", prefix + key)
        for key, member in value.items():
            if key in known:
                yield from known[key](member, prefix + key)
            else:
                yield Refusal(f"Additional property {key} is not allowed.", prefix + key)

    return check


def _type(expected: str, value: object, place: str) -> Refusal:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    given = kinds.get(type(value), "null")
    return Refusal(f"Invalid type. Expected: {expected}, given: {given}.", place or None)


def _last(place: str) -> str:
    return place.rpartition(".")[2]
