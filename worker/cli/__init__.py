"""`sitrep`: the operators' commands. What goes wrong is one sentence on stderr, never a traceback."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from worker import __version__
from worker.cli import running
from worker.cli.printing import exit_code_of, fail
from worker.errors import SitrepError

_BY_MODULE = ("explain", "editions", "deliveries", "topics", "sources", "articles", "searches")
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

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Typer's own suggestion knows only the commands that are imported already."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            close = " or ".join(map(repr, get_close_matches(args[0], self.list_commands(ctx))))
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {close}?" if close else ""))
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="sitrep",
    cls=_Commands,
    help="Newsletters and alerts for a news site. `sitrep up` runs everything in this terminal.\n\n"
    "Exit codes: 0 done; 1 faults were found, what was named is not there, or it could not be done; 2 the call, or a "
    "file or value in it, cannot be used. What is wrong is on stderr, answers are on stdout.",
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
    """The console script; its exit codes are told by `sitrep --help`."""
    try:
        app()
    except SitrepError as error:
        fail(str(error))
        sys.exit(exit_code_of(error))
    except Exception as error:
        if (why := _of_the_database(error)) is None:
            raise
        fail(why)
        sys.exit(1)


def _of_the_database(error: Exception) -> str | None:
    """What a database that is away, or has other tables, refused; None where the error is another one."""
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        return None
    from worker.services import make_services
    from worker.services.check import why_refused

    return why_refused(error, make_services().engine)


__all__ = ["app", "main"]
