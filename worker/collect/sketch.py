"""Whether two articles tell the same story in nearly the same words. Pure.

A sketch (MinHash of the text's three-word shingles) finds the few articles that are worth a look; the look compares
the shingles themselves, and the facts: reports made from one template share their words, not their numbers and names.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from rensa import RMinHash

_WORDS = re.compile(r"\w+")
_TOKENS = re.compile(r"\w[\w’'-]*")
_NUMBERS = re.compile(r"\d(?:[\d.,:/]*\d)?")
_CORRECTS = re.compile(
    r"\b(?:correct(?:ion|ed|s)|clarification|clarifies|retract(?:ion|ed|s)|korrektur|berichtigung|rectificati(?:on|f)|"
    r"rectificación|correcci[oó]n|errata\s+corrige|sprostowanie|уточнение|исправление)\b",
    re.IGNORECASE,
)
MOST_TEXT = 30_000
_SHINGLE = 3
_LEAD_WORDS = 100
_BANDS, _ROWS = 24, 3
_LEAD_BANDS, _LEAD_ROWS = 8, 4
_SEED = 20_260_302
_ALGORITHM = f"shingles-1 rensa-{RMinHash.ALGORITHM_VERSION}"
"""Part of every band: sketches made in another way never meet."""
_WITHIN_A_SENTENCE = frozenset({" ", "\n", ", ", ",\n", " (", " “", ' "', " «", " „"})
_MASK = (1 << 64) - 1

_FEWEST_SHINGLES = 30
_CONTAINED = 0.76
"""The share of the shorter text's shingles that the other must have. Between real copies (0.80 and more) and real texts
on one form (0.72 and less); see `python -m benchmarks.stories`."""
_PART = 0.4
"""Texts that share less of all their shingles: one is a part of the other, so its part has to be nearly whole."""
_PART_CONTAINED = 0.88
_FACTS = 0.6
_FEWEST_FACTS = 3


@dataclass(frozen=True, slots=True)
class Telling:
    """What an article's text is compared by."""

    shingles: frozenset[int]
    lead: frozenset[int]
    """The shingles of its first words: a copy that was cut short still begins like the original."""
    numbers: frozenset[str]
    names: frozenset[str]
    title: frozenset[str]
    corrects: bool
    """It says that something published before was wrong."""

    @property
    def is_telling(self) -> bool:
        """Whether there is enough text for a comparison."""
        return len(self.shingles) >= _FEWEST_SHINGLES


def telling(title: str, text: str) -> Telling:
    """An article as it is compared. Costs are bounded whatever its length."""
    text = text[:MOST_TEXT]
    words = [_word(word) for word in _WORDS.findall(text.casefold())]
    return Telling(
        shingles=_shingles(words),
        lead=_shingles(words[:_LEAD_WORDS]),
        numbers=frozenset(_NUMBERS.findall(text)),
        names=_names(text),
        title=frozenset(_WORDS.findall(title.casefold())),
        corrects=_CORRECTS.search(f"{title}\n{text[:200]}") is not None,
    )


def bands(told: Telling) -> list[int]:
    """Signed 64-bit numbers; the more of them two articles share, the more alike they are. None for a short text."""
    if not told.is_telling:
        return []
    whole = _bands("whole", told.shingles, _BANDS, _ROWS)
    return whole + _bands("lead", told.lead, _LEAD_BANDS, _LEAD_ROWS)


def key_band(kind: str, value: str) -> int:
    """A band that only articles with exactly this value share: an address, or a hash of the content."""
    return _number(f"{kind} {value}".encode())


def same_story(one: Telling, other: Telling) -> float:
    """How much of the shorter text the other has, 0 to 1, if they tell the same story; 0.0 if they do not."""
    if not (one.is_telling and other.is_telling) or one.corrects != other.corrects:
        return 0.0
    shared = len(one.shingles & other.shingles)
    contained = shared / min(len(one.shingles), len(other.shingles))
    if contained < _CONTAINED or not _agree(one.numbers, other.numbers) or not _agree(one.names, other.names):
        return 0.0
    if shared < _PART * len(one.shingles | other.shingles) and contained < _PART_CONTAINED:
        return 0.0
    return contained


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    fewest = min(len(one), len(other))
    return fewest < _FEWEST_FACTS or len(one & other) >= _FACTS * fewest


def _shingles(words: list[int]) -> frozenset[int]:
    return frozenset(
        (first * 0x9E3779B97F4A7C15 + second * 0xC2B2AE3D27D4EB4F + third) & _MASK
        for first, second, third in zip(words, words[1:], words[2:], strict=False)
    )


@lru_cache(maxsize=100_000)
def _word(word: str) -> int:
    """The same in every process, which Python's own hash of a text is not."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())


def _names(text: str) -> frozenset[str]:
    """Capitalised words that do not begin a sentence."""
    found = []
    end = 0
    for token in _TOKENS.finditer(text):
        between = text[end : token.start()]
        word = token.group()
        if word[0].isupper() and between in _WITHIN_A_SENTENCE:
            found.append(word.removesuffix("'s").removesuffix("’s").casefold())
        end = token.end()
    return frozenset(found)


def _bands(kind: str, shingles: frozenset[int], count: int, rows: int) -> list[int]:
    matrix = RMinHash.digest_matrix_from_token_hash_sets([sorted(shingles)], count * rows, _SEED)
    digest = matrix.to_rows()[0]
    return [
        _number(f"{_ALGORITHM} {kind} {band} {digest[band * rows : (band + 1) * rows]}".encode())
        for band in range(count)
    ]


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), signed=True)
