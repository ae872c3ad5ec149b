"""Who gets which releases: the lane's own window and what is owed, in scratch tables, without a loop over people.

For one person a release belongs to one lane: the fastest frequency among the person's intervals that cover it, from
history alone. Whether it is still wanted (a covered topic is open for that person) is asked only here, when giving.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Session

from worker.compose.bits import band, bits_by_block, interval_bits, without
from worker.compose.scratch import ALIVE, CONTENT, OWED_ALIVE, PART
from worker.database import analyze, table
from worker.models import (
    BLOCK,
    Article,
    CohortContent,
    Delivery,
    Frequency,
    Pause,
    PauseMode,
    Release,
    Subscription,
    TopicRelease,
)

_ARTICLE, _RELEASE, _TOPIC_RELEASE = table(Article), table(Release), table(TopicRelease)
_SUBSCRIPTION, _DELIVERY, _PAUSE, _CONTENT = table(Subscription), table(Delivery), table(Pause), table(CohortContent)
_NONE = literal(0, BigInteger)
OWED = text("delivery.owed AND delivery.taken_by IS NULL")
"""Written out: a partial index serves only a query that repeats its predicate to the letter (models/editions.py)."""
_LANES = [Frequency.INSTANT, Frequency.DAILY, Frequency.WEEKLY]


def load_alive(
    session: Session, *, cutoff: int, now: datetime, max_age: timedelta, owed_max_age: timedelta | None = None
) -> None:
    """Which releases may still be given: by the lane, up to `max_age`; of what is owed, up to `owed_max_age`."""
    for target, age in ((ALIVE, max_age), (OWED_ALIVE, max(max_age, owed_max_age or max_age))):
        _load_alive(session, target, cutoff=cutoff, oldest=now - age)


def _load_alive(session: Session, target: Table, *, cutoff: int, oldest: datetime) -> None:
    published = func.coalesce(_ARTICLE.c.published_at, _ARTICLE.c.first_seen_at)
    numbers = session.execute(
        select(_RELEASE.c.number)
        .join(_ARTICLE, _ARTICLE.c.id == _RELEASE.c.article_id)
        .where(_RELEASE.c.number <= cutoff, _ARTICLE.c.withdrawn_at.is_(None), published >= oldest)
    ).scalars()
    rows = [{"block": block, "bits": bits} for block, bits in bits_by_block(numbers).items()]
    if rows:
        session.execute(insert(target), rows)


def select_lane(session: Session, lane: Frequency, windows: FromClause) -> None:
    """Put into PART what the lane hands out. `windows` has subscriber_id, window_from and cutoff: (from, cutoff]."""
    per_block = _covered_by_block(lane, windows).subquery()
    bits: ColumnElement[int] = per_block.c[lane]
    for faster in _LANES[: _LANES.index(lane)]:
        bits = without(bits, per_block.c[faster])
    given = band(bits, per_block.c.wanted)
    session.execute(
        insert(PART).from_select(
            ["subscriber_id", "block", "bits"],
            select(per_block.c.subscriber_id, per_block.c.block, given).where(given != 0),
        )
    )
    _take_out_pauses(session)
    analyze(session, PART.name)


def _covered_by_block(lane: Frequency, windows: FromClause) -> Select[tuple[int, ...]]:
    """Per person and block: the numbers that intervals of each frequency cover, and those still wanted."""
    in_window = interval_bits(ALIVE.c.block, windows.c.window_from, windows.c.cutoff)
    covered = (
        select(
            windows.c.subscriber_id,
            ALIVE.c.block,
            _SUBSCRIPTION.c.frequency,
            band(band(_covered_bits(), in_window), ALIVE.c.bits).label("bits"),
            _still_open().label("still_open"),
        )
        .select_from(windows)
        .join(_SUBSCRIPTION, _SUBSCRIPTION.c.subscriber_id == windows.c.subscriber_id)
        # "+ 0" keeps SQLite from walking every subscription of a topic instead of those of the people whose turn it is
        .join(_TOPIC_RELEASE, _TOPIC_RELEASE.c.topic_id == _SUBSCRIPTION.c.topic_id + 0)
        .join(ALIVE, ALIVE.c.block == _TOPIC_RELEASE.c.block)
        .where(
            or_(_SUBSCRIPTION.c.until_release.is_(None), _SUBSCRIPTION.c.until_release > windows.c.window_from),
            ALIVE.c.block >= windows.c.window_from // literal(BLOCK, BigInteger),
        )
        .subquery("covered")
    )
    by_lane = [
        func.bit_or(case((covered.c.frequency == frequency, covered.c.bits), else_=_NONE)).label(frequency)
        for frequency in _LANES[: _LANES.index(lane) + 1]
    ]
    wanted = func.bit_or(case((covered.c.still_open, covered.c.bits), else_=_NONE)).label("wanted")
    return select(covered.c.subscriber_id, covered.c.block, *by_lane, wanted).group_by(
        covered.c.subscriber_id, covered.c.block
    )


def _covered_bits() -> ColumnElement[int]:
    return band(
        _TOPIC_RELEASE.c.bits,
        interval_bits(_TOPIC_RELEASE.c.block, _SUBSCRIPTION.c.from_release, _SUBSCRIPTION.c.until_release),
    )


def _still_open() -> ColumnElement[bool]:
    other = _SUBSCRIPTION.alias("still_open")
    return or_(
        _SUBSCRIPTION.c.ended_at.is_(None),
        exists().where(
            other.c.subscriber_id == _SUBSCRIPTION.c.subscriber_id,
            other.c.topic_id == func.coalesce(_SUBSCRIPTION.c.continued_by, _SUBSCRIPTION.c.topic_id),
            other.c.ended_at.is_(None),
        ),
    )


def select_owed(session: Session, edition_id: int) -> None:
    """Put into PART what this edition has taken over of owed deliveries, as far as it is still wanted and alive."""
    bits = band(band(_covered_bits(), OWED_ALIVE.c.bits), _CONTENT.c.bits)
    session.execute(
        insert(PART).from_select(
            ["subscriber_id", "block", "bits"],
            select(_DELIVERY.c.subscriber_id, OWED_ALIVE.c.block, func.bit_or(bits))
            .select_from(_DELIVERY)
            .join(_CONTENT, _CONTENT.c.cohort_id == _DELIVERY.c.cohort_id)
            .join(OWED_ALIVE, OWED_ALIVE.c.block == _CONTENT.c.block)
            .join(_SUBSCRIPTION, _SUBSCRIPTION.c.subscriber_id == _DELIVERY.c.subscriber_id)
            .join(
                _TOPIC_RELEASE,
                and_(
                    _TOPIC_RELEASE.c.topic_id == _SUBSCRIPTION.c.topic_id,
                    _TOPIC_RELEASE.c.block == OWED_ALIVE.c.block,
                ),
            )
            .where(_DELIVERY.c.taken_by == edition_id, bits != 0, _still_open())
            .group_by(_DELIVERY.c.subscriber_id, OWED_ALIVE.c.block),
        )
    )
    _take_out_pauses(session)


def gather(session: Session, edition_id: int) -> None:
    """From PART to CONTENT: each number once, and nothing that was given before under another number."""
    session.execute(
        insert(CONTENT).from_select(
            ["subscriber_id", "block", "bits"],
            select(PART.c.subscriber_id, PART.c.block, func.bit_or(PART.c.bits)).group_by(
                PART.c.subscriber_id, PART.c.block
            ),
        )
    )
    _drop_given_before(session, edition_id)
    session.execute(delete(CONTENT).where(CONTENT.c.bits == 0))
    analyze(session, CONTENT.name)


def end_pauses(session: Session, *, now: datetime) -> None:
    """Fix the last release of each pause that is over: by its stored instant, never by the tick that notices it."""
    last = select(func.coalesce(func.max(_RELEASE.c.number), 0)).where(_RELEASE.c.released_at < _PAUSE.c.ends_at)
    session.execute(
        update(_PAUSE)
        .where(_PAUSE.c.until_release.is_(None), _PAUSE.c.ends_at <= now)
        .values(until_release=last.scalar_subquery())
    )


def _take_out_pauses(session: Session) -> None:
    """A pause that skips is a range of releases taken out, in whichever window or owed delivery they stand."""
    its_own = and_(_PAUSE.c.subscriber_id == PART.c.subscriber_id, _PAUSE.c.mode == PauseMode.SKIP)
    taken_out = (
        select(func.bit_or(interval_bits(PART.c.block, _PAUSE.c.from_release, _PAUSE.c.until_release)))
        .where(its_own)
        .scalar_subquery()
    )
    session.execute(update(PART).where(exists().where(its_own)).values(bits=without(PART.c.bits, taken_out)))
    session.execute(delete(PART).where(PART.c.bits == 0))


def _drop_given_before(session: Session, edition_id: int) -> None:
    """An article released again reaches only those who have not had it under any of its numbers."""
    for numbers in _released_again(session):
        _drop_where_had(session, numbers, edition_id)
        for number in numbers:
            _keep_first_of(session, number, [other for other in numbers if other < number])


def _released_again(session: Session) -> list[list[int]]:
    """The numbers of each article that has several, as far as one of them may be in what is given now."""
    blocks = session.execute(select(CONTENT.c.block).distinct()).scalars().all()
    near = or_(false(), *(_RELEASE.c.number.between(block * BLOCK, block * BLOCK + BLOCK - 1) for block in blocks))
    repeated = select(_RELEASE.c.article_id).group_by(_RELEASE.c.article_id).having(func.count() > 1)
    now_given = select(_RELEASE.c.article_id).where(near)
    rows = session.execute(
        select(_RELEASE.c.article_id, _RELEASE.c.number)
        .where(_RELEASE.c.article_id.in_(now_given), _RELEASE.c.article_id.in_(repeated))
        .order_by(_RELEASE.c.number)
    )
    by_article: dict[int, list[int]] = {}
    for article_id, number in rows:
        by_article.setdefault(article_id, []).append(number)
    return list(by_article.values())


def _holds(content: FromClause, numbers: list[int]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(content.c.block == block, band(content.c.bits, literal(bits, BigInteger)) != 0)
            for block, bits in bits_by_block(numbers).items()
        )
    )


def _drop_where_had(session: Session, numbers: list[int], edition_id: int) -> None:
    had = (
        exists()
        .where(
            _DELIVERY.c.subscriber_id == CONTENT.c.subscriber_id,
            _CONTENT.c.cohort_id == _DELIVERY.c.cohort_id,
            ~_DELIVERY.c.owed,
            _DELIVERY.c.edition_id != edition_id,
            _holds(_CONTENT, numbers),
        )
        .correlate(CONTENT)
    )
    for block, bits in bits_by_block(numbers).items():
        mine = literal(bits, BigInteger)
        session.execute(
            update(CONTENT)
            .where(CONTENT.c.block == block, band(CONTENT.c.bits, mine) != 0, had)
            .values(bits=without(CONTENT.c.bits, mine))
        )


def _keep_first_of(session: Session, number: int, earlier: list[int]) -> None:
    if not earlier:
        return
    other = CONTENT.alias("other")
    session.execute(
        update(CONTENT)
        .where(
            CONTENT.c.block == number // BLOCK,
            CONTENT.c.subscriber_id.in_(select(other.c.subscriber_id).where(_holds(other, earlier))),
        )
        .values(bits=without(CONTENT.c.bits, literal(1 << number % BLOCK, BigInteger)))
    )
