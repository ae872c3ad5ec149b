"""What reading a source's listing told about the source itself, kept for the next time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from sqlalchemy import and_, delete, or_, select
from sqlmodel import Session

from worker.collect.listings.model import Learned, Part
from worker.collect.listings.rest import is_rest
from worker.database import table
from worker.models import SitemapPart, Source, TermName

_NAME, _PART = table(TermName), table(SitemapPart)
_NAMES_LAST = timedelta(days=30)
"""Categories are renamed now and then."""
_SECRETS_LAST = timedelta(days=7)
"""A site that keeps its authors to itself is asked again after this."""


def known_names(session: Session, sources: Iterable[Source], *, now: datetime) -> dict[int, dict[str, str]]:
    """By source: the names behind a WordPress site's numbers, so far as they were asked for and are not too old."""
    able = [each.id for each in sources if each.kind == "wordpress" or is_rest(each.url) or each.rest_root is not None]
    found: dict[int, dict[str, str]] = {}
    if able:
        rows = session.execute(
            select(_NAME.c.source_id, _NAME.c.term, _NAME.c.name).where(
                _NAME.c.source_id.in_(able),
                or_(
                    and_(_NAME.c.name != "", _NAME.c.seen_at > now - _NAMES_LAST),
                    _NAME.c.seen_at > now - _SECRETS_LAST,
                ),
            )
        )
        for row in rows:
            found.setdefault(row.source_id, {})[row.term] = row.name
    return found


def known_parts(session: Session, sources: Iterable[Source]) -> dict[int, tuple[Part, ...]]:
    """By source: the sitemaps that its index has named."""
    able = [each.id for each in sources if each.kind in ("feed", "sitemap")]
    if not able:
        return {}
    rows = session.execute(select(_PART).where(_PART.c.source_id.in_(able)).order_by(_PART.c.source_id, _PART.c.id))
    return {
        source_id: tuple(
            Part(
                url=row.url,
                changed=row.changed,
                told=row.changed,
                appeared=row.appeared,
                was_read=row.read_at is not None,
                etag=row.etag,
                last_modified=row.last_modified,
                body_hash=row.body_hash,
            )
            for row in some
        )
        for source_id, some in groupby(rows, key=lambda row: int(row.source_id))
    }


def remember(session: Session, source: Source, learned: Learned, *, now: datetime) -> None:
    """Keep it; the caller commits, and holds the source."""
    if learned.refuses_embed is not None:
        source.refuses_embed = learned.refuses_embed
    if learned.edits_asked:
        source.edits_asked_at = now
    if learned.rest_root and _same_site(learned.rest_root, source.url):
        source.rest_root = learned.rest_root
    if learned.names:
        session.execute(delete(_NAME).where(_NAME.c.source_id == source.id, _NAME.c.term.in_(list(learned.names))))
        session.add_all(
            TermName(source_id=source.id, term=term, name=name, seen_at=now) for term, name in learned.names.items()
        )
    if learned.parts:
        _remember_parts(session, source, learned.parts, now=now)


def _remember_parts(session: Session, source: Source, parts: list[Part], *, now: datetime) -> None:
    known = {row.url: row for row in session.scalars(select(SitemapPart).where(_PART.c.source_id == source.id))}
    for part in parts:
        row = known.get(part.url)
        if row is None:
            row = SitemapPart(source_id=source.id, url=part.url, appeared=part.appeared)
            session.add(row)
        row.changed, row.etag, row.last_modified = part.changed, part.etag, part.last_modified
        row.body_hash = part.body_hash
        row.read_at = now if part.was_read else None


def _same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host; `www.` does not matter."""
    first, second = (urlsplit(url).netloc.lower().removeprefix("www.") for url in (one, other))
    return first == second
