"""`sitrep`: the operators' commands. What goes wrong is one sentence on stderr, never a traceback."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from worker import __version__
from worker.cli import articles, deliveries, editions, explain, running, sources, topics
from worker.cli.printing import fail
from worker.errors import SitrepError
from worker.services import make_services
from worker.services.check import database_faults

app = typer.Typer(
    name="sitrep",
    help="Newsletters and alerts for a news site. `sitrep up` runs everything in this terminal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sources.app, name="sources")
app.add_typer(articles.app, name="articles")
app.add_typer(topics.app, name="topics")
app.add_typer(editions.app, name="editions")
app.add_typer(deliveries.app, name="deliveries")
explain.register(app)
running.register(app)


def _version(asked: bool) -> None:
    if asked:
        print(f"sitrep {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings come from the environment (SITREP_...) or a file .env; docs/settings.md lists them."""


def main() -> None:
    """The console script: exit codes 0 done, 1 done with faults found or failed, 2 the call cannot be understood."""
    try:
        app()
    except SitrepError as error:
        fail(str(error))
        sys.exit(1)
    except DBAPIError as error:
        fail(_why(error))
        sys.exit(1)


def _why(error: DBAPIError) -> str:
    """A database that is away or has other tables, said as `sitrep check` says it."""
    faults = database_faults(make_services().engine)
    return "\n".join(fault.message for fault in faults) or f"The database refused: {error.orig}"


__all__ = ["app", "main"]
