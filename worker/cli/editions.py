"""`sitrep editions`: what went out, what is going out, what comes next."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from worker.cli.printing import AsJson, numbered, print_json, print_table
from worker.cli.reading import existing_services
from worker.database import table
from worker.deliver.closing import edition_sums
from worker.errors import NotFound
from worker.models import Clock, Delivery, DueTime, Edition, EditionState

app = typer.Typer(help="Editions: what went out, what is going out, what comes next.", no_args_is_help=True)

_EDITION, _DELIVERY, _CLOCK, _DUE = table(Edition), table(Delivery), table(Clock), table(DueTime)


@app.command("list")
def list_editions(
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=1000)] = 20,
    everything: Annotated[bool, typer.Option("--all", help="Also those for which nobody had news.")] = False,
    as_json: AsJson = False,
) -> None:
    """The latest editions with what became of their deliveries."""
    with existing_services().session(read_only=True) as session:
        query = select(Edition).order_by(_EDITION.c.slot_at.desc()).limit(limit)
        if not everything:
            query = query.where((_EDITION.c.planned > 0) | (_EDITION.c.state == EditionState.MISSED))
        found = session.execute(query).scalars().all()
        rows = [
            {
                "id": edition.id,
                "newsletter": edition.newsletter,
                "slot_at": edition.slot_at,
                "state": edition.state,
                **edition_sums(session, edition.id).as_dict(),
            }
            for edition in found
        ]
    if as_json:
        print_json(rows)
    elif rows:
        columns = ["id", "newsletter", "due (UTC)", "state", "planned", "sent", "not sent", "open", "uncertain"]
        print_table(columns, [_summary(row) for row in rows])
    else:
        print("No edition yet: one is planned when somebody's hour has come and there is something for them")


def _summary(row: dict[str, Any]) -> list[object]:
    """The sums in a line that fits the terminal; `sitrep editions show` has them by reason."""
    unsent = row["planned"] - row["accepted"] - row["open"]  # accepted includes what was reported on since
    first = [row[name] for name in ("id", "newsletter", "slot_at", "state", "planned")]
    return [*first, row["accepted"], unsent, row["open"], row["uncertain"]]


@app.command("show")
def show_edition(
    edition_id: Annotated[int, typer.Argument(help="Its number.", callback=numbered)], as_json: AsJson = False
) -> None:
    """One edition: its sums, and its deliveries by state and reason."""
    with existing_services().session(read_only=True) as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise NotFound(f"There is no edition {edition_id}: `sitrep editions list` shows them")
        states = session.execute(
            select(_DELIVERY.c.state, _DELIVERY.c.reason, _DELIVERY.c.owed, func.count())
            .where(_DELIVERY.c.edition_id == edition_id)
            .group_by(_DELIVERY.c.state, _DELIVERY.c.reason, _DELIVERY.c.owed)
            .order_by(_DELIVERY.c.state)
        ).all()
        sums = edition_sums(session, edition_id)
    if as_json:
        print_json(
            {
                "id": edition.id,
                "newsletter": edition.newsletter,
                "slot_at": edition.slot_at,
                "planned_at": edition.planned_at,
                "not_after": edition.not_after,
                "closed_at": edition.closed_at,
                "state": edition.state,
                "balanced": sums.balanced,
                "sums": sums.as_dict(),
                "deliveries": [
                    {"state": state, "reason": reason, "owed": owed, "count": count}
                    for state, reason, owed, count in states
                ],
            }
        )
        return
    balance = "the sums balance" if sums.balanced else "not all is decided yet"
    print(f"{edition.newsletter}, due {edition.slot_at:%Y-%m-%d %H:%M} UTC: {edition.state}, {balance}")
    print_table(["state", "reason", "owed", "deliveries"], states)


@app.command("next")
def next_editions(
    limit: Annotated[int, typer.Option(help="How many, the soonest first.", min=1, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """The coming digests: when, by local and UTC time, for how many people."""
    with existing_services().session(read_only=True) as session:
        rows = session.execute(
            select(
                _CLOCK.c.frequency, _CLOCK.c.zone, _CLOCK.c.hour, _CLOCK.c.next_due_at, func.count(_DUE.c.subscriber_id)
            )
            .join(_DUE, _DUE.c.clock_id == _CLOCK.c.id)
            .where(~_DUE.c.draining)  # whoever left it has at most a last one
            .group_by(_CLOCK.c.id)
            .order_by(_CLOCK.c.next_due_at)
            .limit(limit)
        ).all()
    names = ["frequency", "zone", "hour", "due_at", "people"]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        print_table(["frequency", "zone", "local hour", "due (UTC)", "people"], rows)
    else:
        print("Nobody has a digest: the signup form is where it begins")
