"""What was posted: read leniently, kept as it was typed, faults named by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from worker.errors import InvalidInput
from worker.services.pages import Typed

_Value = TypeVar("_Value")


async def _read(request: Request) -> Typed:
    form = await request.form(max_files=10, max_fields=1000)
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(_storable(name), []).append(_storable(value))
    await form.close()
    return Typed(fields)


def _storable(text: str) -> str:
    """No text of PostgreSQL's can hold a NUL, nor can anybody have typed one."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


PostedForm = Annotated[Typed, Depends(_read)]
"""Parameter of an endpoint: the posted form, URL-encoded or multipart."""


async def _read_or_nothing(request: Request) -> Typed:
    try:
        return await _read(request)
    except HTTPException:
        return Typed({})


AnyBody = Annotated[Typed, Depends(_read_or_nothing)]
"""The posted form, without fields where the body is none: for what must work whatever a mail program sends."""


class Faults(dict[str, str]):
    """What is to be corrected, by field, in the order of the form."""

    def attempt(self, check: Callable[[], _Value]) -> _Value | None:
        """The value, or None with its fault noted."""
        try:
            return check()
        except InvalidInput as fault:
            self.setdefault(fault.field or "form", str(fault))
            return None


__all__ = ["AnyBody", "Faults", "PostedForm", "Typed"]
