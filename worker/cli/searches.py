"""`sitrep searches`: what subscribers look for themselves. Each command has --json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.printing import AsJson, numbered, print_json, print_table
from worker.cli.reading import usable_services
from worker.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from sqlmodel import Session

    from worker.match.search.estimate import Estimate

app = typer.Typer(help="Saved searches: try one, see whose there are, add and remove.", no_args_is_help=True)

Query = Annotated[
    str, typer.Argument(help="Such as 'drones (Belarus OR Minsk) NOT \"drone show\"'.", show_default=False)
]
_STOPPED = {"frequency": "stopped", "found": 0}
"""What stands where a search has no frequency: its owner left within the last two days, and may still undo that."""

Address = Annotated[str, typer.Argument(help="Whose it is.", show_default=False)]


@app.command("test")
def try_command(
    query: Query,
    article: Annotated[
        str | None, typer.Option("--article", help="Ask one article: a file, a URL or a stored article's id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a search means, and what it would have found in the last 30 days. Exit code 1: an article did not answer."""
    from worker.match.search.article import Reading
    from worker.match.search.percolator import alone
    from worker.services.searches import preview_search

    if article is None:
        made = usable_services()
        with made.session(read_only=True) as session:
            seen = preview_search(session, query, now=made.now())
        if as_json:
            print_json({"understood": seen.understood, **_estimate_json(seen.estimate)})
        else:
            _print_estimate(seen.understood, seen.estimate)
        return
    from worker.cli.topic_articles import read_article
    from worker.match.search.parse import parse

    asked = parse(query)
    found = [(name, alone(asked, Reading(text))) for name, text in read_article(article)]
    if as_json:
        print_json({"understood": str(asked), "articles": [{"article": name, "answers": yes} for name, yes in found]})
    else:
        print(f"Understood as: {asked}")
        print_table(("article", "answers"), [[name, "yes" if yes else "no"] for name, yes in found])
    if not all(yes for _, yes in found):
        raise typer.Exit(1)


@app.command("list")
def list_command(
    address: Annotated[str | None, typer.Argument(help="Only this person's.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The open searches with their owner, frequency, and how many articles each has found."""
    from worker.audience.addresses import parse_address
    from worker.audience.searches import list_searches, public_id_of

    made = usable_services()
    with made.session(read_only=True) as session:
        key = parse_address(address).key if address else None
        if key is not None:
            public_id_of(session, key)  # an address that nobody has is told as that
        listed = [one.to_json() for one in list_searches(session, address_key=key, limit=limit)]
    if as_json:
        print_json(listed)
        return
    columns = ("id", "address", "query", "frequency", "found", "created_at")
    if listed:
        print_table(columns, [[one[column] or _STOPPED.get(column) for column in columns] for one in listed])
    elif address:
        print(f"{address} has no open search.")
    else:
        print("Nobody has saved a search yet: people do at the foot of their preference page.")


@app.command("add")
def add_command(
    address: Address,
    query: Query,
    frequency: Annotated[str, typer.Option("--frequency", help="instant, daily or weekly.")] = "daily",
    as_json: AsJson = False,
) -> None:
    """Save a search for a confirmed subscriber, as they would themselves."""
    from worker.audience.addresses import parse_address
    from worker.audience.searches import public_id_of
    from worker.models import Frequency
    from worker.services.searches import save_checked_search

    if frequency not in tuple(Frequency):
        raise InvalidInput(f"--frequency {frequency}: write instant, daily or weekly")
    made = usable_services()
    with made.session() as session:
        public_id = public_id_of(session, parse_address(address).key)
        _check_served(session, frequency)
        saved, seen = save_checked_search(session, public_id, query, frequency, now=made.now(), source="operator")
    if saved is None:
        raise NotFound(f"{address} has not confirmed the address, or mail to it was stopped: nothing was saved")
    if as_json:
        print_json({"id": saved.id, "understood": seen.understood, **_estimate_json(seen.estimate)})
    else:
        print(f"Saved as search {saved.id}, {saved.frequency}.")
        _print_estimate(seen.understood, seen.estimate)


def _check_served(session: Session, frequency: str) -> None:
    from worker.audience.choices import offered_frequencies

    served = offered_frequencies(session)
    if frequency not in served:
        there = f"write --frequency {' or '.join(served)}" if served else "none is: `sitrep check` tells why"
        raise InvalidInput(f"No newsletter in force is {frequency} (schedules/newsletters); {there}")


@app.command("remove")
def remove_command(
    address: Address,
    search_id: Annotated[int, typer.Argument(help="Its number, from `sitrep searches list`.", callback=numbered)],
    as_json: AsJson = False,
) -> None:
    """End somebody's search."""
    from worker.audience.addresses import parse_address
    from worker.audience.searches import end_search, public_id_of

    made = usable_services()
    with made.session() as session:
        public_id = public_id_of(session, parse_address(address).key)
        if not end_search(session, public_id, search_id, now=made.now(), source="operator"):
            raise NotFound(f"{address} has no open search {search_id}: `sitrep searches list {address}` shows them")
    if as_json:
        print_json({"removed": search_id})
    else:
        print(f"Search {search_id} is ended.")


def _estimate_json(found: Estimate) -> dict[str, Any]:
    return {
        "found": found.found,
        "looked_at": found.looked_at,
        "a_week": round(found.a_week, 1),
        "examples": [{"article": number, "title": title, "seen_at": at} for number, title, at in found.examples],
    }


def _print_estimate(understood: str, found: Estimate) -> None:
    print(f"Understood as: {understood}")
    if not found.looked_at:
        print("No article of the last 30 days is known yet to try it on.")
        return
    looked_at = (
        "the only article of the last 30 days" if found.looked_at == 1 else f"the last {found.looked_at} articles"
    )
    print(f"It found {found.found} of {looked_at}: about {found.a_week:.1f} a week.")
    if found.examples:
        print_table(("article", "title", "seen at"), [list(one) for one in found.examples])
