"""Writes the revision that brings the tables to the models: `python -m tools.migration "what changes"`.

The difference is taken against a new SQLite database with all revisions so far. Read what it wrote before committing:
renames come out as a drop and an add, and data that must move needs a line of yours.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.operations.ops import MigrationScript
from alembic.script import Script

from worker.database import make_engine
from worker.migrations import expected, migrate
from worker.migrations.steps import config


def write_revision(message: str, versions: Path | None = None) -> Path | None:
    """The new revision's file; None (and no file) where models and revisions agree."""
    with tempfile.TemporaryDirectory() as place:
        engine = make_engine(f"sqlite:///{place}/compared.sqlite")
        migrate(engine, versions)
        settings = config(versions)
        settings.attributes["changes_tables"] = expected(versions) is not None
        with engine.begin() as connection:
            settings.attributes["connection"] = connection
            made = command.revision(settings, message, autogenerate=True, process_revision_directives=_drop_if_empty)
        engine.dispose()
    return Path(made.path) if isinstance(made, Script) else None


def _drop_if_empty(_context: object, _revision: object, directives: list[MigrationScript]) -> None:
    operations = directives[0].upgrade_ops
    if operations is None or operations.is_empty():
        directives.clear()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.migration", description=__doc__)
    parser.add_argument("message", help="what changes, in a few words")
    path = write_revision(parser.parse_args().message)
    if path is None:
        sys.stdout.write("the revisions agree with the models: nothing to write\n")
        return 0
    sys.stdout.write(f"wrote {path}: read it before committing\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
