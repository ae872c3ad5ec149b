"""How fast articles find their saved searches: `python benchmarks/searches.py [ARTICLES.jsonl] [--queries 100000]`.

The searches are made up: one to three words, phrases, prefixes and NOTs, of which a few are asked for by many. The
articles are those of the file (title, summary, body), else made up too, of 5 KB. Each number of searches is measured in
a process of its own, so that the memory is that of one worker.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from worker.match.search.article import Reading
from worker.match.search.parse import QueryError, parse
from worker.match.search.percolator import Percolator
from worker.match.search.program import Verifier, compiled
from worker.match.search.query import Query, normal
from worker.match.search.shares import shares_in
from worker.match.search.vocabulary import Vocabulary
from worker.match.search.words import COMMON
from worker.match.text import ArticleText

LENGTH = 5_000
"""Characters of a made-up article."""
WORDS = 60_000
"""Different words that searches are made of."""
TOO_COMMON = 1_000
"""Of these, the most common, in a search that has no other."""
ADDED = 2_000
TURNS = 6
COMPARED = 3_000
"""Searches that are worked out one after the other against an article, to compare."""


@dataclass
class Measured:
    queries: int
    build: float
    per_second: float
    typical: float
    worst: float
    found: float
    add: float
    worst_add: float
    memory: float
    naive: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, nargs="?", help="articles, one JSON object a line")
    parser.add_argument("--queries", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    given = parser.parse_args()
    print_table(measured(given.articles, given.queries))


def measured(articles: Path | None, sizes: Sequence[int]) -> list[Measured]:
    """Figures of each number of searches, in a process of its own."""
    found = []
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(measure, (articles, size)))
    return found


def print_table(found: Sequence[Measured]) -> None:
    table = Table(title="Saved searches, one process (CPU time)")
    headings = (
        "searches|build s|articles/s|ms p50|ms p99|found|add ms|add ms p99|memory MB|times faster than one by one"
    )
    for heading in headings.split("|"):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(
            *(f"{one.queries:,}", f"{one.build:.1f}", f"{one.per_second:,.0f}", f"{one.typical:.2f}"),
            *(f"{one.worst:.2f}", f"{one.found:,.0f}", f"{one.add:.3f}", f"{one.worst_add:.3f}"),
            *(f"{one.memory:,.0f}", f"{one.naive:,.0f}"),
        )
    Console(width=max(Console().width, 120)).print(table)


def measure(path: Path | None, size: int) -> Measured:
    """Figures of one number of searches."""
    dice = random.Random(20)
    articles = list(_read(path) if path else islice(_made_up(dice), 300))
    words = _vocabulary(articles, dice)
    shares = shares_in(articles)
    before = _resident()
    queries = _queries(words, dice)
    percolator = Percolator(shares)
    build = 0.0
    for number in range(size):
        text = next(queries)
        started = time.process_time()
        percolator.add(number, parse(text))
        build += time.process_time() - started
    gc.collect()
    memory = _resident() - before
    times, found = _percolate(percolator, articles)
    adding = []
    for number, text in enumerate(islice(queries, ADDED)):
        started = time.process_time()
        percolator.add(size + number, parse(text))
        adding.append(time.process_time() - started)
    for number in range(ADDED):
        percolator.remove(size + number)
    naive = _one_by_one([parse(text) for text in islice(queries, COMPARED)], articles[:5]) * size / COMPARED
    middle = sum(times) / len(times)
    return Measured(
        queries=size,
        build=build,
        per_second=1 / middle,
        typical=1000 * _quantile(times, 0.5),
        worst=1000 * _quantile(times, 0.99),
        found=found / len(articles),
        add=1000 * sum(adding) / len(adding),
        worst_add=1000 * _quantile(adding, 0.99),
        memory=memory,
        naive=naive / middle,
    )


def _percolate(percolator: Percolator, articles: Sequence[ArticleText]) -> tuple[list[float], int]:
    """Seconds of each article, the best of several times, and how many searches all of them found."""
    times = [float("inf")] * len(articles)
    found = 0
    for turn in range(TURNS):
        for number, article in enumerate(articles):
            started = time.process_time()
            answered = percolator.find(article)
            times[number] = min(times[number], time.process_time() - started)
            found += len(answered) * (turn == 0)
    return times, found


def _one_by_one(queries: Sequence[Query], articles: Sequence[ArticleText]) -> float:
    """Seconds an article takes for all of these, when each is worked out for it (its words looked up once)."""
    vocabulary = Vocabulary()
    programs = [compiled(normal(query), vocabulary) for query in queries]
    started = time.process_time()
    for article in articles:
        reading = Reading(article)
        true = Verifier(vocabulary.found_in(reading), reading).true
        for program in programs:
            true(program)
    return (time.process_time() - started) / len(articles)


def _read(path: Path) -> Iterator[ArticleText]:
    for line in path.read_text("utf-8").splitlines():
        one = json.loads(line)
        source = (one["source"],) if one.get("source") else ()
        yield ArticleText(one["title"], one.get("summary") or "", one["body"], source=source)


def _made_up(dice: random.Random) -> Iterator[ArticleText]:
    words = [*COMMON, *islice(_unknown(dice), WORDS)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    while True:
        chosen = dice.choices(words, cum_weights=weights, k=LENGTH // 6)
        body = "".join(word + (". " if dice.random() < 0.06 else " ") for word in chosen)[:LENGTH]
        title = " ".join(dice.choices(words, cum_weights=weights, k=8))
        yield ArticleText(title, "", body, source=("Wire",))


def _vocabulary(articles: Sequence[ArticleText], dice: random.Random) -> list[str]:
    """Words that people would search for, the most asked for first: none of every tenth article, and rare ones."""
    times: Counter[str] = Counter()
    for article in articles:
        times.update(word for word in Reading(article).any.distinct if len(word) > 2 and word.isalpha())
    telling = [word for word, number in times.most_common() if word not in COMMON and number < len(articles) / 10]
    return [*telling, *islice(_unknown(dice), max(0, WORDS - len(telling)))]


def _unknown(dice: random.Random) -> Iterator[str]:
    parts = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo za stra gran mor lin tek van".split()  # noqa: SIM905
    seen = set()
    while True:
        word = "".join(dice.choices(parts, k=dice.randint(2, 5)))
        if word not in seen:
            seen.add(word)
            yield word


def _queries(words: Sequence[str], dice: random.Random) -> Iterator[str]:
    """Searches without end; the word of rank n is asked for in proportion to 1 / (n + 200).

    Each has a word that is not among the most common ones, else it would be refused for finding too much.
    """
    weights = list(accumulate(1 / (rank + 200) for rank in range(len(words))))
    telling = words[TOO_COMMON:]
    while True:
        (one,) = dice.choices(telling, cum_weights=weights[: len(telling)], k=1)
        two, three = dice.choices(words, cum_weights=weights, k=2)
        kind = dice.random()
        if kind < 0.2:
            query = one
        elif kind < 0.5:
            query = f"{one} {two}"
        elif kind < 0.6:
            query = f"{one} {two} {three}"
        elif kind < 0.75:
            query = f'"{one} {two}"'
        elif kind < 0.8:
            query = f"{one[:5]}* {two}"
        elif kind < 0.87:
            query = f"{one} {two} -{three}"
        elif kind < 0.93:
            query = f"({one} OR {two}) {three}"
        elif kind < 0.97:
            query = f"title:{one}"
        else:
            query = f"about:({one} {two})"
        try:
            parse(query)
        except QueryError:
            continue
        yield query


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _resident() -> float:
    """Megabytes that the process holds."""
    if not sys.platform.startswith("linux"):
        return float("nan")
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    main()
