"""What is done now and then, whoever asks for it and however often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import Session

from worker.audience.purge import purge_signups
from worker.collect.chrome import forget_lines
from worker.collect.stories import forget_bands
from worker.services.made import Services

PURGE_EVERY = timedelta(hours=1)
PEOPLE_A_PURGE = 1000
TRACES_AT_ONCE, TRACES_A_TICK = 5_000, 20_000


def purge(made: Services, session: Session) -> int:
    """Forget who never confirmed, at most once an hour unless more than one call can take are waiting; how many went.

    Its heartbeat row `purge` says when it was last through.
    """
    if not made.silent(["purge"], longer_than=PURGE_EVERY):
        return 0
    gone = purge_signups(session, now=made.now(), limit=PEOPLE_A_PURGE)
    if gone < PEOPLE_A_PURGE:
        made.beat(session, "purge")
    return gone


def forget_traces(made: Services, session: Session) -> int:
    """Delete what collecting keeps of articles to compare others with, once it is too old; how many rows went.

    At most once an hour, unless more than one call can take are waiting; its heartbeat row is `traces`.
    """
    if not made.silent(["traces"], longer_than=PURGE_EVERY):
        return 0
    lines, bands = (_all_of(forget, made, session) for forget in (forget_lines, forget_bands))
    if max(lines, bands) < TRACES_A_TICK:
        made.beat(session, "traces")
    return lines + bands


def _all_of(forget: Callable[..., int], made: Services, session: Session) -> int:
    gone = 0
    while gone < TRACES_A_TICK:
        portion = forget(session, now=made.now(), limit=TRACES_AT_ONCE)
        gone += portion
        if portion < TRACES_AT_ONCE:
            break
    return gone
