"""How well and how fast articles are matched: `python benchmarks/match.py LABELLED.jsonl`.

Prints F1 for each topic, with the text clean, with a page's furniture around it and with the threshold moved, and
articles a second for the shipped topics and for 200.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from worker.match.evaluation import LabelledArticle, evaluate, read_labelled
from worker.match.matcher import Matcher
from worker.resources import shipped
from worker.schedules.topics import TopicDefinition, load_topics

BEFORE = """Menu
 • Home
 • Drones & Robots
 • Arctic
 • Army & Navy
Most Read

Minsk Talks Fail Again

Why Drones Win Wars

Greenland Votes
Share
Facebook
Print
"""
AFTER = """
Share this
Previous: Drones Over the Harbour
Next: Arctic Exercise Ends

Related

Belarus Frees Prisoners

May 3

Drone Makers Meet in Ulm

May 2

Leave a reply
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path, help="labelled articles, one JSON object a line")
    parser.add_argument("--topics", type=Path, default=shipped("schedules") / "topics")
    parser.add_argument("--rounds", type=int, default=5, help="the fastest of so many is printed")
    given = parser.parse_args()
    definitions, _ = load_topics(given.topics)
    labelled = read_labelled(given.labelled)
    _quality(definitions, labelled)
    _speed(definitions, labelled, given.rounds)


def _quality(definitions: dict[str, TopicDefinition], labelled: Sequence[LabelledArticle]) -> None:
    matcher = Matcher(definitions.values())
    cluttered = [
        replace(one, article=replace(one.article, body=f"{BEFORE}\n{one.article.body}\n{AFTER}")) for one in labelled
    ]
    clean, dirty = evaluate(matcher, labelled), evaluate(matcher, cluttered)
    table = Table(title=f"{len(labelled)} labelled articles")
    for heading in ("topic", "precision", "recall", "F1", "F1 with furniture", "F1 at threshold -10 %", "+10 %"):
        table.add_column(heading, justify="right")
    for slug, found in clean.items():
        figures, threshold = found.figures(), definitions[slug].threshold
        shares = (
            figures.precision,
            figures.recall,
            figures.f1,
            dirty[slug].figures().f1,
            found.figures(threshold * 0.9).f1,
            found.figures(threshold * 1.1).f1,
        )
        table.add_row(slug, *(f"{share:.3f}" for share in shares))
    Console().print(table)


def _speed(definitions: dict[str, TopicDefinition], labelled: Sequence[LabelledArticle], rounds: int) -> None:
    length = sum(len(one.article.body) for one in labelled) / max(len(labelled), 1)
    table = Table(title=f"articles of {length / 1000:.1f} KB, one process")
    for heading in ("topics", "verdicts a second", "with evidence and sentence"):
        table.add_column(heading, justify="right")
    for topics in (list(definitions.values()), _unlike(definitions, 200)):
        matcher = Matcher(topics)
        plain = _articles_per_second(matcher, labelled, rounds, told=False)
        told = _articles_per_second(matcher, labelled, rounds, told=True)
        table.add_row(str(len(topics)), f"{plain:,.0f}", f"{told:,.0f}")
    Console().print(table)


def _unlike(definitions: dict[str, TopicDefinition], count: int) -> list[TopicDefinition]:
    """The topics, and others of as many words that no article has."""
    made = [
        TopicDefinition(slug=f"made-{number}", title="Made", words=tuple(f"word{number}x{word}" for word in range(60)))
        for number in range(count - len(definitions))
    ]
    return [*definitions.values(), *made]


def _articles_per_second(matcher: Matcher, labelled: Sequence[LabelledArticle], rounds: int, *, told: bool) -> float:
    best = 0.0
    for _ in range(rounds + 1):
        started = time.perf_counter()
        for one in labelled:
            verdicts = matcher.judge(one.article)
            if told:
                for verdict in verdicts.values():
                    if verdict.verdict != "none":
                        _ = verdict.sentence
        best = max(best, len(labelled) / (time.perf_counter() - started))
    return best


if __name__ == "__main__":
    main()
