"""trafilatura, loaded when first needed: it takes half a second, and most processes never extract anything."""

from __future__ import annotations

import logging
import warnings
from types import ModuleType

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a proxy library that we have no use for
    import trafilatura
    from trafilatura.utils import detect_encoding as _detect_encoding

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without an article is no news


def main_text(tree: object, *, url: str, fast: bool) -> str:
    """The text of a page's main part, a line for each paragraph; empty where there is none."""
    engine: ModuleType = trafilatura
    found = engine.bare_extraction(
        tree, url=url or None, fast=fast, favor_precision=True, include_comments=False, include_tables=True
    )
    return getattr(found, "text", None) or ""


def likely_encodings(data: bytes) -> list[str]:
    """Encodings that bytes could be in, the likeliest first."""
    return list(_detect_encoding(data))
