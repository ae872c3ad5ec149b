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
_LAST_WORD = re.compile(r"\w\W*$")
_SHORT_WORDS = 120
"""A body with fewer words is taken for an excerpt; the page tells."""
_LONG_WORDS = 500
"""A body with more words is whole, however it ends."""


def is_excerpt(text: str) -> bool:
    """Whether a feed's text is only the beginning: short, or ending in an ellipsis or "read more"."""
    words = len(text.split())
    if words < _SHORT_WORDS:
        return True
    return words < _LONG_WORDS and _CUT_OFF.search(_last_sentence(text[-200:])) is not None


def _last_sentence(text: str) -> str:
    """With what stands behind it; what says that there is more never runs over the end of a sentence."""
    last = _LAST_WORD.search(text)
    end = last.start() if last else 0
    return text[max(text.rfind(mark, 0, end) for mark in ".!?") + 1 :]


def needs_page(article: ParsedArticle, *, full_text: str) -> bool:
    """Whether the article's page has to be fetched, by the source's choice: `auto`, `feed` or `page`."""
    if not article.url.startswith(("http://", "https://")) or full_text == "feed":
        return False
    return full_text == "page" or is_excerpt(article.text)
