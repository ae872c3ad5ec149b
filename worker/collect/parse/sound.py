"""JSON from outside, without what JSON may escape and no database takes: NUL, and halves of surrogate pairs."""

from __future__ import annotations

import json
import re
from typing import Any

_UNSOUND_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSOUND = re.compile("[\0\ud800-\udfff]")


def load_json(text: str, *, strict: bool = True) -> Any:
    """What the JSON holds; ValueError or RecursionError as json.loads. `strict`: line ends in texts are refused."""
    found = json.loads(text, strict=strict)
    return _sound(found) if _UNSOUND_ESCAPE.search(text) else found


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSOUND.sub("\ufffd", value)
    if isinstance(value, list):
        return [_sound(one) for one in value]
    return {_sound(key): _sound(one) for key, one in value.items()} if isinstance(value, dict) else value
