"""`sitrep sources`: what a feed holds, which sources there are, and polling one now. Each command has --json."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import source_adding, source_showing
from worker.cli.printing import AsJson, fail, print_json, print_table
from worker.cli.reading import Unreadable, read_bounded, usable_services
from worker.cli.source_health import NO_SOURCE, health_command

if TYPE_CHECKING:
    from sqlmodel import Session

    from worker.collect.documents import ParsedFeed
    from worker.collect.poll import PollResult
    from worker.services import Services

app = typer.Typer(help="Sources: find, add and remove them, look at them, poll one now.", no_args_is_help=True)
app.command("health")(health_command)
source_adding.register(app)
source_showing.register(app)


@app.command("parse")
def parse_command(
    files: Annotated[list[Path], typer.Argument(help="Feeds, JSON feeds, WordPress posts or sitemaps; .gz too.")],
    url: Annotated[str, typer.Option("--url", help="Where they came from, for relative links.")] = "",
    as_json: AsJson = False,
) -> None:
    """Parse captured documents. One that cannot be used is reported, and the others go on; then the exit code is 1."""
    from worker.collect.sandbox import Sandbox

    sandbox = Sandbox()
    failed = False
    try:
        for path in files:
            feed = _parsed(sandbox, path, url)
            failed = failed or feed.error is not None
            if as_json:
                print(json.dumps(_feed_json(path, feed), ensure_ascii=False), flush=True)
            else:
                _print_feed(path, feed)
    finally:
        sandbox.close()
    if failed:
        raise typer.Exit(1)


@app.command("list")
def list_command(
    every: Annotated[bool, typer.Option("--all", help="Also those that sources.toml no longer names.")] = False,
    as_json: AsJson = False,
) -> None:
    """The sources, when each was polled last, and what came of it."""
    from sqlalchemy import select

    from worker.collect.gap_report import gaps_of, in_short
    from worker.models import Source

    made = usable_services()
    with made.session(read_only=True) as session:
        sources = [one for one in session.scalars(select(Source).order_by(Source.name)) if every or one.active]
        gaps = gaps_of(session, [source.id for source in sources], now=made.now())
        rows = [{**_source_json(source), "gaps": in_short(gaps.get(source.id, []))} for source in sources]
    if as_json:
        print_json(rows)
        return
    heads = {
        "id": "id", "name": "name", "last_success_at": "answered (UTC)", "last_new_at": "last new (UTC)",
        "failures": "failures", "gaps": "gaps",
    }  # fmt: skip
    if rows:
        print_table(list(heads.values()), [[row[column] for column in heads] for row in rows])
    for row in rows:
        if row["last_error"]:
            print(f"{row['name']}: {row['last_error']}")
    if not rows:
        print(NO_SOURCE)


@app.command("poll")
def poll_command(
    which: Annotated[list[str] | None, typer.Argument(help="Ids, names or addresses; none: every source.")] = None,
    as_json: AsJson = False,
) -> None:
    """Poll sources now, due or not. What a first poll finds (its outcome is `baseline`) is only remembered."""
    from worker.collect.poll import poll_source
    from worker.collect.sandbox import SANDBOX

    made = usable_services()
    with made.session() as session, made.fetcher, closing(SANDBOX):
        for problem in made.refresh_schedules(session).problems:
            fail(str(problem))
        results, names = [], _names(session)
        for source_id in _chosen(session, which or []):
            result = poll_source(session, source_id, fetcher=made.fetcher, now=made.now(), force=True)
            _page_back(made, session, result)
            results.append(result)
    if as_json:
        print_json([_result_json(result, names) for result in results])
    elif results:
        _print_results([_result_json(result, names) for result in results])
    else:
        print(NO_SOURCE)
    if any(result.error for result in results):
        raise typer.Exit(1)


def _names(session: Session) -> dict[int, str]:
    from sqlalchemy import select

    from worker.database import table
    from worker.models import Source

    rows = table(Source)
    return {row.id: row.name for row in session.execute(select(rows.c.id, rows.c.name))}


def _print_results(results: list[dict[str, Any]]) -> None:
    columns = ("source", "name", "outcome", "new", "revised", "unchanged", "error")
    first = any(result["baseline"] for result in results)
    told = [{**result, "outcome": "baseline"} if result["baseline"] else result for result in results]
    print_table(columns, [[result[column] for column in columns] for result in told])
    if first:
        fail("baseline: what a first poll finds is remembered, and sent to nobody")


def _page_back(made: Services, session: Session, result: PollResult) -> None:
    """Where more was published than the source lists, read its older pages, with the fetcher's pause between two."""
    from worker.collect.gaps import close_gap

    again = result.gap_id is not None
    while again and result.gap_id is not None:
        step = close_gap(session, result.gap_id, fetcher=made.fetcher, now=made.now(), force=True)
        result.new += step.new
        again = step.again_now


def _parsed(sandbox: Any, path: Path, url: str) -> ParsedFeed:
    from worker.collect.documents import ParsedFeed

    try:
        data = read_bounded(path)
    except Unreadable as error:
        return ParsedFeed(format=None, error=str(error))
    parsed: ParsedFeed = sandbox.parse_feed(data, url=url)
    return parsed


def _feed_json(path: Path, feed: ParsedFeed) -> dict[str, Any]:
    told = feed.to_json()
    return {"file": str(path), **told}


def _print_feed(path: Path, feed: ParsedFeed) -> None:
    if feed.error:
        fail(f"{path}: {feed.error}")
        return
    count = len(feed.articles)
    print(f"{path}: {feed.format}, {feed.title or 'no title'}, {count} article{'' if count == 1 else 's'}")
    for note in feed.notes:
        print(f"  note: {note}")
    columns = ("published", "title", "author", "url", "words")
    rows = [(one.published_at, one.title, one.author, one.url, len(one.text.split())) for one in feed.articles]
    if rows:
        print_table(columns, rows)


def _chosen(session: Session, which: list[str]) -> list[int]:
    """The ids of the sources meant, each once; NotFound names the word that means none."""
    from sqlalchemy import select

    from worker.collect.sources import called
    from worker.models import Source

    if which:
        found = [source.id for word in which for source in called(session, word)]
    else:
        sources = session.scalars(select(Source).order_by(Source.id))  # type: ignore[arg-type]
        found = [source.id for source in sources if source.active]
    session.rollback()
    return list(dict.fromkeys(found))


def _source_json(source: Any) -> dict[str, Any]:
    return dict(source.model_dump())


def _result_json(result: PollResult, names: dict[int, str]) -> dict[str, Any]:
    return {
        "source": result.source_id,
        "name": names.get(result.source_id, ""),
        "outcome": result.outcome or "busy elsewhere",
        "status": result.status,
        "new": len(result.new),
        "revised": len(result.revised),
        "unchanged": result.unchanged,
        "baseline": result.baseline,
        "next_poll_at": result.next_poll_at,
        "error": result.error,
    }
