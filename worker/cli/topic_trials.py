"""`sitrep topics backtest` and `suggest`: what an edit would have sent, which edits would help. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import tomlkit
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from worker.cli.printing import AsJson, counted, print_json, print_table
from worker.cli.topic_evaluation import labelled_articles
from worker.cli.topic_names import meant_by_file, meant_or_new
from worker.cli.topic_options import Name, edited_definition, parse_since, told
from worker.errors import InvalidInput
from worker.match.backtest import Backtest, Difference
from worker.match.evaluation import Figures, count
from worker.match.suggest import FEWEST, Suggested, Suggestion, suggest
from worker.models import Frequency
from worker.schedules.topics import TopicDefinition

_SHOWN = 40


def register(app: typer.Typer) -> None:
    app.command("backtest")(backtest_command)
    app.command("suggest")(suggest_command)


def backtest_command(
    name: Name,
    since: Annotated[str, typer.Option("--since", help="30d, 12h, 4w, or a date.")] = "30d",
    file: Annotated[
        Path | None, typer.Option("--file", help="The edited definition; else the topic's file under schedules/topics.")
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help=f"List every differing article, not only {_SHOWN}.")] = False,
    as_json: AsJson = False,
) -> None:
    """What an edited definition would have sent, to how many, against the one in force. Nothing is written."""
    from worker.audience.topic_changes import count_holders
    from worker.cli.reading import usable_services
    from worker.match.backtest import backtest, count_articles
    from worker.match.definitions import definition_in_force

    with told():
        name = meant_by_file(name, None) if file is None else meant_or_new(name)
        edited = edited_definition(name, file)
        made = usable_services()
        start = parse_since(since, made.now())
        with made.session(read_only=True) as session:
            topic_id, in_force = definition_in_force(session, name)
            subscribers = count_holders(session, topic_id) if topic_id is not None else {}
            total = count_articles(session, start)
            with progress_bar("Judging", total) as advance:
                found = backtest(session, name, in_force, edited, since=start, progress=advance)
    found.subscribers = subscribers
    if as_json:
        print_json({"topic": name, "same_wording": _same(in_force, edited), **found.to_json()})
        return
    _print_backtest(name, found, in_force, edited, None if show_all else _SHOWN)


def suggest_command(
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", help="Labelled articles, one JSON object a line; else what is marked here.")
    ] = None,
    marks: Annotated[bool, typer.Option("--marks", help="Use what is marked here beside the file.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="The definition to improve; else the topic's file in schedules/topics."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="The most suggestions.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Words, phrases and exclusions that labelled or marked articles speak for, each with its effect on them."""
    with told():
        name = meant_by_file(name, None) if file is None else meant_or_new(name)
        definition = edited_definition(name, file)
        labelled = [one for one in labelled_articles(source, marks=marks or source is None) if name in one.labels]
        if not labelled:
            raise InvalidInput(f"No article is labelled or marked for {name}: there is nothing to learn from")
        with progress_bar("Trying", 100) as advance:
            found = suggest(definition, labelled, limit=limit, progress=lambda share: advance(round(share * 100)))
    if as_json:
        print_json(_suggested_json(name, found))
        return
    _print_suggested(name, found)


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while it runs, where somebody looks; gives a function that is told how far it has come."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _same(in_force: TopicDefinition | None, edited: TopicDefinition) -> bool:
    return in_force is not None and in_force.hash == edited.hash


def _print_backtest(
    name: str, found: Backtest, in_force: TopicDefinition | None, edited: TopicDefinition, most: int | None
) -> None:
    if in_force is None:
        print(f"{name} is not in force yet: everything that it would send is new.")
    elif _same(in_force, edited):
        print("The edited definition says the same as the one in force.")
    judged = f"{counted(found.judged, 'article')} since {found.since:%Y-%m-%d %H:%M} UTC"
    print(f"{judged}: {found.old.articles} sent now, {found.new.articles} by the edited definition")
    print(f"{found.kept} by both, {len(found.gained)} gained, {len(found.lost)} lost\n")
    old, new = found.old.mails(found.subscribers), found.new.mails(found.subscribers)
    rows = [
        (each, found.subscribers.get(each, 0), old[each], new[each], f"{new[each] - old[each]:+d}")
        for each in Frequency
    ]
    print_table(("frequency", "subscribers today", "mails now", "mails edited", "difference"), rows)
    weeks = sorted({*found.old.weeks, *found.new.weeks})
    if weeks:
        print_table(
            ("week of", "articles now", "articles edited"),
            [(week, found.old.weeks[week], found.new.weeks[week]) for week in weeks],
        )
    for title, differences in (("gained", found.gained), ("lost", found.lost)):
        _print_differences(title, differences, most)


