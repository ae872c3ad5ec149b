"""From content to rows: people with the same content form a cohort, and each gets one delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Date, Result, String, Table, case, cast, func, insert, literal, null, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import FromClause
from sqlmodel import Session

from worker.compose.scratch import CONTENT, HELD, PERSON
from worker.database import analyze, dialect, table
from worker.database.functions import join_sorted, md5, new_uuid
from worker.models import Cohort, CohortContent, Delivery, DeliveryState, Edition, Subscriber

_COHORT, _COHORT_CONTENT, _DELIVERY = table(Cohort), table(CohortContent), table(Delivery)
_EDITION, _SUBSCRIBER = table(Edition), table(Subscriber)
_MANY = 1000


def hand_over(
    session: Session,
    edition_id: int,
    *,
    now: datetime,
    shown_on: ColumnElement[object],
    people: FromClause | None = None,
    late: bool = False,
) -> int:
    """Make cohorts and deliveries of CONTENT and return how many deliveries are new.

    `shown_on` is the local date a person sees, over `people` (joined by subscriber_id) where that needs a table.
    With `late` nothing leaves: every delivery is expired and owed.
    """
    _name_people(session, shown_on, people, late=late)
    _make_cohorts(session, edition_id)
    made = _make_deliveries(session, edition_id, now=now)
    session.execute(update(_EDITION).where(_EDITION.c.id == edition_id).values(planned=_EDITION.c.planned + made))
    return made


def _name_people(session: Session, shown_on: ColumnElement[object], people: FromClause | None, *, late: bool) -> None:
    content = (
        select(
            CONTENT.c.subscriber_id,
            md5(join_sorted(cast(CONTENT.c.block, String) + ":" + cast(CONTENT.c.bits, String))).label("key"),
        )
        .group_by(CONTENT.c.subscriber_id)
        .subquery()
    )
    source = content.join(_SUBSCRIBER, _SUBSCRIBER.c.id == content.c.subscriber_id).outerjoin(
        HELD, HELD.c.subscriber_id == content.c.subscriber_id
    )
    if people is not None:
        source = source.join(people, people.c.subscriber_id == content.c.subscriber_id)
    # The key holds whatever the body shows: the articles, the language, the date.
    shown_as_text = func.to_char(shown_on, "YYYY-MM-DD") if dialect(session) == "postgresql" else cast(shown_on, String)
    key = content.c.key + "|" + _SUBSCRIBER.c.language + "|" + shown_as_text
    session.execute(
        insert(PERSON).from_select(
            ["subscriber_id", "content_key", "language", "shown_on", "held"],
            select(
                content.c.subscriber_id,
                key,
                _SUBSCRIBER.c.language,
                cast(shown_on, Date) if dialect(session) == "postgresql" else shown_on,
                literal("late") if late else HELD.c.reason,
            ).select_from(source),
        )
    )
    analyze(session, PERSON.name)


def _make_cohorts(session: Session, edition_id: int) -> None:
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = make(_COHORT).from_select(
        ["public_id", "edition_id", "content_key", "language", "shown_on", "size"],
        select(
            new_uuid(),
            literal(edition_id),
            PERSON.c.content_key,
            func.min(PERSON.c.language),
            func.min(PERSON.c.shown_on),
            func.count(),
        )
        .where(literal(True))  # SQLite cannot parse ON CONFLICT after a SELECT that has no WHERE
        .group_by(PERSON.c.content_key),
    )
    made = session.execute(
        statement.on_conflict_do_update(
            index_elements=["edition_id", "content_key"], set_={"size": _COHORT.c.size + statement.excluded.size}
        ),
        execution_options={"preserve_rowcount": True},
    )
    _refresh_if_many(session, _COHORT, made)
    one_of_each = (
        select(PERSON.c.content_key, func.min(PERSON.c.subscriber_id).label("subscriber_id"))
        .group_by(PERSON.c.content_key)
        .subquery()
    )
    contents = make(_COHORT_CONTENT).from_select(
        ["cohort_id", "block", "bits"],
        select(_COHORT.c.id, CONTENT.c.block, CONTENT.c.bits)
        .select_from(_COHORT)
        .join(one_of_each, one_of_each.c.content_key == _COHORT.c.content_key)
        .join(CONTENT, CONTENT.c.subscriber_id == one_of_each.c.subscriber_id)
        .where(_COHORT.c.edition_id == edition_id),
    )
    session.execute(contents.on_conflict_do_nothing())


def _make_deliveries(session: Session, edition_id: int, *, now: datetime) -> int:
    is_held = PERSON.c.held.is_not(None)
    state = case(
        (PERSON.c.held == "late", literal(DeliveryState.EXPIRED)),
        (is_held, literal(DeliveryState.SKIPPED)),
        else_=literal(DeliveryState.PLANNED),
    )
    rows = (
        select(
            new_uuid(),
            literal(edition_id),
            PERSON.c.subscriber_id,
            _COHORT.c.id,
            state,
            PERSON.c.held,
            is_held,
            literal(1),
            literal(now, _DELIVERY.c.planned_at.type),
            literal(now, _DELIVERY.c.state_at.type),
            literal(False),
            null(),
        )
        .select_from(PERSON)
        .join(_COHORT, (_COHORT.c.content_key == PERSON.c.content_key) & (_COHORT.c.edition_id == edition_id))
    )
    columns = "id edition_id subscriber_id cohort_id state reason owed attempt planned_at state_at doubled taken_by"
    made = session.execute(
        insert(_DELIVERY).from_select(columns.split(), rows, include_defaults=False),
        execution_options={"preserve_rowcount": True},
    )
    _refresh_if_many(session, _DELIVERY, made)
    return made.rowcount  # type: ignore[attr-defined, no-any-return]


def _refresh_if_many(session: Session, changed: Table, result: Result[Any]) -> None:
    """Statistics that know nothing of a large edition just made lead PostgreSQL to plans a hundred times slower."""
    if result.rowcount >= _MANY:  # type: ignore[attr-defined]
        analyze(session, changed.name)
