"""Whether a page is another than the article asked for: a front page, a consent wall, a check for robots. Pure."""

from __future__ import annotations

import re

from worker.collect.documents import ExtractedPage
from worker.collect.identity import names_an_article, url_key

_WORD = re.compile(r"[^\W\d_]{4,}")
_ENOUGH_WORDS = 4
"""Of which a title or an excerpt must tell to be compared with a page."""
_LITTLE = 0.2
_COMPARED = 5_000
"""Characters of what the feed told."""


def why_another(page: ExtractedPage, *, title: str, told: str, asked: str, reached: str) -> str | None:
    """Why a page cannot be the article of which a feed told `title` and `told`; None where it may be.

    Sites lead addresses of articles that they took away to their front page, and answer with status 200 where they ask
    for consent or for a proof that somebody human reads.
    """
    if names_an_article(url_key(asked)) and not names_an_article(url_key(reached)):
        return f"{asked} leads to the front page {reached}"
    headline, texts = _words(title), _words(told[:_COMPARED])
    if len(headline | texts) < _ENOUGH_WORDS:
        return None
    found = _words(f"{page.title} {page.text}")
    if headline & found or len(texts & found) > _LITTLE * len(texts):
        return None
    return f"{reached} shows something else than the article: {(page.title or page.text)[:80]!r}"


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
