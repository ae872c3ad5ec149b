"""Languages as pages name them."""

from __future__ import annotations

import re

_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@,;\s].*)?", re.DOTALL)
_NO_LANGUAGE = frozenset({"und", "nul", "xx", "zxx", "mul", "mis", "qaa"})


def language_code(text: str | None) -> str | None:
    """`de`, `pt-BR` or `zh-Hans-CN` out of what a page says (`pt_BR.UTF-8`); None where it names no language so."""
    found = _CODE.fullmatch((text or "").strip()[:100])
    if found is None or found.group(1).lower() in _NO_LANGUAGE:
        return None
    language, script, region = found.groups()
    parts = (language.lower(), script.title() if script else None, region.upper() if region else None)
    return "-".join(part for part in parts if part)
