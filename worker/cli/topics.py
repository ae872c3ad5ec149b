"""`sitrep topics`: what a definition finds and how well, what an edit would change, marks, names. Each has --json."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from worker.cli import topic_changes, topic_evaluation, topic_marks, topic_rematch, topic_trials
from worker.cli.printing import AsJson, console, print_json, print_table
from worker.cli.topic_articles import read_article
from worker.cli.topic_names import meant_by_file
from worker.cli.topic_options import TopicsDir, definitions, told
from worker.match.matcher import Matcher, Verdict

app = typer.Typer(
    help="Topics: what a definition finds, how well, and what an edit would change.", no_args_is_help=True
)

_STYLE = {"about": "bold green", "mention": "yellow", "none": "dim"}


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """The topics in force and those that are over, with their subscribers and what was about them of late."""
    from worker.cli.reading import usable_services
    from worker.match.overview import overview

    made = usable_services()
    with made.session(read_only=True) as session:
        rows = overview(session, now=made.now())
    if as_json:
        print_json(rows)
        return
    columns = ("topic", "title", "version", "state", "subscribers", "about in 30 days", "marks")
    print_table(columns, [(r.slug, r.title, r.version, r.state, r.subscribers, r.about, r.marks) for r in rows])
    if not rows:
        print("No topic was read yet: `sitrep up` or a worker reads schedules/topics.")


@app.command("match")
def match_command(
    article: Annotated[str, typer.Argument(help="A file (html, txt, json, jsonl), a URL, or a stored article's id.")],
    topics: TopicsDir = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Only this one; a former name does too.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="List the terms found, by field and place.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge one article for every topic: score, verdict, evidence."""
    with told():
        found = definitions(topics)
        matcher = Matcher(found.values() if topic is None else [found[meant_by_file(topic, topics)]])
        read = read_article(article)
    judged = [(title, matcher.judge(text)) for title, text in read]
    for name, verdicts in judged:
        if as_json:
            print_json({"article": name, "topics": {slug: verdict.to_json() for slug, verdict in verdicts.items()}})
            continue
        _print_verdicts(name, verdicts)
        if evidence:
            _print_evidence(verdicts)


def _print_verdicts(name: str, verdicts: dict[str, Verdict]) -> None:
    table = Table(title=Text(name), title_justify="left")
    for heading in ("topic", "verdict", "score", "why"):
        table.add_column(heading, justify="right" if heading == "score" else "left", overflow="fold")
    for slug, verdict in sorted(verdicts.items(), key=lambda item: -item[1].score):
        style = _STYLE[verdict.verdict]
        score = f"{verdict.score:.2f} / {verdict.threshold:g}"
        table.add_row(slug, Text(verdict.verdict, style=style), score, Text(verdict.sentence))
    console().print(table)


def _print_evidence(verdicts: dict[str, Verdict]) -> None:
    rows = [
        (slug, piece.field, piece.term, piece.count, "no: means something else" if excluded else "yes", *_places(piece))
        for slug, verdict in verdicts.items()
        for excluded, pieces in ((False, verdict.evidence), (True, verdict.excluded))
        for piece in pieces
    ]
    if rows:
        print_table(("topic", "field", "term", "times", "counts", "at character"), rows)


def _places(piece: object) -> tuple[str]:
    positions = getattr(piece, "positions", ())
    return (", ".join(map(str, positions[:8])) + (", ..." if len(positions) > 8 else ""),)


for _module in (topic_evaluation, topic_trials, topic_marks, topic_changes, topic_rematch):
    _module.register(app)