def _print_differences(title: str, differences: list[Difference], most: int | None) -> None:
    if not differences:
        return
    latest = differences[::-1][:most]
    rows = [
        (each.article_id, each.seen_at, each.title, _said(each.old.verdict, each.old.score),
         _said(each.new.verdict, each.new.score), each.old.sentence, each.new.sentence)
        for each in latest
    ]  # fmt: skip
    columns = ("article", "at (UTC)", "title", "now", "edited", "why now", "why edited")
    print_table(columns, rows, title=f"\n{len(differences)} {title}")
    if len(latest) < len(differences):
        print(f"... and {len(differences) - len(latest)} more: --all or --json lists them")


def _said(verdict: str, score: float) -> str:
    return f"{verdict} {score:.2f}"


def _suggested_json(name: str, found: Suggested) -> dict[str, object]:
    checked = found.checked and {
        "folds": found.checked.folds,
        "f1_before": round(found.checked.before.f1, 4),
        "f1_after": round(found.checked.after.f1, 4),
    }
    return {
        "topic": name,
        "articles": found.articles,
        "about": found.about,
        "before": found.before.to_json(),
        "after": found.after.to_json(),
        "suggestions": [each.to_json() for each in found.suggestions],
        "cross_validation": checked,
        "helps": found.helps,
        "toml": "" if found.helps is False else snippet(found.suggestions),
    }


def _print_suggested(name: str, found: Suggested) -> None:
    labelled = counted(found.articles, "labelled article")
    print(f"{labelled}, {found.about} about {name}; F1 now {found.before.f1:.3f}")
    if not found.about:
        print(f"Nothing shows what is about {name}: label or mark articles that are, and try again.")
        return
    if not found.suggestions:
        print("No word, phrase or exclusion makes it better on these articles.")
        return
    rows = [
        (each.kind, each.term, *_effect(each.before, each.after), f"{each.before.f1:.3f}", f"{each.after.f1:.3f}")
        for each in found.suggestions
    ]
    print_table(("key", "term", "right", "wrongly taken", "missed", "F1 before", "F1 after"), rows)
    print(_honestly(found))
    if found.helps is False:
        print("So nothing is proposed for the file: label or mark more articles, and try again.")
    else:
        print(f"\n{snippet(found.suggestions)}")


def _effect(before: Figures, after: Figures) -> Iterator[str]:
    for attribute in ("tp", "fp", "fn"):
        difference = count(round(getattr(after, attribute) - getattr(before, attribute), 6))
        yield f"{difference:+g}" if difference else "0"


def _honestly(found: Suggested) -> str:
    if found.checked is None:
        return (
            f"These figures are on the articles that the suggestions were made from. To check them on others takes "
            f"{FEWEST} articles about the topic and {FEWEST} that are not."
        )
    before, after = found.checked.before.f1, found.checked.after.f1
    verdict = {True: "they help", False: "they do not help", None: "they hardly help"}[found.helps]
    return (
        f"On articles that such suggestions were not made from ({found.checked.folds}-fold): F1 {before:.3f} before, "
        f"{after:.3f} after: {verdict}."
    )


def snippet(suggestions: tuple[Suggestion, ...]) -> str:
    """What to add to the file, as TOML; what to take out of it, as a remark."""
    lines = []
    for key in ("words", "phrases", "exclude"):
        if terms := [each.term for each in suggestions if each.kind == key]:
            lines.append(f"# add to {key}:\n{tomlkit.dumps({key: terms}).strip()}")
    if removed := [each.term for each in suggestions if each.kind == "remove"]:
        lines.append(f"# take out: {', '.join(removed)}")
    return "\n".join(lines)
