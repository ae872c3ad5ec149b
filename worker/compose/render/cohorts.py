"""From a cohort's bits to what its mail is made from, or to the reason why there is nothing to mail any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from worker.compose.bits import numbers_of
from worker.compose.newsletters import longest_age, newsletter_version
from worker.compose.render.articles import CardArticle, order_articles
from worker.compose.render.inputs import DigestInput, Publication, Site
from worker.compose.render.shown import ShownArticle, articles_by_number
from worker.database import table
from worker.message import Mailbox
from worker.models import Cohort, CohortContent, Edition
from worker.schedules.newsletters import NewsletterDefinition

_COHORT, _CONTENT, _EDITION = table(Cohort), table(CohortContent), table(Edition)

WITHDRAWN, TOO_OLD = "withdrawn", "too_old"


@dataclass(frozen=True)
class CohortMail:
    """What a cohort gets; `given` is None where nothing is left of it, for `reason`."""

    newsletter: str
    given: DigestInput | None
    reason: str = ""


def cohort_mails(
    session: Session, cohort_ids: Collection[int], *, site: Site, now: datetime | None
) -> dict[int, CohortMail]:
    """The mail of each cohort as it is at `now`; without `now` as it was when the edition was planned."""
    rows = session.execute(
        select(
            *(_COHORT.c.id, _COHORT.c.public_id, _COHORT.c.language, _COHORT.c.shown_on),
            *(_EDITION.c.newsletter, _EDITION.c.newsletter_version, _EDITION.c.planned_at),
        )
        .join(_EDITION, _EDITION.c.id == _COHORT.c.edition_id)
        .where(_COHORT.c.id.in_(cohort_ids))
    ).all()
    numbers = _numbers(session, cohort_ids)
    articles = articles_by_number(session, {n for of_one in numbers.values() for n in of_one}, site=site)
    definition = cache(lambda slug, version: newsletter_version(session, slug, version))
    longest = cache(lambda newsletter: longest_age(session, newsletter))
    return {
        row.id: _mail(
            row, [articles[n] for n in numbers.get(row.id, ())], definition, longest, site, now or row.planned_at
        )
        for row in rows
    }


def _numbers(session: Session, cohort_ids: Collection[int]) -> dict[int, list[int]]:
    rows = session.execute(
        select(_CONTENT.c.cohort_id, _CONTENT.c.block, _CONTENT.c.bits).where(_CONTENT.c.cohort_id.in_(cohort_ids))
    )
    found: dict[int, list[int]] = {}
    for cohort_id, block, bits in rows:
        found.setdefault(cohort_id, []).extend(numbers_of(block, bits))
    return found


def _mail(
    row: Row[Any],
    articles: Iterable[ShownArticle],
    definition: Callable[[str, int], NewsletterDefinition],
    longest: Callable[[NewsletterDefinition], timedelta],
    site: Site,
    at: datetime,
) -> CohortMail:
    newsletter = definition(row.newsletter, row.newsletter_version)
    cards, reason = still_shown(articles, at=at, max_age=longest(newsletter))
    if not cards:
        return CohortMail(row.newsletter, None, reason)
    given = DigestInput(
        publication=publication_of(newsletter, site),
        site=site,
        articles=tuple(order_articles(cards)),
        shown_on=row.shown_on,
        language=row.language,
        placeholder_key=row.public_id.hex,
    )
    return CohortMail(row.newsletter, given)


def still_shown(articles: Iterable[ShownArticle], *, at: datetime, max_age: timedelta) -> tuple[set[CardArticle], str]:
    """The articles that may be shown at that instant, each once; and why there is none, if there is none."""
    articles = list(articles)
    there = [article for article in articles if not article.withdrawn]
    shown = {article.card for article in there if article.dated >= at - max_age}
    return shown, "" if shown else TOO_OLD if there else WITHDRAWN


def publication_of(definition: NewsletterDefinition, site: Site) -> Publication:
    """The newsletter as its mails show it."""
    sender = None
    if definition.sender_address or definition.sender_name:
        sender = Mailbox(definition.sender_address or site.sender.address, definition.sender_name or site.sender.name)
    return Publication(definition.slug, definition.title, definition.frequency, definition.max_articles, sender)
