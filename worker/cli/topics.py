"""`sitrep topics`: what a definition finds, and how well. Each command has --json."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.cli.printing import AsJson, exit_code_of, fail, print_json
from worker.cli.topic_articles import read_article
from worker.errors import InvalidInput, SitrepError
from worker.match.evaluation import LabelledArticle, TopicEvaluation, evaluate, read_labelled
from worker.match.matcher import Matcher, Verdict
from worker.resources import shipped
from worker.schedules.topics import TopicDefinition, load_topics

app = typer.Typer(help="Topics: what a definition finds, and how well.", no_args_is_help=True)

TopicsDir = Annotated[
    Path | None,
    typer.Option("--topics", help="Directory with the definitions, one <slug>.toml for each topic."),
]

_STYLE = {"about": "bold green", "mention": "yellow", "none": "dim"}


@app.command("evaluate")
def evaluate_command(
    file: Annotated[Path, typer.Argument(help="Labelled articles, one JSON object a line.")],
    topics: TopicsDir = None,
    show_errors: Annotated[bool, typer.Option("--errors", help="List the articles judged wrongly.")] = False,
    show_curve: Annotated[bool, typer.Option("--curve", help="Show precision and recall over the threshold.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the definitions on labelled articles: precision, recall and F1 for `about`."""
    try:
        matcher = Matcher(_definitions(topics).values())
        labelled = read_labelled(file)
        if not labelled:
            raise InvalidInput(f"{file} holds no articles")
        results = evaluate(matcher, labelled)
        if not results:
            slugs = sorted({slug for one in labelled for slug in one.labels})
            raise InvalidInput(f"{file} is labelled for {', '.join(slugs)}; no such topic is defined")
        speed = _articles_per_second(matcher, labelled)
    except SitrepError as error:
        _stop(error)
    if as_json:
        print_json(_evaluation_json(results, len(labelled), speed, show_errors, show_curve))
        return
    _print_evaluation(results, len(labelled), speed)
    for evaluation in results.values():
        if show_curve:
            _print_curve(evaluation)
        if show_errors:
            _print_errors(evaluation)


@app.command("match")
def match_command(
    article: Annotated[str, typer.Argument(help="A file (html, txt, json, jsonl), a URL, or a stored article's id.")],
    topics: TopicsDir = None,
    as_json: AsJson = False,
) -> None:
    """Judge one article for every topic: score, verdict, evidence."""
    try:
        matcher = Matcher(_definitions(topics).values())
        read = read_article(article)
    except SitrepError as error:
        _stop(error)
    judged = [(title, matcher.judge(text)) for title, text in read]
    if as_json:
        for name, verdicts in judged:
            found = {slug: verdict.to_json() for slug, verdict in verdicts.items()}
            print_json({"article": name, "topics": found})
        return
    for name, verdicts in judged:
        _print_verdicts(name, verdicts)


def _definitions(directory: Path | None) -> dict[str, TopicDefinition]:
    """The definitions of `directory`; without one, of this installation's schedules."""
    chosen = directory or _schedules_dir() / "topics"
    definitions, problems = load_topics(chosen)
    if problems:
        raise InvalidInput("\n".join(str(problem) for problem in problems))
    if not definitions:
        raise InvalidInput(f"{chosen} holds no topic: add a file <slug>.toml, docs/add-a-topic.md shows how")
    return definitions


def _schedules_dir() -> Path:
    from worker.settings import load_settings

    return load_settings().schedules_dir or shipped("schedules")


def _articles_per_second(matcher: Matcher, labelled: list[LabelledArticle]) -> float:
    """Of one process that knows the words already, as a worker does."""
    started = time.perf_counter()
    for one in labelled:
        matcher.judge(one.article)
    return len(labelled) / max(time.perf_counter() - started, 1e-9)


def _evaluation_json(
    results: dict[str, TopicEvaluation], articles: int, speed: float, with_errors: bool, with_curve: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for slug, evaluation in results.items():
        found[slug] = evaluation.figures().to_json()
        if with_errors:
            found[slug]["errors"] = [
                {"id": case.labelled.id, "label": case.label, **case.verdict.to_json()} for case in evaluation.errors()
            ]
        if with_curve:
            found[slug]["curve"] = [
                {"threshold": threshold, **figures.to_json()} for threshold, figures in evaluation.curve()
            ]
    return {"articles": articles, "articles_per_second": round(speed, 1), "topics": found}


def _print_evaluation(results: dict[str, TopicEvaluation], articles: int, speed: float) -> None:
    table = Table(title=f"{articles} articles, {speed:,.0f} articles a second")
    for heading in ("topic", "precision", "recall", "F1", "right", "wrongly taken", "missed"):
        table.add_column(heading, justify="left" if heading == "topic" else "right")
    for slug, evaluation in results.items():
        figures = evaluation.figures()
        shares = (f"{share:.3f}" for share in (figures.precision, figures.recall, figures.f1))
        table.add_row(slug, *shares, str(figures.tp), str(figures.fp), str(figures.fn))
    Console().print(table)


def _print_curve(evaluation: TopicEvaluation) -> None:
    table = Table(title=f"{evaluation.slug}: the threshold and what it does")
    for heading in ("threshold", "precision", "recall", "F1", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for threshold, figures in evaluation.curve():
        bar = "█" * round(figures.f1 * 30)
        shares = (f"{share:.3f}" for share in (figures.precision, figures.recall, figures.f1))
        table.add_row(f"{threshold:.2f}", *shares, bar)
    Console().print(table)


def _print_errors(evaluation: TopicEvaluation) -> None:
    table = Table(title=f"{evaluation.slug}: judged wrongly")
    for heading in ("label", "score", "article", "why"):
        table.add_column(heading, overflow="fold")
    for case in evaluation.errors():
        title = case.labelled.article.title or case.labelled.id
        table.add_row(case.label, f"{case.verdict.score:.2f}", Text(title), Text(case.verdict.sentence))
    Console().print(table)


def _print_verdicts(name: str, verdicts: dict[str, Verdict]) -> None:
    table = Table(title=Text(name), title_justify="left")
    for heading in ("topic", "verdict", "score", "why"):
        table.add_column(heading, justify="right" if heading == "score" else "left", overflow="fold")
    for slug, verdict in sorted(verdicts.items(), key=lambda item: -item[1].score):
        style = _STYLE[verdict.verdict]
        score = f"{verdict.score:.2f} / {verdict.threshold:g}"
        table.add_row(slug, Text(verdict.verdict, style=style), score, Text(verdict.sentence))
    Console().print(table)


def _stop(error: SitrepError) -> NoReturn:
    fail(str(error))
    raise typer.Exit(exit_code_of(error)) from error
