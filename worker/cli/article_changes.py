"""`sitrep articles diff`: what an edit of an article changed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.printing import AsJson, console, numbered, print_json, zoned
from worker.errors import NotFound

if TYPE_CHECKING:
    from worker.collect.differences import FieldChange
    from worker.models import Article, ArticleRevision

_WORDS = {"title": "title", "text": "text", "summary": "summary", "url": "address"}


def register(app: typer.Typer) -> None:
    """Add the command to `sitrep articles`."""
    app.command("diff")(diff_command)


def diff_command(
    article_id: Annotated[
        int,
        typer.Argument(help="The article's id, from `sitrep articles list`.", callback=numbered, show_default=False),
    ],
    revision: Annotated[
        int | None, typer.Option("--revision", help="What was edited into this revision; else the last edit.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every edit, the oldest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """What an edit changed: words taken out as [-these-], words put in as {+these+}."""
    edits = _edits(article_id)
    if revision is not None:
        edits = [edit for edit in edits if edit["revision"] == revision]
        if not edits:
            raise NotFound(
                f"Article {article_id} has no edit into revision {revision}: `sitrep articles show` lists them"
            )
    elif not every:
        edits = edits[-1:]
    if as_json:
        print_json({"id": article_id, "edits": [_edit_json(edit) for edit in edits]})
        return
    if not edits:
        print(f"Article {article_id} was never edited.")
    for edit in edits:
        _print(edit)


def _edits(article_id: int) -> list[dict[str, Any]]:
    """Every edit with the changes it made, the oldest first."""
    from sqlalchemy import select

    from worker.cli.reading import usable_services
    from worker.models import Article, ArticleRevision

    with usable_services().session(read_only=True) as session:
        article = session.get(Article, article_id)
        if article is None:
            raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
        query = select(ArticleRevision).where(ArticleRevision.article_id == article_id)  # type: ignore[arg-type]
        earlier = sorted(session.scalars(query), key=lambda one: one.revision)
        return edits_of(article, earlier)


def edits_of(article: Article, earlier: list[ArticleRevision]) -> list[dict[str, Any]]:
    """The edits that led from each earlier form to the next one."""
    from worker.collect.differences import Form, differences

    forms = [(one.revision, one.seen_at, Form(one.title, one.summary, one.text, one.url)) for one in earlier]
    now = Form(article.title, article.summary, article.text, article.url)
    forms.append((article.revision, article.updated_at, now))
    return [
        {"revision": number, "seen_at": at, "changes": differences(old, new)}
        for (_, _, old), (number, at, new) in pairwise(forms)
    ]


def in_short(changes: tuple[FieldChange, ...]) -> str:
    """An edit in a line: which fields, and how many words went and came."""
    told = [
        f"{_WORDS[change.field]}"
        + (f" (-{change.words_removed} +{change.words_added} words)" if change.field in ("text", "summary") else "")
        for change in changes
    ]
    return ", ".join(told) or "nothing that shows"


def _edit_json(edit: dict[str, Any]) -> dict[str, Any]:
    return {**edit, "changes": [change.to_json() for change in edit["changes"]]}


def _print(edit: dict[str, Any]) -> None:
    from rich.text import Text

    print(f"Revision {edit['revision']}, seen {zoned(edit['seen_at'])}: {in_short(edit['changes'])}")
    for field in edit["changes"]:
        print(f"\n  {_WORDS[field.field]}")
        for change in field.changes:
            line = Text("    ")
            line.append(f"{change.before} " if change.before else "")
            line.append(f"[-{change.removed}-]" if change.removed else "", style="red")
            line.append(f"{{+{change.added}+}}" if change.added else "", style="green")
            line.append(f" {change.after}" if change.after else "")
            console().print(line, soft_wrap=True)
    print()
