"""What events say about addresses: bounces counted, addresses suppressed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.suppression import HashAddress, Suppressed, suppress
from worker.database import dialect, table
from worker.errors import InvalidInput
from worker.logs import log
from worker.models import Bounce, Delivery, Event, Notice, Subscriber
from worker.track.policy import Finding, given_up
from worker.track.reports import Pending, portions

_BOUNCE, _DELIVERY, _EVENT = table(Bounce), table(Delivery), table(Event)
_NOTICE, _SUBSCRIBER = table(Notice), table(Subscriber)
_REASONS = {
    Finding.PERMANENT: "bounced",
    Finding.COMPLAINED: "complained",
    Finding.UNSUBSCRIBED: "unsubscribed",
}


@dataclass(frozen=True)
class Owner:
    """Whose mail an event is about."""

    address_key: str
    subscriber_id: int | None = None
    edition_id: int | None = None
    confirmed_at: datetime | None = None

    def has_confirmed_since(self, at: datetime) -> bool:
        """Whether a yes of theirs is later than what happened at that instant (which providers tell in seconds).

        A report of an earlier mail, come late, must not end what they have asked for anew.
        """
        return self.confirmed_at is not None and at < self.confirmed_at.replace(microsecond=0)


def judge_addresses(session: Session, events: Collection[Pending], *, now: datetime, hash_address: HashAddress) -> int:
    """Count bounces, forget those that a delivered mail has refuted, and suppress; how many people were suppressed."""
    telling = [event for event in events if event.finding is not None or event.kind == "delivered"]
    owners = _owners(session, telling)
    wanted: dict[str, dict[str, Suppressed]] = defaultdict(dict)
    for event in telling:
        owner, finding = owners.get(event.id), event.finding
        if owner is not None and finding in _REASONS and not owner.has_confirmed_since(event.at):
            wanted[_REASONS[finding]][owner.address_key] = Suppressed(owner.address_key, _detail(event))
    counted = [event for event in telling if event.finding in (Finding.TRANSIENT, Finding.SLOW, Finding.OURS)]
    _count(session, counted, owners, hash_address)
    _clear(session, telling, owners, hash_address, now=now)
    for key in _worn_out(session, counted, owners, hash_address):
        wanted["bounced"].setdefault(key, Suppressed(key, {"evidence": "bounced again and again"}))
    for event in counted:
        if event.finding == Finding.OURS:
            log().warning(
                "mail_refused_on_our_account", event_id=event.id, kind=event.kind, status=event.raw.get("status")
            )
    return sum(
        len(suppress(session, found.values(), reason=reason, source="webhook", now=now, hash_address=hash_address))
        for reason, found in sorted(wanted.items())
    )


def _owners(session: Session, events: Collection[Pending]) -> dict[int, Owner]:
    """By our ids; an event without them (a test send, a mail long forgotten) by the address it names."""
    by_delivery = _by_delivery(session, {event.delivery_id for event in events if event.delivery_id})
    by_notice = _by_notice(session, {event.notice_id for event in events if event.notice_id})
    owners = {}
    for event in events:
        owner = by_delivery.get(event.delivery_id) or by_notice.get(event.notice_id) or _by_address(event)
        if owner is not None:
            owners[event.id] = owner
    return owners


def _by_delivery(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID | None, Owner]:
    found: dict[uuid.UUID | None, Owner] = {}
    for some in portions(ids):
        rows = session.execute(
            select(
                _DELIVERY.c.id,
                _DELIVERY.c.subscriber_id,
                _DELIVERY.c.edition_id,
                _SUBSCRIBER.c.address_key,
                _SUBSCRIBER.c.confirmed_at,
            )
            .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _DELIVERY.c.subscriber_id)
            .where(_DELIVERY.c.id.in_(some))
        )
        found |= {row.id: Owner(row.address_key, row.subscriber_id, row.edition_id, row.confirmed_at) for row in rows}
    return found


def _by_notice(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID | None, Owner]:
    found: dict[uuid.UUID | None, Owner] = {}
    for some in portions(ids):
        rows = session.execute(
            select(_NOTICE.c.id, _NOTICE.c.subscriber_id, _SUBSCRIBER.c.address_key, _SUBSCRIBER.c.confirmed_at)
            .join(_SUBSCRIBER, _SUBSCRIBER.c.id == _NOTICE.c.subscriber_id)
            .where(_NOTICE.c.id.in_(some))
        )
        found |= {row.id: Owner(row.address_key, row.subscriber_id, confirmed_at=row.confirmed_at) for row in rows}
    return found


def _by_address(event: Pending) -> Owner | None:
    address = event.raw.get("email")
    if not isinstance(address, str):
        return None
    try:
        return Owner(parse_address(address).key)
    except InvalidInput:
        return None


def _detail(event: Pending) -> dict[str, Any]:
    """What the list keeps of the evidence: no address and no sentence of a server, which may quote one."""
    kept = {name: event.raw.get(name) for name in ("status", "type", "bounce_classification")}
    return {"event": event.id, "kind": event.kind} | {name: value for name, value in kept.items() if value}


def _count(session: Session, events: Collection[Pending], owners: dict[int, Owner], hash_address: HashAddress) -> None:
    rows = [
        {
            "address_hash": hash_address(owners[event.id].address_key),
            "event_id": event.id,
            "edition_id": owners[event.id].edition_id,
            "classification": event.finding,
            "at": event.at,
        }
        for event in events
        if event.id in owners
    ]
    if rows:
        make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
        session.execute(make(_BOUNCE).on_conflict_do_nothing(), rows)


def _clear(
    session: Session,
    events: Collection[Pending],
    owners: dict[int, Owner],
    hash_address: HashAddress,
    *,
    now: datetime,
) -> None:
    """A delivered mail clears the bounces before it, whichever of the two is heard of first."""
    people = {
        owner.subscriber_id: hash_address(owner.address_key) for owner in _of(events, owners) if owner.subscriber_id
    }
    for some in portions(set(people.values())):
        rows = session.execute(
            select(_BOUNCE.c.id, _BOUNCE.c.address_hash, _BOUNCE.c.at).where(
                _BOUNCE.c.address_hash.in_(some), _BOUNCE.c.cleared_at.is_(None)
            )
        ).all()
        bounced = {row.address_hash for row in rows}
        delivered = _last_delivered(session, {who: hashed for who, hashed in people.items() if hashed in bounced})
        cleared = [row.id for row in rows if (last := delivered.get(row.address_hash)) is not None and row.at <= last]
        if cleared:
            session.execute(update(_BOUNCE).where(_BOUNCE.c.id.in_(cleared)).values(cleared_at=now))


def _last_delivered(session: Session, people: dict[int | None, str]) -> dict[str, datetime]:
    """When the last mail arrived at each of these people, by the hash of their address."""
    if not people:
        return {}
    at = func.coalesce(_EVENT.c.occurred_at, _EVENT.c.received_at, type_=_EVENT.c.received_at.type)
    rows = session.execute(
        select(_DELIVERY.c.subscriber_id, func.max(at, type_=_EVENT.c.received_at.type).label("last"))
        .join(_EVENT, _EVENT.c.delivery_id == _DELIVERY.c.id)
        .where(_DELIVERY.c.subscriber_id.in_(list(people)), _EVENT.c.kind == "delivered")
        .group_by(_DELIVERY.c.subscriber_id)
    )
    return {people[row.subscriber_id]: row.last for row in rows}


def _worn_out(
    session: Session, events: Collection[Pending], owners: dict[int, Owner], hash_address: HashAddress
) -> list[str]:
    """Addresses whose bounces since the last delivered mail, and since their owner's last yes, are enough."""
    known = {hash_address(owner.address_key): owner for owner in _of(events, owners)}
    bounces: dict[str, list[tuple[str, int, datetime]]] = defaultdict(list)
    for some in portions(set(known)):
        rows = session.execute(
            select(_BOUNCE).where(
                _BOUNCE.c.address_hash.in_(some),
                _BOUNCE.c.cleared_at.is_(None),
                _BOUNCE.c.edition_id.is_not(None),
                or_(_BOUNCE.c.classification == Finding.TRANSIENT, _BOUNCE.c.classification == Finding.SLOW),
            )
        )
        for row in rows:
            if not known[row.address_hash].has_confirmed_since(row.at):
                bounces[row.address_hash].append((row.classification, row.edition_id, row.at))
    return [known[hashed].address_key for hashed, found in bounces.items() if _enough(found)]


def _enough(found: Iterable[tuple[str, int, datetime]]) -> bool:
    all_of_them = [(edition, at) for _, edition, at in found]
    transient = [(edition, at) for kind, edition, at in found if kind == Finding.TRANSIENT]
    return given_up(Finding.TRANSIENT, transient) or given_up(Finding.SLOW, all_of_them)


def _of(events: Collection[Pending], owners: dict[int, Owner]) -> list[Owner]:
    return [owners[event.id] for event in events if event.id in owners]
