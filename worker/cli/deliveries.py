"""`sitrep deliveries`: what became of the mails, and settling what is uncertain (docs/uncertain-batches.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.people import find_by_key
from worker.cli.printing import AsJson, numbered, print_json, print_table
from worker.cli.reading import existing_services
from worker.database import table
from worker.deliver.evidence import Doubt, uncertain_batches
from worker.deliver.settle import settle_by_operator
from worker.errors import InvalidInput, NotFound
from worker.models import Delivery, DeliveryState, Edition, Subscriber

app = typer.Typer(help="Mails: what became of each, and settling uncertain ones.", no_args_is_help=True)

_DELIVERY, _EDITION, _SUBSCRIBER = table(Delivery), table(Edition), table(Subscriber)


@app.command("list")
def list_deliveries(
    state: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(DeliveryState)}.")] = None,
    edition: Annotated[int | None, typer.Option(callback=numbered, help="Only of this edition.")] = None,
    address: Annotated[str | None, typer.Option(help="Only to this address.")] = None,
    doubled: Annotated[bool, typer.Option("--doubled", help="Only those that went out twice.")] = False,
    limit: Annotated[int, typer.Option(help="How many, the latest first.", min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """The latest deliveries with their state and its reason."""
    if state is not None and state not in set(DeliveryState):
        raise InvalidInput(f"{state!r} is no state: write one of {', '.join(DeliveryState)}")
    with _database(read_only=True) as (session, _):
        _refuse_unknown(session, edition=edition, address=address)
        rows = _deliveries(session, state=state, edition=edition, address=address, doubled=doubled, limit=limit)
    if as_json:
        print_json(rows)
    elif rows:
        names = ["state_at", "state", "reason", "newsletter", "edition", "address", "attempt", "id"]
        heads = ["since (UTC)", "state", "reason", "newsletter", "edition", "to", "attempt", "delivery"]
        print_table(heads, [[row[name] for name in names] for row in rows])
    elif state or edition is not None or address or doubled:
        print("No delivery fits")
    else:
        print("No mail was planned yet: `sitrep editions next` shows what is due when")


@app.command("uncertain")
def list_uncertain(as_json: AsJson = False) -> None:
    """Batches that may or may not have been accepted, with the evidence there is."""
    with _database(read_only=True) as (session, _):
        doubts = uncertain_batches(session)
    if as_json:
        print_json([_as_row(doubt) for doubt in doubts])
        return
    if not doubts:
        print("Nothing is uncertain")
        return
    columns = ["batch", "edition", "mailer", "submitted (UTC)", "uncertain", "shown sent", "other events", "why"]
    print_table(columns, [list(_as_row(doubt).values())[:-1] for doubt in doubts])
    for doubt in doubts:
        print(f"{doubt.batch_id}: {_advice(doubt)}")


@app.command("settle")
def settle(
    batch: Annotated[UUID, typer.Argument(help="The batch, as `sitrep deliveries uncertain` lists it.")],
    sent: Annotated[
        bool | None, typer.Option("--sent/--not-sent", help="What became of its uncertain mails.", show_default=False)
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who decides this; it is recorded.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Decide an uncertain batch: its mails were sent, or they were not and go once more."""
    if sent is None:
        raise InvalidInput("Say what you found out: --sent or --not-sent")
    with _database() as (session, now):
        result = settle_by_operator(session, batch, sent=sent, operator=by, now=now)
    if as_json:
        counts = {"accepted": result.accepted, "requeued": result.requeued, "failed": result.failed}
        print_json({"batch": batch, "by": by, **counts, "created": result.created})
        return
    print(f"Settled: {result.accepted} accepted, {result.requeued} go once more, {result.failed} are owed")


@contextmanager
def _database(*, read_only: bool = False) -> Iterator[tuple[Session, datetime]]:
    """A session on the installation's database, and its instant; every connection is closed afterwards."""
    made = existing_services()
    try:
        with made.session(read_only=read_only) as session:
            yield session, made.now()
    finally:
        made.engine.dispose()


def _refuse_unknown(session: Session, *, edition: int | None, address: str | None) -> None:
    """An empty list would look as if there had been no mail."""
    if edition is not None and session.get(Edition, edition) is None:
        raise NotFound(f"There is no edition {edition}: `sitrep editions list` shows them")
    if address is not None and find_by_key(session, parse_address(address).key) is None:
        raise NotFound(f"Nobody has signed up as {address}")


def _deliveries(
    session: Session, *, state: str | None, edition: int | None, address: str | None, doubled: bool, limit: int
) -> list[dict[str, Any]]:
    query = (
        select(_DELIVERY, _EDITION.c.newsletter, _EDITION.c.slot_at, _SUBSCRIBER.c.address)
        .join(_EDITION, _EDITION.c.id == _DELIVERY.c.edition_id)
        .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id)
        .order_by(_DELIVERY.c.state_at.desc(), _DELIVERY.c.id)
        .limit(limit)
    )
    if state is not None:
        query = query.where(_DELIVERY.c.state == state)
    if edition is not None:
        query = query.where(_DELIVERY.c.edition_id == edition)
    if address is not None:
        query = query.where(_SUBSCRIBER.c.address_key == parse_address(address).key)
    if doubled:
        query = query.where(_DELIVERY.c.doubled)
    names = (
        "id",
        "state",
        "reason",
        "owed",
        "attempt",
        "doubled",
        "batch_id",
        "accepted_at",
        "state_at",
        "provider_id",
    )
    return [
        {name: row._mapping[name] for name in names}
        | {
            "edition": row.edition_id,
            "newsletter": row.newsletter,
            "slot_at": row.slot_at,
            "address": row.address,
        }
        for row in session.execute(query)
    ]


def _as_row(doubt: Doubt) -> dict[str, Any]:
    return {
        "batch": doubt.batch_id,
        "edition": doubt.edition_id,
        "mailer": doubt.mailer,
        "submitted_at": doubt.submitted_at,
        "uncertain": doubt.uncertain,
        "shown_sent": doubt.shown,
        "events_of_others": doubt.others,
        "why": doubt.error,
        "advice": _advice(doubt),
    }


def _advice(doubt: Doubt) -> str:
    """What to do about it, if anything."""
    if doubt.evidence == "itself":
        return "nothing to do: the mailer looks it up at the next tick"
    if doubt.evidence == "events" and doubt.others:
        return "nothing to do: events come in, and it is settled when it has waited long enough"
    if doubt.evidence == "events":
        return (
            "no events come in: check the provider's event webhook, or look at the provider's activity log and settle"
        )
    return "look at the mail server's log for these mails, then settle it with --sent or --not-sent"
