"""Words and two-word phrases of articles, and what stands around a topic's terms: raw material for suggestions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from worker.match.terms import Pattern, forms_of
from worker.match.text import ArticleText, ends_sentence, fold, plain, words_of

MAX_TEXT = 12_000
"""Characters of an article that are looked at: what the matcher judges."""

Sentence = tuple[str, ...]

_WORDS = """
a about after all also an and any are as at be been before being between both but by can could did do does down
during each few for from further had has have he her here him his how i if in into is it its just may me more
most my new no nor not now of off on one only or other our out over own said same say says she should so some
such than that the their them then there these they this those through to too two under up us very was we were
what when where which while who will with would year years you your according told since last first week day
monday tuesday wednesday thursday friday saturday sunday mr mrs ms inc ltd com www http https
"""
_EMPTY = frozenset(_WORDS.split())
"""Words that carry no subject, English first: what every article has is no help."""


def sentences_of(article: ArticleText) -> list[Sentence]:
    """The article as sentences of plain words; a phrase never runs from one into the next."""
    found: list[Sentence] = []
    for text in (article.title, article.summary, article.body[:MAX_TEXT], *article.tags):
        sentence: list[str] = []
        for word in words_of(fold(text)):
            if said := plain(word):
                sentence.append(said)
            if ends_sentence(word):
                found.append(tuple(sentence))
                sentence = []
        found.append(tuple(sentence))
    return [sentence for sentence in found if sentence]


def phrases_in(sentences: Iterable[Sentence]) -> set[Pattern]:
    """Every word and every pair of words that could name a subject."""
    found: set[Pattern] = set()
    for sentence in sentences:
        telling = [_tells(word) for word in sentence]
        for place, tells in enumerate(telling):
            if tells:
                found.add((sentence[place],))
                if place + 1 < len(sentence) and telling[place + 1]:
                    found.add((sentence[place], sentence[place + 1]))
    return found


def _tells(word: str) -> bool:
    return len(word) > 2 and word not in _EMPTY and not word.isdecimal()


@dataclass(frozen=True)
class Contrast:
    """How a phrase is shared out between two sets of articles."""

    phrase: Pattern
    inside: int
    outside: int
    log_odds: float
    """Of being inside, given the phrase; half an article is added to each count."""
    chi_square: float


def contrast(phrase: Pattern, inside: int, outside: int, sizes: tuple[int, int]) -> Contrast:
    """`inside` of sizes[0] articles have the phrase, and `outside` of sizes[1]."""
    a, b, c, d = inside, outside, sizes[0] - inside, sizes[1] - outside
    log_odds = math.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    chi_square = (a + b + c + d) * (a * d - b * c) ** 2 / margins if margins else 0.0
    return Contrast(phrase, inside, outside, log_odds, chi_square)


def finder(terms: Iterable[str]) -> Callable[[Sentence], Iterator[tuple[int, int]]]:
    """A function that gives (start, end) of each place in a sentence where one of the terms stands."""
    by_first: dict[str, list[Pattern]] = {}
    prefixes: list[Pattern] = []
    for term in terms:
        for form in forms_of(term):
            if form[0].endswith("*"):
                prefixes.append(form)
            else:
                by_first.setdefault(form[0], []).append(form)

    def find(sentence: Sentence) -> Iterator[tuple[int, int]]:
        for place, word in enumerate(sentence):
            near = [*by_first.get(word, ()), *(form for form in prefixes if word.startswith(form[0][:-1]))]
            lengths = [len(form) for form in near if _stands(form, sentence[place:])]
            if lengths:
                yield place, place + max(lengths)

    return find


def _stands(form: Pattern, words: Sequence[str]) -> bool:
    return len(form) <= len(words) and all(
        word.startswith(said[:-1]) if said.endswith("*") else word == said
        for said, word in zip(form, words, strict=False)
    )


def contexts_in(sentences: Iterable[Sentence], find: Callable[[Sentence], Iterator[tuple[int, int]]]) -> set[Pattern]:
    """Each term as it stands there with the word before it, the word after it, and both."""
    found: set[Pattern] = set()
    for sentence in sentences:
        for start, end in find(sentence):
            before = sentence[start - 1 : start] if start else ()
            after = sentence[end : end + 1]
            core = sentence[start:end]
            found.update(
                phrase
                for phrase in ((*before, *core), (*core, *after), (*before, *core, *after))
                if len(phrase) > len(core) and _tells(phrase[0]) and _tells(phrase[-1])
            )
    return found
