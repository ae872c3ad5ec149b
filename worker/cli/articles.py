"""`sitrep articles`: extract one from a page, and look at what was collected. Each command has --json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import article_changes
from worker.cli.article_words import legend, state_word, text_note, text_word
from worker.cli.printing import AsJson, fail, numbered, print_json, print_table, zoned
from worker.cli.reading import Unreadable, read_bounded, usable_services
from worker.errors import NotFound

if TYPE_CHECKING:
    from worker.collect.documents import ExtractedPage
    from worker.models import Article

app = typer.Typer(help="Articles: extract one, look at those collected, decide by hand.", no_args_is_help=True)
article_changes.register(app)

ArticleId = Annotated[
    int, typer.Argument(help="The article's id, from `sitrep articles list`.", callback=numbered, show_default=False)
]


@app.command("extract")
def extract_command(
    files: Annotated[list[Path], typer.Argument(help="Saved pages; .gz too.")],
    url: Annotated[str, typer.Option("--url", help="Where they came from, for relative links.")] = "",
    as_json: AsJson = False,
) -> None:
    """Extract the article of saved pages. One that cannot be used is reported, and the others go on; exit code 1."""
    from worker.collect.sandbox import Sandbox

    sandbox = Sandbox()
    failed = False
    try:
        for path in files:
            page = _extracted(sandbox, path, url)
            failed = failed or page.error is not None
            if as_json:
                print(json.dumps({"file": str(path), **page.to_json()}, ensure_ascii=False), flush=True)
            else:
                _print_page(path, page)
    finally:
        sandbox.close()
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_command(
    source: Annotated[
        str | None, typer.Option("--source", help="Only of this source: its id, name or address.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The articles collected last; of those that came at one time, the latest published first."""
    from sqlalchemy import func, select

    from worker.collect.sources import called
    from worker.database import table
    from worker.models import Article

    made = usable_services()
    with made.session(read_only=True) as session:
        columns = table(Article).c
        published = func.coalesce(columns.published_at, columns.first_seen_at)
        # A listing has its newest article first: of those seen at one time the ids run backwards.
        query = select(Article).order_by(columns.first_seen_at.desc(), published.desc(), columns.id.desc()).limit(limit)
        if source is not None:
            query = query.where(columns.source_id.in_([one.id for one in called(session, source)]))
        rows = [_article_json(article) for article in session.scalars(query)]
    if as_json:
        print_json(rows)
        return
    told = ("id", "published_at", "title", "source_id", "revision", "text_word", "state")
    heads = ("id", "published (UTC)", "title", "source", "revision", "text", "state")
    if rows:
        print_table(heads, [[row[column] for column in told] for row in rows])
        words = {str(row[key]) for row in rows for key in ("text_word", "state")}
        for line in legend(words):
            print(line, file=sys.stderr)  # not among the rows that a pipe gets
    elif source is None:
        print("No article was collected yet: `sitrep sources poll` polls the sources now.")
    else:
        print(
            f"No article of {source} was collected yet: `sitrep sources show {quote(source)}` tells how it is polled."
        )


@app.command("show")
def show_command(
    article_id: ArticleId,
    as_json: AsJson = False,
) -> None:
    """One article with its text and its revisions."""
    from sqlalchemy import select

    from worker.models import Article, ArticleRevision

    made = usable_services()
    with made.session(read_only=True) as session:
        article = session.get(Article, article_id)
        if article is None:
            raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
        query = select(ArticleRevision).where(ArticleRevision.article_id == article_id)  # type: ignore[arg-type]
        revisions = [dict(one.model_dump()) for one in session.scalars(query)]
        told = {**_article_json(article), "revisions": sorted(revisions, key=lambda one: int(one["revision"]))}
    if as_json:
        print_json(told)
        return
    _print_article(told)


@app.command("release")
def release_command(
    article_id: ArticleId,
    by: Annotated[str, typer.Option("--by", help="Your name; it is recorded with the release.")],
    as_json: AsJson = False,
) -> None:
    """Send an article (again) to whoever follows its topics and has not had it, even if it was withheld.

    One that was never released is judged anew first, also if it was there at its source's first poll.
    """
    from worker.services.releasing import release_by_hand

    made = usable_services()
    with made.session() as session:
        number = release_by_hand(made, session, article_id, operator=by)
    if as_json:
        print_json({"id": article_id, "release_number": number})
    else:
        print(f"Article {article_id} is released under number {number}; the next tick plans its mails")


@app.command("update")
def update_command(
    article_id: ArticleId,
    by: Annotated[str, typer.Option("--by", help="Your name; it is recorded with the release.")],
    as_json: AsJson = False,
) -> None:
    """Mark an article as news of its own, though another one of its story is out: it is sent all the same."""
    from worker.compose.release import mark_update

    made = usable_services()
    with made.session() as session:
        number = mark_update(session, article_id, operator=by, now=made.now())
    if as_json:
        print_json({"id": article_id, "release_number": number})
    elif number is None:
        print(f"Article {article_id} is marked: it goes out when its turn comes, whatever its story has brought before")
    else:
        print(f"Article {article_id} is released under number {number}; the next tick plans its mails")


@app.command("withdraw")
def withdraw_command(
    article_id: ArticleId,
    by: Annotated[str, typer.Option("--by", help="Your name; it is recorded with the article.")],
    as_json: AsJson = False,
) -> None:
    """Take an article out of every mail that has not left yet, though its source lists it; `release` takes it back."""
    from worker.compose.release import withdraw

    made = usable_services()
    with made.session() as session:
        at = withdraw(session, article_id, operator=by, now=made.now())
    if as_json:
        print_json({"id": article_id, "withdrawn_at": at})
    else:
        print(f"Article {article_id} is withdrawn: it is in no mail from now on")


def _extracted(sandbox: Any, path: Path, url: str) -> ExtractedPage:
    from worker.collect.documents import ExtractedPage

    try:
        data = read_bounded(path)
    except Unreadable as error:
        return ExtractedPage(title="", text="", error=str(error))
    page: ExtractedPage = sandbox.extract_page(data, url=url)
    return page


def _print_page(path: Path, page: ExtractedPage) -> None:
    if page.error:
        fail(f"{path}: {page.error}")
        return
    print(f"{path}\n{page.title}")
    about = (page.author, zoned(page.published_at), page.language or "")
    print(" · ".join(part for part in about if part))
    print(f"\n{page.text}\n")


def _article_json(article: Article) -> dict[str, Any]:
    told = {"state": state_word(article), "text_word": text_word(article), "text_note": text_note(article)}
    return {**article.model_dump(), **told}


def _print_article(told: dict[str, Any]) -> None:
    print(told["title"])
    about = (told["author"], zoned(told["published_at"]), told["url"], told["state"], f"revision {told['revision']}")
    print(" · ".join(part for part in about if part))
    if told["paywalled"]:
        print("paywalled: without a subscription readers see only the beginning of its page")
    if told["text_note"]:
        print(f"text {told['text_note']}")
    for line in legend({told["state"]}):
        print(line)
    if told["withdrawn_reason"]:
        print(f"withdrawn: {told['withdrawn_reason']}")
    for one in told["revisions"]:
        changed = ", ".join(one["changed"])
        print(f"  revision {one['revision']} as of {zoned(one['seen_at'])}: then changed {changed}")
    if told["revisions"]:
        print(f"  `sitrep articles diff {told['id']} --all` shows what changed")
    print(f"\n{told['text'] or told['summary']}")
