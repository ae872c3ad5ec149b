"""Deliveries -> parcels: one body for each cohort, and for each person only what is personal."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Row, select
from sqlmodel import Session

from worker.compose.render.cohorts import CohortMail, cohort_mails
from worker.compose.render.digest import render_digest, render_web_view
from worker.compose.render.inputs import DigestInput, Site
from worker.compose.render.placeholders import PersonalLinks, Placeholders, personal_parts, placeholders
from worker.compose.render.templates import EmailTemplates
from worker.database import table
from worker.errors import NotFound
from worker.message import Content, Mailbox, Parcel, Recipient
from worker.models import Delivery, Subscriber

_DELIVERY, _SUBSCRIBER = table(Delivery), table(Subscriber)

_BODIES = 64
"""Bodies kept: the batches of one cohort follow each other."""


class Links(Protocol):
    """Makes the addresses that go into mails."""

    def unsubscribe_url(self, public_id: uuid.UUID, newsletter: str) -> str: ...

    def preferences_url(self, public_id: uuid.UUID) -> str: ...

    def view_url(self, delivery_id: uuid.UUID) -> str: ...

    def feedback_url(self, delivery_id: uuid.UUID) -> str: ...

    def confirm_url(self, signup_id: int) -> str: ...


@dataclass
class ComposedBatch:
    """The mails of a batch, and the deliveries that have nothing left to say, each with the reason."""

    parcels: list[Parcel] = field(default_factory=list)
    gone: dict[uuid.UUID, str] = field(default_factory=dict)


def compose_batch(
    session: Session,
    delivery_ids: Sequence[uuid.UUID],
    *,
    templates: EmailTemplates,
    links: Links,
    site: Site,
    now: datetime,
) -> ComposedBatch:
    """The mails of these deliveries: articles in their latest form, without those withdrawn or too old by now."""
    by_cohort = _by_cohort(session, delivery_ids)
    mails = cohort_mails(session, by_cohort.keys(), site=site, now=now)
    composed = ComposedBatch()
    for cohort_id, rows in by_cohort.items():
        mail = mails[cohort_id]
        if mail.given is None:
            composed.gone.update({row.id: mail.reason for row in rows})
            continue
        content = _content(templates, mail.given)
        marks = placeholders(mail.given.placeholder_key)
        recipients = tuple(_recipient(row, mail, marks, links) for row in rows)
        composed.parcels.append(Parcel(content, recipients))
    return composed


def view_delivery(session: Session, delivery_id: uuid.UUID, *, templates: EmailTemplates, site: Site) -> str:
    """The page behind `View in browser`: all articles of that mail, without those withdrawn since."""
    cohort_id = session.execute(select(_DELIVERY.c.cohort_id).where(_DELIVERY.c.id == delivery_id)).scalar()
    if cohort_id is None:
        raise NotFound("There is no such mail")
    mail = cohort_mails(session, [cohort_id], site=site, now=None)[cohort_id]
    if mail.given is None:
        raise NotFound("The articles of this mail have been withdrawn")
    return render_web_view(templates, mail.given)


@lru_cache(_BODIES)
def _content(templates: EmailTemplates, given: DigestInput) -> Content:
    return render_digest(templates, given)


def _by_cohort(session: Session, delivery_ids: Sequence[uuid.UUID]) -> dict[int, list[Row[Any]]]:
    rows = session.execute(
        select(_DELIVERY.c.id, _DELIVERY.c.cohort_id, _SUBSCRIBER.c.public_id, _SUBSCRIBER.c.address)
        .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id)
        .where(_DELIVERY.c.id.in_(delivery_ids))
        .order_by(_DELIVERY.c.cohort_id, _DELIVERY.c.id)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.cohort_id, []).append(row)
    return found


def _recipient(row: Row[Any], mail: CohortMail, marks: Placeholders, links: Links) -> Recipient:
    personal = PersonalLinks(
        unsubscribe_url=links.unsubscribe_url(row.public_id, mail.newsletter),
        preferences_url=links.preferences_url(row.public_id),
        view_url=links.view_url(row.id),
        feedback_url=links.feedback_url(row.id),
    )
    substitutions, headers = personal_parts(marks, personal)
    return Recipient(row.id, Mailbox(row.address), substitutions, headers)
