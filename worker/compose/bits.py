"""Sets of release numbers as bits: number n is bit n % 62 of block n // 62 (models/releasing.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, Table, case, cast, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session

from worker.database import dialect
from worker.models import BLOCK

ALL = (1 << BLOCK) - 1


def bits_by_block(numbers: Iterable[int]) -> dict[int, int]:
    """The numbers as bit sets, by block."""
    blocks: dict[int, int] = {}
    for number in numbers:
        blocks[number // BLOCK] = blocks.get(number // BLOCK, 0) | 1 << number % BLOCK
    return blocks


def numbers_of(block: int, bits: int) -> list[int]:
    """The numbers in one bit set, ascending."""
    return [block * BLOCK + bit for bit in range(BLOCK) if bits >> bit & 1]


def interval_bits(
    block: ColumnElement[int], after: ColumnElement[int], until: ColumnElement[int | None]
) -> ColumnElement[int]:
    """SQL: the bits of `block` whose numbers lie in (after, until]; `until` NULL means without end."""
    one, everything = literal(1, BigInteger), literal(ALL, BigInteger)
    start = block * BLOCK
    # A shift by 62 still fits 64 signed bits, so that no operand needs a case of its own at the block's end.
    from_here = case(
        (after < start, everything),
        (after >= start + BLOCK - 1, literal(0, BigInteger)),
        else_=everything - (one.op("<<")(cast(after - start + 1, Integer)) - 1),
    )
    up_to = case(
        (until.is_(None), everything),
        (until < start, literal(0, BigInteger)),
        (until >= start + BLOCK - 1, everything),
        else_=one.op("<<")(cast(until - start + 1, Integer)) - 1,
    )
    return band(from_here, up_to)


def band(left: ColumnElement[int], right: ColumnElement[int]) -> ColumnElement[int]:
    """SQL: left AND right, bitwise."""
    both: ColumnElement[int] = left.op("&", return_type=BigInteger())(right)
    return both


def without(left: ColumnElement[int], right: ColumnElement[int]) -> ColumnElement[int]:
    """SQL: the bits of `left` that `right` has not (all bits less those of a set are its complement)."""
    return band(left, literal(ALL, BigInteger) - right)


def upsert_bits(session: Session, target: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert bit sets, or add the bits to those that are there (by the primary key)."""
    if not rows:
        return
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = make(target)
    statement = statement.on_conflict_do_update(
        index_elements=list(target.primary_key), set_={"bits": target.c.bits.op("|")(statement.excluded.bits)}
    )
    session.execute(statement, rows)
