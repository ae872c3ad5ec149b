"""`sitrep topics mark`, `unmark`, `marks`: what operators and subscribers say of matches, kept as labelled articles."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.printing import AsJson, counted, numbered, print_json, print_table
from worker.cli.reading import usable_services
from worker.cli.topic_names import meant
from worker.cli.topic_options import ByWhom, told
from worker.errors import InvalidInput

ArticleId = Annotated[
    int, typer.Argument(help="The article's id, from `sitrep articles list`.", callback=numbered, show_default=False)
]
TopicName = Annotated[str, typer.Argument(help="The topic's slug; a former one does too.", show_default=False)]


class _Label(StrEnum):
    ABOUT = "about"
    MENTION = "mention"
    NONE = "none"


def register(app: typer.Typer) -> None:
    app.command("mark")(mark_command)
    app.command("unmark")(unmark_command)
    app.command("marks")(marks_command)


def mark_command(
    article_id: ArticleId,
    topic: TopicName,
    label: Annotated[_Label, typer.Argument(help="What the article is to the topic.", show_default=False)],
    by: ByWhom,
    note: Annotated[str, typer.Option("--note", help="Why; for other operators.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what an article is to a topic: about, mention or none. An operator's word decides over subscribers' hints."""
    from worker.match.marks import mark_article

    with told():
        made = usable_services()
        with made.session() as session:
            topic = meant(session, topic).slug
            mark_article(session, article_id, topic, label, by=by, note=note, now=made.now())
    if as_json:
        print_json({"article": article_id, "topic": topic, "label": label, "by": by})
    else:
        print(f"Article {article_id} is marked: {label} ({topic}), says {by}")


def unmark_command(article_id: ArticleId, topic: TopicName, by: ByWhom, as_json: AsJson = False) -> None:
    """Take back what you said of an article and a topic."""
    from worker.match.marks import unmark_article

    with told(), usable_services().session() as session:
        topic = meant(session, topic).slug
        gone = unmark_article(session, article_id, topic, by=by)
    if as_json:
        print_json({"article": article_id, "topic": topic, "removed": gone})
    else:
        print("The mark is gone" if gone else f"{by} had not marked article {article_id} for {topic}")


def marks_command(
    topic: Annotated[str | None, typer.Argument(help="Only this topic's; a former name does too.")] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them as labelled articles, one JSON object a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What was marked. --json prints labelled articles, one a line, as `sitrep topics evaluate` reads them."""
    from worker.match.marks import decided_marks, export_marks

    with told(), usable_services().session(read_only=True) as session:
        marks = decided_marks(session, meant(session, topic).slug if topic is not None else None)
        titles = {}
        lines = []
        for row in export_marks(session, marks):
            titles[row["id"]] = row["title"]
            if as_json or export is not None:
                lines.append(json.dumps(row, ensure_ascii=False))
        if export is not None:
            _write(export, lines)
    if as_json:
        for line in lines:
            print(line)
        return
    rows = [
        (each.article_id, titles.get(f"article {each.article_id}", ""), each.topic, each.label, _who(each.by),
         each.hints or "", "others say otherwise" if each.disagreed else "", each.marked_at)
        for each in marks
    ]  # fmt: skip
    columns = ("article", "title", "topic", "label", "says", "subscribers who did not ask for it", "", "at (UTC)")
    print_table(columns, rows)
    if not marks:
        print("Nothing is marked yet: `sitrep topics mark ARTICLE TOPIC about|mention|none --by NAME`")
    if export is not None:
        print(f"{counted(len(lines), 'labelled article')} written to {export}")


def _who(by: tuple[str, ...]) -> str:
    return ", ".join(by) or "subscribers only"


def _write(path: Path, lines: list[str]) -> None:
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"--export {path} cannot be written: {error.strerror}") from error
