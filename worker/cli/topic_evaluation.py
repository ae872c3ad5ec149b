"""`sitrep topics evaluate`: definitions measured on labelled articles, drawn, with errors and the best threshold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from worker.cli.printing import AsJson, console, print_json
from worker.cli.topic_options import TopicsDir, definitions, told
from worker.cli.topic_plot import grid, write_plot
from worker.errors import InvalidInput
from worker.match.calibration import Calibration, calibrate
from worker.match.evaluation import LabelledArticle, TopicEvaluation, count, evaluate, read_labelled
from worker.match.matcher import Matcher


def register(app: typer.Typer) -> None:
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    file: Annotated[Path | None, typer.Argument(help="Labelled articles, one JSON object a line.")] = None,
    topics: TopicsDir = None,
    marks: Annotated[bool, typer.Option("--marks", help="Use the marked articles of this installation too.")] = False,
    show_errors: Annotated[bool, typer.Option("--errors", help="List the articles judged wrongly.")] = False,
    show_curve: Annotated[bool, typer.Option("--curve", help="Show precision and recall over the threshold.")] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the curves into this file: .svg, or .html with their table.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the definitions on labelled articles: precision, recall, F1 for `about`, and the best threshold."""
    with told():
        matcher = Matcher(definitions(topics).values())
        labelled = labelled_articles(file, marks=marks)
        results = evaluate(matcher, labelled)
        if not results:
            slugs = sorted({slug for one in labelled for slug in one.labels})
            raise InvalidInput(
                f"{file or 'What is marked'} is labelled for {', '.join(slugs)}; no such topic is defined"
            )
        speed = _articles_per_second(matcher, labelled)
        if plot is not None:
            write_plot(plot, results)
    best = {slug: calibrate(evaluation) for slug, evaluation in results.items()}
    if as_json:
        print_json(_as_json(results, best, len(labelled), speed, show_errors, show_curve))
        return
    _print_figures(results, best, len(labelled), speed)
    for evaluation in results.values():
        if show_curve:
            _print_curve(evaluation)
        if show_errors:
            _print_errors(evaluation)
    if plot is not None:
        print(f"The curves are in {plot}")


def labelled_articles(file: Path | None, *, marks: bool) -> list[LabelledArticle]:
    """What a file holds, what was marked here, or both; InvalidInput where that is nothing."""
    if file is None and not marks:
        raise InvalidInput("Say what to measure on: a file of labelled articles, or --marks for those marked here")
    found = read_labelled(file) if file is not None else []
    if marks:
        found += _marked()
    if not found:
        raise InvalidInput(
            f"{file} holds no articles" if file else "Nothing is marked yet: `sitrep topics mark ARTICLE TOPIC about`"
        )
    return found


def _marked() -> list[LabelledArticle]:
    from worker.cli.reading import usable_services
    from worker.match.marks import decided_marks, marks_as_labelled

    with usable_services().session(read_only=True) as session:
        return marks_as_labelled(session, decided_marks(session))


def _articles_per_second(matcher: Matcher, labelled: list[LabelledArticle]) -> float:
    """Of one process that knows the words already, as a worker does."""
    started = time.perf_counter()
    for one in labelled:
        matcher.judge(one.article)
    return len(labelled) / max(time.perf_counter() - started, 1e-9)


def _as_json(
    results: dict[str, TopicEvaluation],
    best: dict[str, Calibration],
    articles: int,
    speed: float,
    with_errors: bool,
    with_curve: bool,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for slug, evaluation in results.items():
        found[slug] = {**evaluation.figures().to_json(), "best": best[slug].to_json()}
        if with_errors:
            found[slug]["errors"] = [
                {"id": case.labelled.id, "label": case.label, **case.verdict.to_json()} for case in evaluation.errors()
            ]
        if with_curve:
            found[slug]["curve"] = [
                {"threshold": threshold, **figures.to_json()} for threshold, figures in evaluation.curve()
            ]
    return {"articles": articles, "articles_per_second": round(speed, 1), "topics": found}


def _print_figures(
    results: dict[str, TopicEvaluation], best: dict[str, Calibration], articles: int, speed: float
) -> None:
    noun = "article" if articles == 1 else "articles"
    table = Table(title=f"{articles} {noun}, {speed:,.0f} a second", box=None, pad_edge=False)
    for heading in ("topic", "precision", "recall", "F1", "right", "wrongly taken", "missed", "threshold", "best"):
        table.add_column(heading, justify="left" if heading == "topic" else "right", overflow="fold")
    for slug, evaluation in results.items():
        figures = evaluation.figures()
        shares = (f"{share:.3f}" for share in (figures.precision, figures.recall, figures.f1))
        counts = (str(count(each)) for each in (figures.tp, figures.fp, figures.fn))
        threshold = evaluation.judged[0].verdict.threshold
        table.add_row(slug, *shares, *counts, f"{threshold:g}", _best(best[slug]))
    console().print(table)
    for slug, found in best.items():
        console().print(Text(f"{slug}: {_flatness(found, results[slug].judged[0].verdict.threshold)}"))


def _best(found: Calibration) -> str:
    return "" if found.threshold is None else f"{found.threshold:g} (F1 {found.best.f1:.3f})"


def _flatness(found: Calibration, threshold: float) -> str:
    if found.threshold is None:
        return "none of these articles is found at any threshold"
    as_good = (
        f"any threshold from {found.flat_from:g} to {found.flat_to:g} is as good on these articles, within .01 of F1"
    )
    if found.flat_from <= threshold <= found.flat_to:
        return f"{as_good}; the one in force is among them"
    return f"{as_good}; the one in force, {threshold:g}, reaches {found.now.f1:.3f} instead of {found.best.f1:.3f}"


def _print_curve(evaluation: TopicEvaluation) -> None:
    table = Table(title=f"{evaluation.slug}: the threshold and what it does")
    for heading in ("threshold", "precision", "recall", "F1", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for threshold, figures in evaluation.curve():
        bar = "█" * round(figures.f1 * 30)
        shares = (f"{share:.3f}" for share in (figures.precision, figures.recall, figures.f1))
        table.add_row(f"{threshold:.2f}", *shares, bar)
    console().print(table)
    print(grid(evaluation))


def _print_errors(evaluation: TopicEvaluation) -> None:
    if not evaluation.errors():
        print(f"{evaluation.slug}: none is judged wrongly")
        return
    table = Table(title=f"{evaluation.slug}: judged wrongly")
    for heading in ("label", "score", "article", "why"):
        table.add_column(heading, overflow="fold")
    for case in evaluation.errors():
        title = case.labelled.article.title or case.labelled.id
        hint = "" if case.weight == 1 else f" (hint, {case.weight:g})"
        table.add_row(case.label + hint, f"{case.verdict.score:.2f}", Text(title), Text(case.verdict.sentence))
    console().print(table)
