"""Topic definitions: what `schedules/topics/<slug>.toml` may say. docs/add-a-topic.md explains each key.

A definition is data alone: it can be stored as JSON beside the matches it made and read back unchanged.
`worker.schedules.topics` reads the files and places every mistake.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from worker.schedules.term_rules import Term, Terms, visible_text

DEFAULT_THRESHOLD = 3.0
"""The score from which an article is about a topic. One for all topics; see worker/match/scoring.py."""

MAX_TERMS = 2000
"""The most terms one topic may have, so that a list gone wrong is noticed and memory stays bounded."""

MAX_GROUPS = 50
MAX_HINTS = 500

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

STEMMED = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Languages that have a stemmer, with its name."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Weights(_Part):
    """How much evidence in each field of an article counts, relative to the usual."""

    title: float = Field(1.0, ge=0, le=5)
    lead: float = Field(1.0, ge=0, le=5)
    body: float = Field(1.0, ge=0, le=5)
    tags: float = Field(1.0, ge=0, le=5)
    source: float = Field(1.0, ge=0, le=5)


class Supporting(_Part):
    """Terms that count less, or only in company: `icebreaker` speaks of the Arctic unless the Antarctic is meant."""

    words: Terms = ()
    phrases: Terms = ()
    weight: float = Field(0.5, gt=0, le=1)
    mentions: bool = False
    """Whether the terms name the topic itself, only less strongly: an article with one of them mentions it."""
    needs: Terms = ()
    """The terms count only where one of these is in the article too, or one of the topic's own terms."""
    unless: Terms = ()
    """The terms do not count where these are in the article more often than the topic's own terms."""


class WordList(_Part):
    """A topic's terms in one language, used for articles in it and for articles whose language is unknown."""

    words: Terms = ()
    phrases: Terms = ()
    exclude: Terms = ()
    stem: bool = False
    """Whether inflected forms are found by their stem; for languages that have a stemmer."""


LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Title = Annotated[
    str, BeforeValidator(visible_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=80)
]


def _usable_source(source: str) -> str:
    if "/" in source or ":" in source:
        raise ValueError("must be a host such as news.example.org, or a source's name, and no address")
    return source


Category = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

SourceHint = Annotated[
    str,
    BeforeValidator(visible_text),
    StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
    AfterValidator(_usable_source),
]
"""A host, which stands for its subdomains too, or a source's name as it is in sources.toml."""


class TopicDefinition(_Part):
    """One topic, as operators defined it."""

    slug: str
    title: Title
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    position: int = Field(0, ge=0, le=10_000)
    """Order in forms; topics with the same position are ordered by title."""
    formerly: tuple[Annotated[str, StringConstraints(pattern=f"^{SLUG.pattern}$", max_length=80)], ...] = ()
    """Slugs that this topic had, or topics that were merged into it: their subscribers are this topic's."""
    words: Terms = ()
    phrases: Terms = ()
    names: dict[Term, Terms] = {}
    """A name with its other spellings; all count as the same term."""
    exclude: Terms = ()
    """Phrases that hold one of the terms but mean something else."""
    against: Terms = ()
    """Words of another subject or sense: the more of them beside the topic's own terms, the less those count."""
    require: Terms = ()
    """When given: without one of these anywhere in it, an article is never about the topic."""
    supporting: Annotated[tuple[Supporting, ...], Field(max_length=MAX_GROUPS)] = ()
    categories: Annotated[tuple[Category, ...], Field(max_length=MAX_HINTS)] = ()
    """Categories of the source that speak for the topic."""
    sources: Annotated[tuple[SourceHint, ...], Field(max_length=MAX_HINTS)] = ()
    """Sources that are dedicated to the topic: what they write speaks for it."""
    languages: dict[LanguageCode, WordList] = {}
    weights: Weights = Weights()
    threshold: float = Field(DEFAULT_THRESHOLD, gt=0, le=100)

    def to_json(self) -> dict[str, Any]:
        """The definition as plain JSON values; `from_json` gives it back equal."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> TopicDefinition:
        return cls.model_validate_json(json.dumps(stored))

    @property
    def hash(self) -> str:
        """The same for the same wording, whatever the order of keys in the file."""
        wording = {key: value for key, value in self.to_json().items() if key != "formerly"}
        canonical = json.dumps(wording, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def own_terms(self) -> Iterator[str]:
        """Every term that speaks for the topic by itself, in any language."""
        yield from self.words
        yield from self.phrases
        for name, variants in self.names.items():
            yield name
            yield from variants
        for listed in self.languages.values():
            yield from listed.words
            yield from listed.phrases

    def exclusions(self) -> Iterator[str]:
        yield from self.exclude
        for listed in self.languages.values():
            yield from listed.exclude

    def count_terms(self) -> int:
        """How many terms of all kinds the definition has."""
        grouped = (len(g.words) + len(g.phrases) + len(g.needs) + len(g.unless) for g in self.supporting)
        asked = len(self.require) + len(self.against)
        return sum(1 for _ in self.own_terms()) + sum(1 for _ in self.exclusions()) + asked + sum(grouped)
