"""A notice -> its parcel: what the person chose, and the links that are theirs."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from worker.audience.choices import current_slugs
from worker.compose.render.bodies import Links
from worker.compose.render.inputs import Choice, NoticeInput, Site, TopicChange
from worker.compose.render.notices import render_notice
from worker.compose.render.placeholders import unsubscribe_headers
from worker.compose.render.templates import EmailTemplates
from worker.database import table
from worker.errors import NotFound
from worker.message import Mailbox, Parcel, Recipient
from worker.models import Newsletter, Notice, NoticeKind, Signup, Subscriber, Subscription, Topic

_NOTICE, _SUBSCRIBER, _SIGNUP = table(Notice), table(Subscriber), table(Signup)
_SUBSCRIPTION, _TOPIC, _NEWSLETTER = table(Subscription), table(Topic), table(Newsletter)


def compose_notice(
    session: Session,
    notice_id: uuid.UUID,
    *,
    templates: EmailTemplates,
    links: Links,
    site: Site,
) -> Parcel:
    """The mail of one notice. It tells no time of its own: made again on doubt, it is the same mail."""
    person = _person(session, notice_id)
    if person.kind == NoticeKind.CONFIRMATION:
        given = _confirmation(session, person, links, site)
    else:
        given = _own_affairs(session, person, links, site)
    headers = unsubscribe_headers(given.unsubscribe_url) if given.unsubscribe_url else {}
    content = render_notice(templates, person.kind, given)
    return Parcel(content, (Recipient(notice_id, Mailbox(person.address), headers=headers),))


def _person(session: Session, notice_id: uuid.UUID) -> Row[Any]:
    s = _SUBSCRIBER.c
    row = session.execute(
        select(
            *(_NOTICE.c.kind, _NOTICE.c.detail, _NOTICE.c.signup_id, _NOTICE.c.subscriber_id),
            *(s.public_id, s.address, s.language, s.zone, s.hour, s.weekday),
        )
        .join(_SUBSCRIBER, s.id == _NOTICE.c.subscriber_id)
        .where(_NOTICE.c.id == notice_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no notice {notice_id}")
    return row


def _confirmation(session: Session, person: Row[Any], links: Links, site: Site) -> NoticeInput:
    """What the form said, in our own words: its topics by their titles, nothing that was typed."""
    signup = session.execute(select(Signup).where(_SIGNUP.c.id == person.signup_id)).scalar_one_or_none()
    if signup is None or signup.id is None:
        raise NotFound("The signup of this confirmation is gone")
    chosen = list(current_slugs(session, signup.topics).values())
    titles = session.execute(
        select(_TOPIC.c.title).where(_TOPIC.c.slug.in_(chosen)).order_by(_TOPIC.c.position, _TOPIC.c.slug)
    ).scalars()
    return NoticeInput(
        site=site,
        language=signup.language,
        choices=tuple(Choice(title, signup.frequency) for title in titles),
        zone=signup.zone,
        hour=signup.hour,
        weekday=signup.weekday,
        expires_at=signup.expires_at,
        confirm_url=links.confirm_url(signup.id),
    )


def _own_affairs(session: Session, person: Row[Any], links: Links, site: Site) -> NoticeInput:
    """What the person gets today. The unsubscribe link names a newsletter that they do get."""
    rows = session.execute(
        select(_TOPIC.c.title, _SUBSCRIPTION.c.frequency, _NEWSLETTER.c.slug.label("newsletter"))
        .join(_TOPIC, _TOPIC.c.id == _SUBSCRIPTION.c.topic_id)
        .outerjoin(_NEWSLETTER, (_NEWSLETTER.c.frequency == _SUBSCRIPTION.c.frequency) & _NEWSLETTER.c.active.is_(True))
        .where(_SUBSCRIPTION.c.subscriber_id == person.subscriber_id, _SUBSCRIPTION.c.ended_at.is_(None))
        .order_by(_TOPIC.c.position, _TOPIC.c.slug)
    ).all()
    newsletter = next((row.newsletter for row in rows if row.newsletter), None)
    return NoticeInput(
        site=site,
        language=person.language,
        choices=tuple(Choice(row.title, row.frequency) for row in rows),
        zone=person.zone,
        hour=person.hour,
        weekday=person.weekday,
        preferences_url=links.preferences_url(person.public_id),
        unsubscribe_url=links.unsubscribe_url(person.public_id, newsletter) if newsletter else None,
        change=TopicChange(**person.detail) if person.kind == NoticeKind.TOPIC_CHANGED else None,
    )
