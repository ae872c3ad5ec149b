"""Who may not be mailed: a list of keyed hashes, which outlives the person's row, and the person's state beside it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.audience.consent import record_consent
from worker.audience.subscriptions import end_subscriptions
from worker.database import dialect, table
from worker.models import Subscriber, SubscriberState, Suppression

_SUBSCRIBER, _SUPPRESSION = table(Subscriber), table(Suppression)
_STRENGTH = {"unsubscribed": 1, "bounced": 2, "complained": 3, "operator": 4}
"""A stronger reason replaces a weaker one."""
_AT_ONCE = 1000

HashAddress = Callable[[str], str]
T = TypeVar("T")


def address_hash(address_key: str, secret: str) -> str:
    """The keyed hash of a normalised address: who has the list but not the secret cannot test addresses against it."""
    keyed = hmac.new(secret.encode(), b"suppression:" + address_key.encode(), hashlib.sha256)
    return keyed.hexdigest()


@dataclass(frozen=True)
class Suppressed:
    """Why one address is suppressed, with what was seen."""

    address_key: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def suppress(
    session: Session,
    addresses: Iterable[Suppressed | str],
    *,
    reason: str,
    source: str,
    now: datetime,
    hash_address: HashAddress,
) -> list[int]:
    """Suppress these addresses (by key): bounced, complained, unsubscribed or operator. The caller commits.

    Whoever has the address is moved to `suppressed`, and all their subscriptions end with the reason. Returns the ids
    of those people, without any who were suppressed before.
    """
    wanted = {
        one.address_key: one for one in (Suppressed(each) if isinstance(each, str) else each for each in addresses)
    }
    people: list[int] = []
    for keys in _portions(sorted(wanted)):
        rows = [
            {
                "address_hash": hash_address(key),
                "reason": reason,
                "since": now,
                "source": source,
                "detail": dict(wanted[key].detail),
            }
            for key in keys
        ]
        _list(session, rows, reason)
        people += _subscribers(session, keys)
    if people:
        end_subscriptions(session, people, reason=reason, now=now)
        for some in _portions(people):
            session.execute(
                update(_SUBSCRIBER)
                .where(_SUBSCRIBER.c.id.in_(some))
                .values(state=SubscriberState.SUPPRESSED, state_at=now)
            )
        record_consent(session, people, "suppress", at=now, source=source, detail={"reason": reason})
    return people


def suppression_of(session: Session, address_key: str, *, hash_address: HashAddress) -> Suppression | None:
    """Why an address may not be mailed; None where it may."""
    return session.get(Suppression, hash_address(address_key), populate_existing=True)


def lift_suppression(
    session: Session, address_key: str, *, hash_address: HashAddress, reasons: Iterable[str] | None = None
) -> str | None:
    """Take an address off the list, after its owner confirmed anew; the reason it was there. The caller commits.

    With `reasons`, only where it is there for one of them. The person's state is the caller's to move.
    """
    statement = delete(_SUPPRESSION).where(_SUPPRESSION.c.address_hash == hash_address(address_key))
    if reasons is not None:
        statement = statement.where(_SUPPRESSION.c.reason.in_(list(reasons)))
    reason: str | None = session.execute(statement.returning(_SUPPRESSION.c.reason)).scalar()
    return reason


def _list(session: Session, rows: Sequence[dict[str, Any]], reason: str) -> None:
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = make(_SUPPRESSION)
    strength = case(_STRENGTH, value=_SUPPRESSION.c.reason, else_=0)
    statement = statement.on_conflict_do_update(
        index_elements=["address_hash"],
        set_={name: statement.excluded[name] for name in ("reason", "since", "source", "detail")},
        where=strength < _STRENGTH.get(reason, 0),
    )
    session.execute(statement, rows)


def _subscribers(session: Session, keys: Sequence[str]) -> list[int]:
    """Whoever has these addresses and is not suppressed or forgotten already."""
    done = (SubscriberState.SUPPRESSED, SubscriberState.FORGOTTEN)
    rows = session.execute(
        select(_SUBSCRIBER.c.id)
        .where(_SUBSCRIBER.c.address_key.in_(keys), _SUBSCRIBER.c.state.not_in(done))
        .order_by(_SUBSCRIBER.c.id)
    )
    return list(rows.scalars())


def _portions(values: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
