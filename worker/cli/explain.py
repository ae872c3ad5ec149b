"""`sitrep explain`: why somebody got an article, or did not."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy import or_, select
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.people import find_by_key
from worker.cli.printing import LARGEST_ID, AsJson, print_json, print_table
from worker.cli.reading import existing_services
from worker.compose.explain import explain_article
from worker.compose.standing import explain_subscriber
from worker.database import table
from worker.errors import NotFound
from worker.models import Article, Subscriber
from worker.services import Services

_ARTICLE = table(Article)


app = typer.Typer()


@app.command()
def explain(
    address: Annotated[str, typer.Argument(help="A subscriber's address.")],
    article: Annotated[str, typer.Argument(help="An article: its number, its address, or words of its title.")] = "",
    as_json: AsJson = False,
) -> None:
    """Why somebody got an article or did not; without an article, how they stand and what was sent to them.

    Examples: sitrep explain anna@example.org · sitrep explain anna@example.org 42
    """
    services = existing_services()
    with services.session(read_only=True) as session:
        subscriber = find_by_key(session, parse_address(address).key)
        if subscriber is None:
            suppressed = _suppressed(session, services, address)
            raise NotFound(f"Nobody has signed up as {address}{suppressed}")
        if article:
            _explain_article(session, subscriber, _find_article(session, article), as_json=as_json)
        else:
            _explain_subscriber(session, subscriber, as_json=as_json)


def _suppressed(session: Session, services: Services, address: str) -> str:
    from worker.audience.suppression import suppression_of

    row = suppression_of(session, parse_address(address).key, hash_address=services.hash_address)
    return "" if row is None else f"; the address is suppressed ({row.reason}, since {row.since:%Y-%m-%d})"


def _explain_article(session: Session, subscriber: Subscriber, article: Article, *, as_json: bool) -> None:
    steps = explain_article(session, subscriber, article)
    if as_json:
        print_json({"address": subscriber.address, "article": article.id, "title": article.title, "steps": steps})
        return
    print_table(["stage", "when (UTC)", "what"], [(step.stage, step.at, step.fact) for step in steps])


def _explain_subscriber(session: Session, subscriber: Subscriber, *, as_json: bool) -> None:
    found: dict[str, Any] = explain_subscriber(session, subscriber)
    if as_json:
        print_json(found)
        return
    state = f"{found['state']} since {found['state_at']:%Y-%m-%d %H:%M} UTC"
    print(f"{subscriber.address}: {state}, {found['zone']}, {found['hour']}:00")
    for title, rows in (("subscriptions", found["subscriptions"]), ("deliveries", found["deliveries"])):
        if rows:
            print_table(list(rows[0]), [list(row.values()) for row in rows], title=title)
        else:
            print(f"no {title}")


def _find_article(session: Session, given: str) -> Article:
    """By number, else by address or the source's id, else by words of the title (the latest)."""
    if given.isdecimal():
        found = session.get(Article, int(given)) if int(given) <= LARGEST_ID else None
    else:
        bare = given.split("://", 1)[-1]
        exact = or_(
            _ARTICLE.c.url == given,
            _ARTICLE.c.external_id.in_([given, bare]),
            _ARTICLE.c.url.endswith(bare),
            _ARTICLE.c.url.endswith(f"/{bare}/"),
        )
        words = _ARTICLE.c.title.icontains(given, autoescape=True)
        query = select(Article).where(or_(exact, words)).order_by(exact.desc(), _ARTICLE.c.id.desc()).limit(1)
        found = session.execute(query).scalar()
    if found is None:
        raise NotFound(f"No article is known by {given!r}: `sitrep articles list` shows the latest")
    return found
