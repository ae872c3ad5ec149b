"""What a query means, worked out the slow way: word by word, straight from the definition."""

from __future__ import annotations

import math
from functools import lru_cache

from worker.match.furniture import without_furniture
from worker.match.scoring import TEXT_POINTS, TITLE_POINTS
from worker.match.search.query import About, And, Field, Leaf, Not, Or, Query
from worker.match.search.words import stem
from worker.match.text import ArticleText, ends_sentence, fold, plain, words_of

Sentences = list[list[str]]


def naive(query: Query, article: ArticleText) -> bool:
    """Whether the article answers the query."""
    if isinstance(query, Leaf):
        return count(query, fields(article)[query.field]) > 0
    if isinstance(query, And):
        return all(naive(part, article) for part in query.parts)
    if isinstance(query, Or):
        return any(naive(part, article) for part in query.parts)
    if isinstance(query, Not):
        return not naive(query.part, article)
    assert isinstance(query, About)
    if not naive(query.part, article):
        return False
    text = telling(article)
    words = sum(map(len, text))
    in_title, in_text = weigh(query.part, article, text)
    if words < 20:
        in_text += in_title
    points = TITLE_POINTS * min(in_title, 1) + TEXT_POINTS * math.log(1 + 1000 * in_text / (words + 200) / 5)
    return points >= 3.0


def telling(article: ArticleText) -> Sentences:
    """Summary and body; a summary that the body opens with is said once."""
    body = without_furniture(article.body)
    opening = fold(article.summary[:60]).strip()
    summary = "" if opening and opening in fold(body[:1000]) else article.summary
    return sentences(summary) + sentences(body)


def weigh(query: Query, article: ArticleText, text: Sentences) -> tuple[int, int]:
    """How often what is asked for stands in the title and in the text; the least of an AND, the sum of an OR."""
    if isinstance(query, Leaf):
        if query.field is Field.SOURCE:
            return 0, 0
        in_text = 0 if query.field is Field.TITLE else count(query, text)
        return count(query, sentences(article.title)), in_text
    if isinstance(query, About):
        return weigh(query.part, article, text)
    if isinstance(query, Not):
        return 0, 0
    parts = [part for part in query.parts if naive(part, article)]
    if isinstance(query, And):
        speaking = [part for part in parts if speaks(part)]
        found = [weigh(part, article, text) for part in speaking]
        return (min(one[0] for one in found), min(one[1] for one in found)) if found else (0, 0)
    found = [weigh(part, article, text) for part in parts]
    return sum(one[0] for one in found), sum(one[1] for one in found)


def speaks(query: Query) -> bool:
    """Whether a part says anything of what the article is about: not a source, not a denial."""
    if isinstance(query, Leaf):
        return query.field is not Field.SOURCE
    if isinstance(query, And):
        return any(speaks(part) for part in query.parts)
    if isinstance(query, About):
        return speaks(query.part)
    return isinstance(query, Or)


@lru_cache(maxsize=4)
def fields(article: ArticleText) -> dict[Field, Sentences]:
    everything = [article.title, article.summary, without_furniture(article.body), *article.tags]
    return {
        Field.ANY: [sentence for part in everything for sentence in sentences(part)],
        Field.TITLE: sentences(article.title),
        Field.SOURCE: [sentence for name in article.source for sentence in sentences(name)],
    }


def sentences(text: str) -> Sentences:
    found: Sentences = [[]]
    for word in words_of(fold(text)):
        found[-1].append(plain(word))
        if ends_sentence(word) or not plain(word):  # a full stop that stands alone
            found.append([])
    return [[word for word in sentence if word] for sentence in found]


def count(leaf: Leaf, text: Sentences) -> int:
    """How often the leaf stands in the text, from left to right, not overlapping itself."""
    times = 0
    for sentence in text:
        at = 0
        while at + len(leaf.words) <= len(sentence):
            if all(same(leaf, number, sentence[at + number]) for number in range(len(leaf.words))):
                times += 1
                at += len(leaf.words)
            else:
                at += 1
    return times


def same(leaf: Leaf, number: int, word: str) -> bool:
    wanted = leaf.words[number]
    if leaf.prefix and number == len(leaf.words) - 1:
        return word.startswith(wanted)
    return word == wanted if leaf.exact else stem(word) == stem(wanted)
