"""`sitrep`: the operators' commands. What goes wrong is one sentence on stderr, never a traceback."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from worker import __version__
from worker.cli import running
from worker.cli.printing import fail
from worker.errors import SitrepError

_BY_MODULE = ("explain", "editions", "deliveries", "topics", "sources", "articles")
"""Commands that are imported when they are called: together they load everything, and a script calls one."""


class _Commands(TyperGroup):
    """The commands of this module, and those of the modules that bear a command's name."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *_BY_MODULE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _BY_MODULE:
            return super().get_command(ctx, cmd_name)
        command = get_command(import_module(f"worker.cli.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="sitrep",
    cls=_Commands,
    help="Newsletters and alerts for a news site. `sitrep up` runs everything in this terminal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
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
    except Exception as error:
        if not _is_of_the_database(error):
            raise
        fail(_why(error))
        sys.exit(1)


def _is_of_the_database(error: Exception) -> bool:
    from sqlalchemy.exc import DBAPIError

    return isinstance(error, DBAPIError)


def _why(error: Exception) -> str:
    """A database that is away or has other tables, said as `sitrep check` says it."""
    from worker.services import make_services
    from worker.services.check import database_faults

    faults = database_faults(make_services().engine)
    return "\n".join(fault.message for fault in faults) or f"The database refused: {error}".splitlines()[0]


__all__ = ["app", "main"]
