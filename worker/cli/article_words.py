"""What the words mean by which `sitrep articles` tells how an article stands and what there is of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.cli.printing import shown

if TYPE_CHECKING:
    from worker.models import Article

TEXTS = {
    "excerpt": "only what the source itself gave: the page of an article that nobody is sent is not fetched",
    "pending": "the source gave an excerpt; the page is still to be fetched",
    "stale": "the page was edited since the text was taken from it, and is to be fetched again",
    "missing": "the page could not be had, and the summary serves; `sitrep articles show` has the reason",
}
"""What there can be instead of the whole text."""

STATES = {
    "baseline": "it was there at the first poll of its source, and is sent to nobody until it is released by hand",
    "no_topic": "it is about no topic: nobody would get it",
    "story": "another article of its story is out; `sitrep articles update` lets it out all the same",
}


def text_word(article: Article) -> str:
    """What there is of its text. That of a baseline is not waited for: nobody fetches it."""
    waits = article.text_state == "pending"
    return "excerpt" if waits and (article.baseline or article.withdrawn_at is not None) else article.text_state


def text_note(article: Article) -> str | None:
    """The sentence for a text that is not whole."""
    word = text_word(article)
    if word == "missing" and article.text_reason:
        return f"missing: {article.text_reason}; the summary serves"
    if word in ("pending", "stale") and article.text_next_at is not None:
        return f"{word}: {TEXTS[word]}, next at {shown(article.text_next_at)} UTC"
    return f"{word}: {TEXTS[word]}" if word in TEXTS else None


def state_word(article: Article) -> str:
    """Where it stands on its way to readers, in one word."""
    if article.withdrawn_at is not None:
        return "withdrawn"
    if article.released_at is not None:
        return "released"
    if article.withheld_reason:
        return article.withheld_reason
    return "matched" if article.matched_at is not None else "collected"


def legend(words: set[str]) -> list[str]:
    """A line for each of these words that is not plain."""
    return [f"{word}: {meaning}" for word, meaning in {**TEXTS, **STATES}.items() if word in words]
