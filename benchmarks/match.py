"""How well and how fast articles are matched.

    python benchmarks/match.py LABELLED.jsonl [--wire WIRE.jsonl] [--page SAMPLE.jsonl] [--searches 100000 1000000]

Prints F1 for each topic on the clean text, with a page's furniture around it, with the threshold moved and without
the words that only the article itself taught us; what simple methods reach on the same articles; topics that an
operator defines, on a news wire's stories; articles a second for the shipped topics and for 200; and how fast articles
find their saved searches (`--searches` without a number leaves that out; a million takes minutes).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import match_baselines, match_speed, searches
from benchmarks.page_chrome import LAYOUTS, cluttered
from worker.match.evaluation import Figures, LabelledArticle, article_of, evaluate, read_labelled
from worker.match.matcher import Matcher
from worker.resources import shipped
from worker.schedules.topics import TopicDefinition, load_topics

SHIFTS = (0.85, 0.9, 0.95, 1.05, 1.1, 1.15)
WIRE_TOPICS = Path(__file__).parents[1] / "tests" / "match" / "reuters_topics"

Row = tuple[str, dict[str, float]]
"""What was done, and F1 by topic."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path, help="labelled articles, one JSON object a line")
    parser.add_argument("--topics", type=Path, default=shipped("schedules") / "topics")
    parser.add_argument("--wire", type=Path, help="a news wire's stories with its own topics")
    parser.add_argument("--page", type=Path, help="a sample page: a JSON line with body and raw_page")
    parser.add_argument("--rounds", type=int, default=7, help="the fastest of so many is printed")
    parser.add_argument("--searches", type=int, nargs="*", default=[100_000], help="numbers of saved searches")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    given = parser.parse_args()
    definitions, _ = load_topics(given.topics)
    labelled = read_labelled(given.labelled)
    report = {
        "f1": dict(quality(definitions, labelled, given.page)),
        "baselines": dict(match_baselines.rows(definitions, labelled)),
        "wire": wire(given.wire) if given.wire else {},
        "speed": match_speed.figures(definitions, labelled, given.rounds),
    }
    if not given.json:
        _print(report, definitions, len(labelled))
    of_searches = searches.measured(given.labelled, given.searches)
    if given.json:
        print(json.dumps({**report, "searches": [asdict(one) for one in of_searches]}, indent=2))
    elif of_searches:
        searches.print_table(of_searches)


def quality(
    definitions: Mapping[str, TopicDefinition], labelled: Sequence[LabelledArticle], page: Path | None
) -> list[Row]:
    """F1 of the definitions as they are, and under everything that could upset them."""
    matcher = Matcher(definitions.values())
    clean = evaluate(matcher, labelled)
    rows: list[Row] = [
        ("clean text", {slug: found.figures().f1 for slug, found in clean.items()}),
        ("  precision", {slug: found.figures().precision for slug, found in clean.items()}),
        ("  recall", {slug: found.figures().recall for slug, found in clean.items()}),
    ]
    for shift in SHIFTS:
        moved = {slug: found.figures(definitions[slug].threshold * shift).f1 for slug, found in clean.items()}
        rows.append((f"threshold {shift - 1:+.0%}", moved))
    rows.append(("words found in that article only left out", match_baselines.without_own_words(definitions, labelled)))
    for layout in LAYOUTS:
        rows.append((f"page: {layout}", _dressed(matcher, labelled, partial(_cluttered, layout))))
    if page is not None:
        before, after = _around(page)
        rows.append(("page: the sample page's", _dressed(matcher, labelled, lambda body, _: f"{before}{body}{after}")))
    return rows


def _cluttered(layout: str, body: str, number: int) -> str:
    return cluttered(body, layout, number)


def _dressed(
    matcher: Matcher, labelled: Sequence[LabelledArticle], dress: Callable[[str, int], str]
) -> dict[str, float]:
    dressed = [
        replace(one, article=replace(one.article, body=dress(one.article.body, number)))
        for number, one in enumerate(labelled)
    ]
    return {slug: found.figures().f1 for slug, found in evaluate(matcher, dressed).items()}


def _around(path: Path) -> tuple[str, str]:
    """What the sample page has before and after its article."""
    page = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    raw, body = page["raw_page"], page["body"]
    return raw[: raw.index(body[:60])], raw[raw.index(body[-60:]) + 60 :]


def wire(path: Path) -> dict[str, dict[str, float]]:
    """Micro figures of an operator's topics: on stories the wire gave topics to, by half, and on all."""
    from tests.match.test_operator_topics import half_of

    definitions, _ = load_topics(WIRE_TOPICS)
    matcher = Matcher(definitions.values())
    stories = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    filed = [story for story in stories if story["topics"]]
    parts = {
        "half A, which was looked at": [story for story in filed if half_of(story["id"]) == "A"],
        "half B, which was not": [story for story in filed if half_of(story["id"]) == "B"],
        "all, with those that the wire left without topics": stories,
    }
    return {name: _micro(matcher, list(definitions), part) for name, part in parts.items()}


def _micro(matcher: Matcher, slugs: Sequence[str], stories: Sequence[dict[str, str]]) -> dict[str, float]:
    labelled = [
        LabelledArticle(
            story["id"],
            article_of(story, story["id"]),
            {slug: "about" if slug in story["topics"] else "none" for slug in slugs},
        )
        for story in stories
    ]
    found = [evaluation.figures() for evaluation in evaluate(matcher, labelled).values()]
    together = Figures(sum(one.tp for one in found), sum(one.fp for one in found), sum(one.fn for one in found))
    return {
        "stories": len(stories),
        "precision": together.precision,
        "recall": together.recall,
        "f1": together.f1,
    }


def _print(
    report: dict[str, dict[str, dict[str, float]]], slugs: Sequence[str] | Mapping[str, object], count: int
) -> None:
    console = Console()
    quality_table = Table(title=f"F1 on {count} labelled articles")
    quality_table.add_column("")
    for slug in slugs:
        quality_table.add_column(slug, justify="right")
    for part in ("f1", "baselines"):
        for name, by_topic in report[part].items():
            quality_table.add_row(name, *(f"{by_topic[slug]:.3f}" for slug in slugs))
        quality_table.add_section()
    console.print(quality_table)
    for title, part in (("An operator's topics on a wire's stories (micro)", "wire"), ("Speed, one process", "speed")):
        if report[part]:
            table = Table(title=title)
            table.add_column("")
            for heading in next(iter(report[part].values())):
                table.add_column(heading, justify="right")
            for name, figures in report[part].items():
                table.add_row(name, *map(_shown, figures.values()))
            console.print(table)


def _shown(figure: float) -> str:
    return "" if not figure else f"{figure:,.0f}" if figure > 10 else f"{figure:.3f}"


if __name__ == "__main__":
    main()
