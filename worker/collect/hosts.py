"""Turns at a host, across all worker processes: one visit at a time, and a pause between two.

Whoever gets no turn is told when to come back, and its thread goes on to something else. A turn is a lease: when its
holder dies, the host is free again after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.collect.robots import Robots
from worker.database import dialect, table
from worker.models import Host

_HOST = table(Host)
LEASE = timedelta(minutes=2)
_AT_ONCE = 300
PAUSE = timedelta(seconds=1)
"""Between the beginnings of two visits to a host on the public internet."""
_COME_BACK = timedelta(seconds=2)
"""Whoever holds a host is usually done long before the lease ends."""
_USUAL_PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """The host that an address names, with its port where that is unusual; empty for what is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    name = (parts.hostname or "").rstrip(".")
    return name if port in (None, _USUAL_PORTS.get(parts.scheme)) else f"{name}:{port}"


def take_turn(session: Session, host: str, *, now: datetime, lease: timedelta = LEASE) -> datetime | None:
    """Take the host until `end_turn`. None: it is ours; else when to ask again. The caller commits."""
    if not host:
        return None
    taken = session.execute(
        _insert(session)
        .values(name=host, free_at=now + lease, crawl_delay=0.0, slow=0)
        .on_conflict_do_update(index_elements=["name"], set_={"free_at": now + lease}, where=_HOST.c.free_at <= now)
        .returning(_HOST.c.name)
    ).first()
    if taken is not None:
        return None
    free_at: datetime = session.execute(select(_HOST.c.free_at).where(_HOST.c.name == host)).scalar_one()
    return min(free_at, now + _COME_BACK)


def take_turns(session: Session, hosts: Iterable[str], *, now: datetime, lease: timedelta = LEASE) -> set[str]:
    """Take those of the hosts that are free until `end_turn`, or until `now + lease`; which. The caller commits."""
    # in the order of their names: of two who want the same, neither waits for the other in a circle
    rows = [
        {"name": host, "free_at": now + lease, "crawl_delay": 0.0, "slow": 0} for host in sorted(set(hosts)) if host
    ]
    if not rows:
        return set()
    taking = _insert(session)
    taking = taking.on_conflict_do_update(
        index_elements=["name"], set_={"free_at": taking.excluded.free_at}, where=_HOST.c.free_at <= now
    ).returning(_HOST.c.name)
    return set(session.execute(taking, rows).scalars())


def free_turns(session: Session, hosts: Iterable[str], *, until: datetime, now: datetime) -> None:
    """Give back turns that end at `until` and were not used; the caller commits."""
    held = (_HOST.c.name.in_(sorted(hosts)), _HOST.c.free_at == until)
    session.execute(update(_HOST).where(*held).values(free_at=now))


def end_turn(
    session: Session,
    host: str,
    *,
    now: datetime,
    polite: bool,
    slow: bool,
    rest: timedelta | None = None,
    lease: timedelta = LEASE,
    until: datetime | None = None,
) -> None:
    """Let the host rest, then be free. `polite` is False on our own network; `slow`: it did not answer in time.
    `rest`: it asked to be left alone for so long (Retry-After), which holds for all that is there.

    `now` is when the visit began; the turn is that which ends at `until`, without it the one that was taken then. A
    turn whose lease ran out is somebody else's by then, and stays theirs. The caller commits.
    """
    if not host:
        return
    mine = update(_HOST).where(_HOST.c.name == host, _HOST.c.free_at == (until or now + lease))
    pause = timedelta()
    if polite:
        wished = session.execute(select(_HOST.c.crawl_delay).where(_HOST.c.name == host)).scalar() or 0.0
        pause = max(PAUSE, timedelta(seconds=wished))
    strikes = _HOST.c.slow + 1 if slow else 0
    session.execute(mine.values(slow=strikes, free_at=now + max(pause, rest or pause)))


@dataclass(frozen=True, slots=True)
class HostState:
    """When a host may be asked again, and how often in a row it did not answer in time."""

    free_at: datetime
    slow: int


def states_of(session: Session, hosts: Iterable[str]) -> dict[str, HostState]:
    """What is known of these hosts."""
    names, found = list(hosts), {}
    for start in range(0, len(names), _AT_ONCE):
        rows = session.execute(
            select(_HOST.c.name, _HOST.c.free_at, _HOST.c.slow).where(_HOST.c.name.in_(names[start : start + _AT_ONCE]))
        )
        found.update({row.name: HostState(row.free_at, row.slow) for row in rows})
    return found


def known_robots(session: Session, host: str) -> Robots:
    """What is known of the host's robots.txt."""
    columns = _HOST.c
    row = session.execute(
        select(columns.robots, columns.robots_until, columns.robots_failing_since).where(columns.name == host)
    ).first()
    return Robots(*row) if row is not None else Robots()


def keep_robots(session: Session, host: str, learnt: Robots, *, crawl_delay: float, now: datetime) -> None:
    """Keep what a host's robots.txt says, for every worker; the caller commits."""
    told = {
        "robots": learnt.text,
        "robots_until": learnt.until,
        "robots_failing_since": learnt.failing_since,
        "crawl_delay": crawl_delay,
    }
    session.execute(
        _insert(session)
        .values(name=host, free_at=now, slow=0, **told)
        .on_conflict_do_update(index_elements=["name"], set_=told)
    )


def _insert(session: Session):  # type: ignore[no-untyped-def]  # the two dialects' types have no common one
    return (postgresql.insert if dialect(session) == "postgresql" else sqlite.insert)(_HOST)
