"""Temporary tables of one planning transaction: the people an edition may go to, and what each of them gets."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, Table, Text, delete
from sqlmodel import Session

from worker.database import BIG_ID, dialect

_METADATA = MetaData()


def _scratch(name: str, *columns: Column[object]) -> Table:
    return Table(name, _METADATA, *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


ALIVE = _scratch(
    "plan_alive",
    Column("block", Integer, primary_key=True),
    Column("bits", BigInteger, nullable=False),
)
"""The releases that may still be given: not withdrawn, not too old, not beyond the cut-off."""

CLAIMED = _scratch(
    "plan_claimed",
    Column("subscriber_id", BIG_ID, primary_key=True, autoincrement=False),
    Column("window_from", BigInteger, nullable=False),
    Column("cutoff", BigInteger),
    Column("shown_on", Date, nullable=False),
)
"""The people whose turn it is, with the window (window_from, cutoff] of their lane."""

OWED_ALIVE = _scratch(
    "plan_owed_alive",
    Column("block", Integer, primary_key=True),
    Column("bits", BigInteger, nullable=False),
)
"""The same for what is owed, by the longest age of all newsletters: it may come from a slower one."""

PART = _scratch(
    "plan_part",
    Column("subscriber_id", BIG_ID, nullable=False, index=True),
    Column("block", Integer, nullable=False),
    Column("bits", BigInteger, nullable=False),
)
"""What a person gets, from the lane and from what is owed; a number may stand in both."""

CONTENT = _scratch(
    "plan_content",
    Column("subscriber_id", BIG_ID, primary_key=True, autoincrement=False),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("bits", BigInteger, nullable=False),
)
"""What a person gets, each number once."""

PERSON = _scratch(
    "plan_person",
    Column("subscriber_id", BIG_ID, primary_key=True, autoincrement=False),
    Column("content_key", Text, nullable=False, index=True),
    Column("language", Text, nullable=False),
    Column("shown_on", Date, nullable=False),
    Column("held", Text),
)
"""A person who gets something; `held` names why not now (paused, quiet_hours, capped, late)."""

HELD = _scratch(
    "plan_held",
    Column("subscriber_id", BIG_ID, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
)
"""People who may not be mailed now, with the reason."""

CLOCK = _scratch(
    "plan_clock",
    Column("clock_id", BIG_ID, primary_key=True, autoincrement=False),
    Column("shown_on", Date, nullable=False),
)
"""The clocks whose slot is planned, with the local date that their people see."""


def open_scratch(session: Session) -> None:
    """Empty scratch tables for this transaction."""
    connection = session.connection()
    if dialect(session) == "postgresql":
        _METADATA.drop_all(connection)  # a second plan in one transaction
        _METADATA.create_all(connection, checkfirst=False)
        return
    for scratch in _METADATA.sorted_tables:
        scratch.create(connection, checkfirst=True)
        connection.execute(delete(scratch))
