"""`sitrep explain`: why somebody got an article, or did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.people import find_by_key
from worker.audience.suppression import suppression_of
from worker.cli.printing import LARGEST_ID, AsJson, print_json, print_table
from worker.cli.reading import existing_services
from worker.compose.explain import explain_article
from worker.compose.standing import explain_subscriber
from worker.database import table
from worker.errors import NotFound
from worker.models import Article, ArticleRevision, Subscriber
from worker.services import Services

_ARTICLE, _REVISION = table(Article), table(ArticleRevision)
_OTHERS = 5
_COLUMNS = {
    "signups": {
        "asked (UTC)": "asked_at",
        "topics": "topics",
        "how often": "frequency",
        "link good until (UTC)": "expires_at",
        "mail": "mail",
    },
    "subscriptions": {
        "topic": "topic",
        "how often": "frequency",
        "since (UTC)": "started_at",
        "until (UTC)": "ended_at",
        "ended because": "end_reason",
    },
    "deliveries": {
        "newsletter": "newsletter",
        "due (UTC)": "slot_at",
        "state": "state",
        "reason": "reason",
        "since (UTC)": "state_at",
        "articles": "articles",
    },
}
_NONE = {"subscriptions": "No subscriptions.", "deliveries": "No mail was planned for them yet."}

app = typer.Typer()


@app.command()
def explain(
    address: Annotated[str, typer.Argument(help="A subscriber's address.")],
    article: Annotated[
        str, typer.Argument(help="An article: its number, its address, or words of a title that it has or had.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Why somebody got an article or did not; without an article, how they stand and what was sent to them.

    Examples: sitrep explain anna@example.org · sitrep explain anna@example.org 42
    """
    services = existing_services()
    with services.session(read_only=True) as session:
        subscriber = find_by_key(session, parse_address(address).key)
        if subscriber is None:
            raise NotFound(f"Nobody has signed up as {address}{_suppressed(session, services, address)}")
        if article:
            _explain_article(session, subscriber, article, as_json=as_json)
        else:
            _explain_subscriber(session, subscriber, services.now(), as_json=as_json)


def _suppressed(session: Session, services: Services, address: str) -> str:
    row = suppression_of(session, parse_address(address).key, hash_address=services.hash_address)
    return "" if row is None else f"; the address is suppressed ({row.reason}, since {row.since:%Y-%m-%d})"


def _explain_article(session: Session, subscriber: Subscriber, given: str, *, as_json: bool) -> None:
    article, *others = _find_articles(session, given)
    steps = explain_article(session, subscriber, article)
    if as_json:
        told = {"address": subscriber.address, "article": article.id, "title": article.title, "steps": steps}
        print_json({**told, "others": [{"article": other.id, "title": other.title} for other in others]})
        return
    print(f"Article {article.id}: {article.title}")
    print_table(["stage", "when (UTC)", "what"], [(step.stage, step.at, step.fact) for step in steps])
    if others:
        print(f"\nThese fit {given!r}, too; ask for one by its number:")
        print_table(
            ["article", "first seen (UTC)", "title"], [(one.id, one.first_seen_at, one.title) for one in others]
        )


def _explain_subscriber(session: Session, subscriber: Subscriber, now: datetime, *, as_json: bool) -> None:
    found: dict[str, Any] = explain_subscriber(session, subscriber)
    if as_json:
        print_json(found)
        return
    state = f"{found['state']} since {found['state_at']:%Y-%m-%d %H:%M} UTC"
    print(f"{subscriber.address}: {state}; digests at {found['hour']}:00, zone {found['zone']}")
    for each in found["signups"]:
        each["topics"] = ", ".join(each["topics"])
        each["mail"] = each["mail"] if each["expires_at"] > now else f"{each['mail']}; the link is too old"
    for name, columns in _COLUMNS.items():
        if found[name]:
            title = "not confirmed yet" if name == "signups" else name
            print_table(list(columns), [[row[key] for key in columns.values()] for row in found[name]], title=title)
        elif name in _NONE:
            print(_NONE[name])


def _find_articles(session: Session, given: str) -> Sequence[Article]:
    """By number, else by address or the source's id, else by words of a title, the best and latest first."""
    found: Sequence[Article | None]
    if not given.strip():
        found = []
    elif given.isdecimal():
        found = [session.get(Article, int(given))] if int(given) <= LARGEST_ID else []
    else:
        bare = given.split("://", 1)[-1]
        exact = or_(
            _ARTICLE.c.url == given,
            _ARTICLE.c.external_id.in_([given, bare]),
            _ARTICLE.c.url.endswith(bare, autoescape=True),
            _ARTICLE.c.url.endswith(f"/{bare}/", autoescape=True),
        )
        phrase = _ARTICLE.c.title.icontains(given.strip(), autoescape=True)
        query = select(Article).where(or_(exact, _has_words(given)))
        best_first = query.order_by(exact.desc(), phrase.desc(), _ARTICLE.c.id.desc()).limit(1 + _OTHERS)
        found = session.execute(best_first).scalars().all()
    articles = [article for article in found if article is not None]
    if not articles:
        raise NotFound(f"No article is known by {given!r}: `sitrep articles list` shows the latest")
    return articles


def _has_words(given: str) -> ColumnElement[bool]:
    """All of the words, in any order, in the title that it has or in one that it had."""
    words = given.split()
    now = and_(*(_ARTICLE.c.title.icontains(word, autoescape=True) for word in words))
    before = and_(*(_REVISION.c.title.icontains(word, autoescape=True) for word in words))
    return or_(now, exists().where(_REVISION.c.article_id == _ARTICLE.c.id, before))
