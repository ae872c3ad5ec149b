"""`sitrep sources show`: all that is known of one source."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.printing import AsJson, print_json, shown
from worker.errors import InvalidInput

if TYPE_CHECKING:
    from sqlmodel import Session

    from worker.models import Source

_ROWS = (
    ("address", "url"),
    ("kind", "kind"),
    ("article links", "link_pattern"),
    ("full text", "full_text"),
    ("polled", "last_polled_at"),
    ("answered well", "last_success_at"),
    ("last new article", "last_new_at"),
    ("next poll", "next_poll_at"),
    ("first poll", "baseline_at"),
    ("moved to", "moved_to"),
    ("REST API", "rest_root"),
    ("failures in a row", "failures"),
    ("last error", "last_error"),
)


def register(app: typer.Typer) -> None:
    """Add the command to `sitrep sources`."""
    app.command("show")(show_command)


def show_command(
    which: Annotated[str, typer.Argument(help="A source's id, name or address.")],
    as_json: AsJson = False,
) -> None:
    """One source: how it is polled, what came of it, and the gaps between its polls."""
    from worker.cli.reading import usable_services
    from worker.collect.gap_report import gap_json, gaps_of, sentence

    made = usable_services()
    with made.session(read_only=True) as session:
        source = _named(session, which)
        gaps = gaps_of(session, [source.id], now=made.now()).get(source.id, [])
        articles = _articles(session, source.id)
    if as_json:
        told: dict[str, Any] = {**source.model_dump(), "articles": articles, "gaps": [gap_json(gap) for gap in gaps]}
        print_json(told)
        return
    print(f"{source.name} (source {source.id}){'' if source.active else ': no longer in sources.toml'}")
    for label, name in _ROWS:
        if value := getattr(source, name):
            print(f"  {label}: {_told(value)}")
    print(f"  articles: {articles['collected']}, of these {articles['baseline']} from before it was added")
    for gap in gaps:
        print(f"  {sentence(gap)}")


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return f"{shown(value)} UTC"
    return shown(value).replace("\n", ", ")


def _named(session: Session, which: str) -> Source:
    from worker.collect.sources import called

    found = called(session, which)
    if len(found) > 1:
        each = "; ".join(f"{source.id} ({source.url})" for source in found)
        raise InvalidInput(f"{len(found)} sources are called {which!r}: name one by its number: {each}")
    return found[0]


def _articles(session: Session, source_id: int) -> dict[str, int]:
    from sqlalchemy import func, select

    from worker.models import Article

    query = select(Article.baseline, func.count()).where(Article.source_id == source_id).group_by(Article.baseline)  # type: ignore[call-overload]
    counts = {bool(row[0]): int(row[1]) for row in session.execute(query)}
    return {"collected": sum(counts.values()), "baseline": counts.get(True, 0)}
