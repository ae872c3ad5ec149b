"""An edition closes when every delivery of it is decided and its sums balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, text, update
from sqlmodel import Session

from worker.database import table
from worker.errors import NotFound
from worker.logs import log
from worker.models import Batch, BatchState, Delivery, DeliveryState, Edition, EditionState

_BATCH, _DELIVERY, _EDITION = table(Batch), table(Delivery), table(Edition)

ACCEPTED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
FINAL = (
    *ACCEPTED,
    DeliveryState.SUPPRESSED,
    DeliveryState.SKIPPED,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
)
_AT_WORK = (BatchState.READY, BatchState.CLAIMED, BatchState.SUBMITTING, BatchState.UNCERTAIN)


@dataclass(frozen=True)
class EditionSums:
    """What became of an edition: planned = accepted + suppressed + skipped + failed + expired, once nothing is open.

    `accepted` counts what the mailer took, whatever it reported later; `delivered`, `bounced` and `complained` are
    parts of it. `open` is not decided yet, `uncertain` a part of that. `doubled` people have two mails.
    """

    planned: int
    accepted: int
    delivered: int
    bounced: int
    complained: int
    suppressed: int
    skipped: int
    failed: int
    expired: int
    open: int
    uncertain: int
    owed: int
    doubled: int

    @property
    def balanced(self) -> bool:
        """Every planned delivery is accounted for, and none is open."""
        decided = self.accepted + self.suppressed + self.skipped + self.failed + self.expired
        return self.open == 0 and decided == self.planned

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def edition_sums(session: Session, edition_id: int) -> EditionSums:
    """Count an edition as it stands now."""
    planned: int | None = session.execute(select(_EDITION.c.planned).where(_EDITION.c.id == edition_id)).scalar()
    if planned is None:
        raise NotFound(f"There is no edition {edition_id}")
    rows = session.execute(
        select(
            _DELIVERY.c.state,
            func.count().label("number"),
            func.count().filter(_DELIVERY.c.owed).label("owed"),
            func.count().filter(_DELIVERY.c.doubled).label("doubled"),
        )
        .where(_DELIVERY.c.edition_id == edition_id)
        .group_by(_DELIVERY.c.state)
    ).all()
    by_state = {row.state: row.number for row in rows}
    return EditionSums(
        planned=planned,
        accepted=sum(by_state.get(state, 0) for state in ACCEPTED),
        delivered=by_state.get(DeliveryState.DELIVERED, 0),
        bounced=by_state.get(DeliveryState.BOUNCED, 0),
        complained=by_state.get(DeliveryState.COMPLAINED, 0),
        suppressed=by_state.get(DeliveryState.SUPPRESSED, 0),
        skipped=by_state.get(DeliveryState.SKIPPED, 0),
        failed=by_state.get(DeliveryState.FAILED, 0),
        expired=by_state.get(DeliveryState.EXPIRED, 0),
        open=sum(number for state, number in by_state.items() if state not in FINAL),
        uncertain=by_state.get(DeliveryState.UNCERTAIN, 0),
        owed=sum(row.owed for row in rows),
        doubled=sum(row.doubled for row in rows),
    )


def close_editions(session: Session, *, now: datetime) -> list[int]:
    """Close every open edition whose deliveries are all decided; returns those closed.

    One whose sums do not balance stays open, and is logged. The sums kept are those at closing: events move deliveries
    on among `accepted` afterwards.
    """
    closed = []
    for edition_id in _candidates(session):
        sums = edition_sums(session, edition_id)
        if not sums.balanced:
            if sums.open == 0:
                log().error("edition_unbalanced", edition=edition_id, **sums.as_dict())
            continue
        session.execute(
            update(_EDITION)
            .where(_EDITION.c.id == edition_id, _EDITION.c.state == EditionState.OPEN)
            .values(state=EditionState.CLOSED, closed_at=now, sums=sums.as_dict())
        )
        closed.append(edition_id)
    session.commit()
    if closed:
        log().info("editions_closed", editions=closed)
    return closed


def _candidates(session: Session) -> Sequence[int]:
    """Open editions without a batch at work and without a delivery outside batches: cheap to see, by two indexes."""
    at_work = exists().where(_BATCH.c.edition_id == _EDITION.c.id, _BATCH.c.state.in_(_AT_WORK))
    unbatched = exists().where(
        _DELIVERY.c.edition_id == _EDITION.c.id, text("delivery.state = 'planned' AND delivery.batch_id IS NULL")
    )
    rows = session.execute(
        select(_EDITION.c.id).where(_EDITION.c.state == EditionState.OPEN, ~at_work, ~unbatched).order_by(_EDITION.c.id)
    )
    return rows.scalars().all()
