"""`sitrep sources health`: how each source is, since when, why, and what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from worker.cli.printing import AsJson, print_json
from worker.cli.reading import usable_services

NO_SOURCE = (
    "No source is known yet: `sitrep sources add URL` names one; `sitrep up` or `sitrep sources poll` takes it up."
)
_ORDER = {"failing": 0, "silent": 1, "new": 2, "well": 3}


def health_command(
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those that are silent or failing.")] = False,
    as_json: AsJson = False,
) -> None:
    """How each source is: well, silent or failing; since when, why, and what to do. Those in trouble come first.

    Exit code 1 where an alarm is raised: a source failed for twelve hours, or is silent beyond its rhythm.
    """
    from sqlalchemy import select

    from worker.collect.health_report import report
    from worker.database import table
    from worker.models import Push, PushState, Source

    made = usable_services()
    with made.session(read_only=True) as session:
        live = select(Push).where(table(Push).c.state != PushState.ENDED).order_by(table(Push).c.id)
        pushes = {push.source_id: push for push in session.scalars(live)}
        listed = select(Source).where(table(Source).c.active).order_by(table(Source).c.name)
        bare = set(session.scalars(select(table(Source).c.id).where(~_brought())))
        found = [
            report(source, now=made.now(), push=pushes.get(source.id), bare=source.id in bare)
            for source in session.scalars(listed)
        ]
    found.sort(key=lambda health: _ORDER[health.state])
    shown = [health for health in found if health.state in ("failing", "silent")] if troubled else found
    if as_json:
        print_json([asdict(health) for health in shown])
    else:
        for health in shown:
            alarm = "! " if health.alarm else "  "
            print(f"{alarm}{health.name}: {health.sentence}")
        if not found:
            print(NO_SOURCE)
        elif not shown:
            print("The only source is well." if len(found) == 1 else f"All {len(found)} sources are well.")
    if any(health.alarm for health in found):
        raise typer.Exit(1)


def _brought() -> Any:
    """Whether the source of the row ever brought an article."""
    from sqlalchemy import exists

    from worker.database import table
    from worker.models import Article, Source

    return exists().where(table(Article).c.source_id == table(Source).c.id)
