"""Whether a feed gave the whole article or only its beginning. Pure."""

from __future__ import annotations

import re

from worker.collect.documents import ParsedArticle

_CUT_OFF = re.compile(
    r"(?:\[\s*(?:…|\.\.\.|&hellip;)\s*\]|…|\.\.\.|"
    r"(?:(?:continue|keep)\s+reading|read\s+(?:more|on|the\s+(?:rest|full|whole))|full\s+(?:story|article)|weiterlesen|mehr\s+lesen|"
    r"lire\s+la\s+suite|leer\s+más|leggi\s+tutto|lees\s+verder|czytaj\s+(?:dalej|więcej)|читать\s+(?:далее|дальше))"
    r"[^.!?]{0,120}?(?:\s*[→»>&.…]+|\s*)?)\W{0,4}$",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_SHORT_WORDS = 120
"""A body with fewer words is taken for an excerpt; the page tells."""
_LONG_WORDS = 500
"""A body with more words is whole, however it ends."""


def is_excerpt(text: str) -> bool:
    """Whether a feed's text is only the beginning: short, or ending in an ellipsis or "read more"."""
    words = len(_WORDS.findall(text))
    if words < _SHORT_WORDS:
        return True
    return words < _LONG_WORDS and _CUT_OFF.search(text[-200:]) is not None


def needs_page(article: ParsedArticle, *, full_text: str) -> bool:
    """Whether the article's page has to be fetched, by the source's choice: `auto`, `feed` or `page`."""
    if not article.url.startswith(("http://", "https://")) or full_text == "feed":
        return False
    return full_text == "page" or is_excerpt(article.text)
