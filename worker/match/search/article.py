"""An article as searches look at it: its words by field, prepared once for all queries."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import chain

from worker.match.furniture import without_furniture
from worker.match.matcher import MAX_BODY, MAX_SUMMARY, MAX_TAG, MAX_TAGS, MAX_TITLE
from worker.match.search.query import Field
from worker.match.search.words import stem, stems
from worker.match.text import STOP, ArticleText, cut, ends_sentence, fold, plain

_BREAK = "\n"
"""Between sentences and fields, where no phrase goes on."""
_STOPPED = STOP
"""Ends a field, as if a full stop stood alone."""


class Words:
    """The words of one field (or of several): which there are, how often, and in which order."""

    def __init__(self, *parts: list[str]) -> None:
        """From the words of each part, as they were cut."""
        self._parts = parts

    @cached_property
    def written(self) -> Counter[str]:
        """How often each word stands there, still with its stops."""
        return Counter(chain.from_iterable(self._parts))

    @cached_property
    def times(self) -> dict[str, int]:
        """How often each word stands there."""
        times = dict(self.written)
        for word in [word for word in times if STOP in word]:
            number = times.pop(word)
            if said := plain(word):
                times[said] = times.get(said, 0) + number
        return times

    @cached_property
    def distinct(self) -> frozenset[str]:
        return frozenset(self.times)

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stems(self.times))

    @cached_property
    def length(self) -> int:
        """How many words there are."""
        return self._stem_times.total() - self._stem_times[""]  # that of stops which stand alone

    @cached_property
    def _joined(self) -> str:
        """All words, with a break where a sentence or a field ends, each with a space of its own on either side:
        `war war` twice in a row is twice."""
        parts = [word if STOP not in word else _broken(word) for words in self._parts for word in (*words, _STOPPED)]
        return f" {'  '.join(parts)} "

    def has_phrase(self, phrase: tuple[str, ...], *, prefix: bool) -> bool:
        """Whether the words stand side by side within a sentence; with `prefix` the last of them may go on."""
        # Looked for without the spaces around it: what ends in a letter is found in a third of the time.
        joined, said = self._joined, "  ".join(phrase)
        at = joined.find(said)
        while at >= 0:
            if joined[at - 1] == " " and (prefix or joined[at + len(said)] == " "):
                return True
            at = joined.find(said, at + 1)
        return False

    @cached_property
    def _stem_times(self) -> Counter[str]:
        return Counter(stems(chain.from_iterable(self._parts)))

    def count(self, phrase: tuple[str, ...], *, exact: bool, prefix: bool) -> int:
        """How often a word (with its inflections unless `exact`) or phrase occurs; overlaps count once."""
        if len(phrase) > 1 or prefix:
            return self._joined.count(_pattern(phrase, prefix=prefix))
        return self.times.get(phrase[0], 0) if exact else self._stem_times[stem(phrase[0])]


def _broken(word: str) -> str:
    """A word with stops as it stands among the others."""
    said = plain(word)
    if not said:
        return _BREAK
    return f"{said}  {_BREAK}" if ends_sentence(word) else said


def _pattern(phrase: tuple[str, ...], *, prefix: bool) -> str:
    return f" {'  '.join(phrase)}" if prefix else f" {'  '.join(phrase)} "


class Reading:
    """An article cut into words, by field."""

    def __init__(self, article: ArticleText) -> None:
        self.fields = {
            "title": article.title[:MAX_TITLE],
            "summary": article.summary[:MAX_SUMMARY],
            "body": without_furniture(article.body[:MAX_BODY]),
            "tags": "\n\n".join(tag[:MAX_TAG] for tag in article.tags[:MAX_TAGS]),
            "source": "\n\n".join(article.source)[:MAX_TITLE],
        }

    @cached_property
    def _cut(self) -> dict[str, list[str]]:
        return {name: cut(text).words for name, text in self.fields.items()}

    @cached_property
    def any(self) -> Words:
        """What a word is looked for in that names no field."""
        return Words(*(words for name, words in self._cut.items() if name != "source"))

    @cached_property
    def title(self) -> Words:
        return Words(self._cut["title"])

    @cached_property
    def source(self) -> Words:
        return Words(self._cut["source"])

    @cached_property
    def _not_text(self) -> list[Words]:
        """What is no text: title, tags, and a summary that the body opens with, which counts once."""
        opening = fold(self.fields["summary"][:60]).strip()
        repeated = opening and opening in fold(self.fields["body"][:1000])
        return [self.title, Words(self._cut["tags"]), *([Words(self._cut["summary"])] if repeated else [])]

    @cached_property
    def length(self) -> int:
        """Words of summary and body, which tell what an article is mainly about."""
        return self.any.length - sum(words.length for words in self._not_text)

    def times_in_text(self, phrase: tuple[str, ...], *, exact: bool, prefix: bool) -> int:
        """How often a word or phrase stands in summary and body (see `Words.count`)."""
        everywhere = self.any.count(phrase, exact=exact, prefix=prefix)
        if not everywhere:
            return 0
        return everywhere - sum(words.count(phrase, exact=exact, prefix=prefix) for words in self._not_text)

    def words(self, field: Field) -> Words:
        return self.any if field is Field.ANY else self.title if field is Field.TITLE else self.source
