"""The books of the demo, kept from both sides: what the database says, and what lies in the counterpart's ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from demo.counterpart.letter import Mail
from demo.newsroom.archive import Archive
from demo.readers import Reader
from worker.database import table
from worker.deliver.closing import edition_sums
from worker.models import Article, Batch, Delivery, Edition, Event, Match, Topic, Verdict

_GONE_EARLY = ("bounces", "complains", "leaves")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Books:
    """What happened, and every way in which the two sides differ (`faults`; empty when all is well)."""

    articles: dict[str, int] = field(default_factory=dict)
    topics: dict[str, dict[str, int]] = field(default_factory=dict)
    editions: dict[str, int] = field(default_factory=dict)
    deliveries: dict[str, int] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    events: int = 0
    readers_complete: int = 0
    """Readers who stayed, and have each article they asked for exactly once."""
    readers_gone: int = 0
    """Readers who left, complained or bounced on the way: of them only is known that they got nothing twice."""
    faults: list[str] = field(default_factory=list)


def keep_books(
    session: Session, mails: list[Mail], archive: Archive, readers: Iterable[Reader], *, since: datetime, site_url: str
) -> Books:
    """Count, compare, and look at every reader."""
    books = Books()
    _count_articles(session, books)
    _count_topics(session, books, archive)
    _count_deliveries(session, books)
    _compare_mails(session, books, mails)
    _compare_readers(books, mails, archive, readers, since=since, site_url=site_url)
    return books


def _count_articles(session: Session, books: Books) -> None:
    article = table(Article)
    rows = session.execute(
        select(article.c.baseline, article.c.withheld_reason, article.c.release_number, article.c.revision)
    )
    counts: Counter[str] = Counter()
    for baseline, withheld, number, revision in rows:
        counts["collected"] += 1
        counts["baseline"] += bool(baseline)
        counts["released"] += number is not None
        counts["about no topic"] += withheld == "no_topic"
        counts["edited later"] += revision > 1
    books.articles = dict(counts)


def _count_topics(session: Session, books: Books, archive: Archive) -> None:
    match, topic, article = table(Match), table(Topic), table(Article)
    rows = session.execute(
        select(topic.c.slug, match.c.verdict, article.c.url)
        .join(topic, topic.c.id == match.c.topic_id)
        .join(article, article.c.id == match.c.article_id)
    ).all()
    judged = {
        _slug(url) for url in session.execute(select(article.c.url).where(article.c.matched_at.is_not(None))).scalars()
    }
    for slug in sorted({row.slug for row in rows}):
        about = {_slug(row.url) for row in rows if row.slug == slug and row.verdict == Verdict.ABOUT}
        mentioned = sum(row.slug == slug and row.verdict == Verdict.MENTION for row in rows)
        meant = archive.about(slug) & judged
        books.topics[slug] = {
            "about": len(about),
            "mention": mentioned,
            "missed": len(meant - about),
            "wrong": len(about - meant),
        }
        for name, wrong in (("not found", meant - about), ("found wrongly", about - meant)):
            books.faults += [f"topic {slug}: {each} {name}" for each in sorted(wrong)]


def _count_deliveries(session: Session, books: Books) -> None:
    delivery, edition, batch = table(Delivery), table(Edition), table(Batch)
    books.deliveries = _counted(session, select(delivery.c.state, func.count()).group_by(delivery.c.state))
    books.editions = _counted(session, select(edition.c.newsletter, func.count()).group_by(edition.c.newsletter))
    books.batches = _counted(session, select(batch.c.state, func.count()).group_by(batch.c.state))
    books.events = session.execute(select(func.count()).select_from(table(Event))).scalar_one()
    for row in session.execute(select(Edition)).scalars():
        if not edition_sums(session, row.id).balanced:
            books.faults.append(f"edition {row.id} ({row.newsletter}, {row.slot_at:%a %H:%M}) does not balance")
    if doubled := session.execute(select(func.count()).where(delivery.c.doubled)).scalar_one():
        books.faults.append(f"{doubled} deliveries were sent twice")


def _counted(session: Session, query: Any) -> dict[str, int]:
    return {str(name): int(count) for name, count in session.execute(query)}


def _compare_mails(session: Session, books: Books, mails: list[Mail]) -> None:
    """Each accepted delivery lies in the ledger once; whatever lies there is an accepted delivery or a notice."""
    delivery = table(Delivery)
    out = select(delivery.c.id).where(delivery.c.state.in_(("accepted", "delivered", "bounced", "complained")))
    accepted = {str(each) for each in session.execute(out).scalars()}
    held = Counter(mail.delivery_id for mail in mails if mail.delivery_id)
    books.mails = {
        "digests and alerts": sum(held.values()),
        "single mails": sum(not mail.delivery_id for mail in mails),
    }
    books.faults += [f"delivery {each} lies {count} times in the ledger" for each, count in held.items() if count > 1]
    books.faults += [f"delivery {each} is called accepted, and no mail is there" for each in accepted - set(held)]
    books.faults += [f"delivery {each} was mailed, and is not called accepted" for each in set(held) - accepted]


def _compare_readers(
    books: Books, mails: list[Mail], archive: Archive, readers: Iterable[Reader], *, since: datetime, site_url: str
) -> None:
    inboxes: dict[str, list[Mail]] = {}
    for mail in mails:
        if mail.delivery_id:
            inboxes.setdefault(mail.to, []).append(mail)
    for reader in readers:
        got = received(inboxes.get(reader.address, []), site_url)
        faults = [f"{reader.name} got {slug} {count} times" for slug, count in got.items() if count > 1]
        wanted, allowed = expected(archive, reader, since=since)
        faults += [f"{reader.name} never got {slug}" for slug in sorted(wanted - set(got))]
        faults += [f"{reader.name} got {slug}, and had not asked for it" for slug in sorted(set(got) - allowed)]
        books.faults += faults
        if reader.role in _GONE_EARLY:
            books.readers_gone += 1
        else:
            books.readers_complete += not faults


def received(mails: Iterable[Mail], site_url: str) -> Counter[str]:
    """How many of these mails hold each article of the site."""
    pattern = re.compile(re.escape(site_url) + r"/\d{4}/\d{2}/([a-z0-9-]+)/")
    return Counter(slug for mail in mails for slug in set(pattern.findall(mail.text)))


def expected(archive: Archive, reader: Reader, *, since: datetime) -> tuple[set[str], set[str]]:
    """(what the reader must have, what they may have), by the newsroom's own labels.

    Whoever left or was suppressed may lack what came out around that time; what was withdrawn may be missing.
    """
    shown = {article.slug for article in archive.published(LATER)}
    allowed = {
        slug
        for slug, manuscript in archive.manuscripts.items()
        if archive.base + manuscript.offset > since and manuscript.labels & set(reader.topics)
    }
    must = allowed & shown if reader.role not in _GONE_EARLY else set()
    return must, allowed


def _slug(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]


def as_json(books: Books) -> Mapping[str, Any]:
    """The books for scripts."""
    return vars(books)
