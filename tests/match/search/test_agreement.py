"""The percolator finds for an article just what the definition of each query says, for any number of queries."""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.match.search.naive import naive
from worker.match.search.parse import QueryError, parse
from worker.match.search.percolator import Percolator
from worker.match.search.query import Query, normal
from worker.match.text import ArticleText

PAIRS = int(os.environ.get("SITREP_SEARCH_PAIRS", "100000"))
QUERIES, ARTICLES = 60, 20
WORDS = [
    *("drone", "drones", "drone's", "Drohnen", "dronning", "Belarus", "belarusian", "Minsk", "arctic", "Arctic's"),
    *("icebreaker", "icebreakers", "ice", "war", "wars", "games", "game", "launch", "launched", "launches"),
    *("of", "the", "a", "and", "MQ-9", "U.S.", "us", "Gen.", "Smith", "counter-drone", "sea"),
    *("дрон", "дроны", "дронов", "Łódź", "éclair", "naïve", "2025", "F-16"),
]
QUERIED = [word for word in WORDS if word.lower() not in ("of", "the", "a", "and", "us")]
ENDINGS = [" "] * 8 + [". ", ", ", "; ", "\n\n", " - ", "? ", '" ']


def text_of(dice: random.Random, words: int) -> str:
    return "".join(dice.choice(WORDS) + dice.choice(ENDINGS) for _ in range(words))


def article_of(dice: random.Random) -> ArticleText:
    tags = tuple(text_of(dice, 1) for _ in range(dice.randrange(3)))
    return ArticleText(
        title=text_of(dice, dice.randrange(7)),
        summary=text_of(dice, dice.randrange(9)),
        body=text_of(dice, dice.randrange(90)),
        tags=tags,
        source=dice.choice([(), ("Minsk Herald", "minskherald.example"), ("Arctic Today", "arctic.example")]),
    )


def query_of(dice: random.Random, depth: int = 0) -> str:
    kind = dice.random()
    if depth > 2 or kind < 0.35:
        return leaf_of(dice)
    inner = [query_of(dice, depth + 1) for _ in range(dice.randint(2, 3))]
    if kind < 0.6:
        return "(" + dice.choice([" ", " AND "]).join(inner) + ")"
    if kind < 0.8:
        return "(" + " OR ".join(inner) + ")"
    if kind < 0.92:
        return f"({inner[0]} {dice.choice(['NOT ', '-'])}{inner[1]})"
    return f"about:({inner[0]})"


def leaf_of(dice: random.Random) -> str:
    word = dice.choice(QUERIED)
    kind = dice.random()
    if kind < 0.45:
        return word
    if kind < 0.6:
        return f'"{word} {dice.choice(WORDS)}"'
    if kind < 0.7:
        return f'"{word}"'
    if kind < 0.8:
        return f"{word[:4]}*" if word[:4].isalpha() else word
    if kind < 0.85:
        return f'"{dice.choice(WORDS)} {word[:3]}*"' if word[:3].isalpha() else word
    return f"{dice.choice(['title', 'source'])}:{word}"


def readable(dice: random.Random) -> tuple[str, Query]:
    while True:
        text = query_of(dice)
        try:
            return text, parse(text)
        except QueryError:
            continue  # only denies, or wants common words alone


@settings(
    max_examples=max(1, PAIRS // (QUERIES * ARTICLES)),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
@given(seed=st.integers(0, 2**32))
def test_an_article_finds_what_the_definition_of_each_query_says(seed: int) -> None:
    dice = random.Random(seed)
    queries = dict(enumerate(readable(dice) for _ in range(QUERIES)))
    percolator = Percolator({"drone": dice.random(), "minsk": dice.random()})
    for number, (_, query) in queries.items():
        percolator.add(number, query)
    gone = set(dice.sample(sorted(queries), QUERIES // 6))
    for number in gone:
        percolator.remove(number)
    assert len(percolator) == QUERIES - len(gone)
    for _ in range(ARTICLES):
        article = article_of(dice)
        found = percolator.find(article)
        for number, (text, query) in queries.items():
            wanted = naive(normal(query), article) and number not in gone
            assert (number in found) == wanted, (text, article, wanted)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_query_written_back_is_the_same_query(seed: int) -> None:
    _, query = readable(random.Random(seed))
    assert normal(parse(str(query))) == normal(query)
    assert normal(normal(query)) == normal(query)
    assert parse(str(normal(query))) == normal(query)
