from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.schedules.hours import known_zones, local_instant, next_due

INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(sorted(known_zones()))
HOURS = st.integers(0, 23)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "hour", "weekday", "after", "due"),
    [
        ("UTC", 8, None, "2026-03-02T07:59:59+00:00", "2026-03-02T08:00:00+00:00"),
        ("UTC", 8, None, "2026-03-02T08:00:00+00:00", "2026-03-03T08:00:00+00:00"),
        ("Europe/Berlin", 8, None, "2026-03-02T06:00:00+00:00", "2026-03-02T07:00:00+00:00"),
        # Clocks go from 2:00 to 3:00: two o'clock does not exist, three is the first that does.
        ("Europe/Berlin", 2, None, "2026-03-28T12:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", 3, None, "2026-03-28T12:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        # Two o'clock comes twice: the first counts, and the second is not another day's.
        ("Europe/Berlin", 2, None, "2026-10-24T12:00:00+00:00", "2026-10-25T00:00:00+00:00"),
        ("Europe/Berlin", 2, None, "2026-10-25T00:00:00+00:00", "2026-10-26T01:00:00+00:00"),
        # Half an hour of summer time.
        ("Australia/Lord_Howe", 2, None, "2026-10-03T00:00:00+00:00", "2026-10-03T15:30:00+00:00"),
        # Offsets of 45 minutes.
        ("Asia/Kathmandu", 7, None, "2026-03-02T00:00:00+00:00", "2026-03-02T01:15:00+00:00"),
        # Samoa had no 30 December 2011: its eight o'clock is the first instant of the 31st.
        ("Pacific/Apia", 8, None, "2011-12-30T00:00:00+00:00", "2011-12-30T10:00:00+00:00"),
        ("Pacific/Apia", 8, None, "2011-12-30T10:00:00+00:00", "2011-12-30T18:00:00+00:00"),
        # Midnight that does not exist.
        ("Africa/Cairo", 0, None, "2026-04-23T12:00:00+00:00", "2026-04-23T22:00:00+00:00"),
        ("Europe/Berlin", 8, 0, "2026-03-02T07:00:00+00:00", "2026-03-09T07:00:00+00:00"),
        ("Asia/Kolkata", 7, 6, "2026-03-02T00:00:00+00:00", "2026-03-08T01:30:00+00:00"),
    ],
)
def test_the_next_due_instant(zone: str, hour: int, weekday: int | None, after: str, due: str) -> None:
    assert next_due(zone, hour, weekday, at(after)) == at(due)


@given(ZONES, HOURS, st.none() | st.integers(0, 6), INSTANTS)
@example("Pacific/Apia", 0, None, datetime(2011, 12, 30, 9, 59, tzinfo=UTC))
def test_it_is_after_and_reads_that_hour_or_the_first_after_a_gap(
    zone: str, hour: int, weekday: int | None, after: datetime
) -> None:
    due = next_due(zone, hour, weekday, after)
    local = due.astimezone(ZoneInfo(zone))
    assert due > after
    assert due.utcoffset() == timedelta(0)
    if (local.hour, local.minute, local.second) != (hour, 0, 0):
        just_before = (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert just_before.utcoffset() != local.utcoffset()
    elif weekday is not None:
        assert local.weekday() == weekday


@given(ZONES, HOURS, INSTANTS)
def test_nothing_due_lies_between(zone: str, hour: int, after: datetime) -> None:
    """Walking by quarter hours finds no earlier instant that reads that hour, except in the second pass of a fold."""
    due = next_due(zone, hour, None, after)
    assert due - after <= timedelta(hours=50)
    quarter = timedelta(minutes=15)
    step = datetime.fromtimestamp((after.timestamp() // 900 + 1) * 900, UTC)
    while step < due:
        local = step.astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) != (hour, 0) or local.fold == 1
        step += quarter


@given(ZONES, HOURS, INSTANTS)
def test_a_year_has_as_many_as_it_has_days(zone: str, hour: int, after: datetime) -> None:
    end = after + timedelta(days=30)
    dues = []
    due = next_due(zone, hour, None, after)
    while due <= end:
        dues.append(due)
        due = next_due(zone, hour, None, due)
    assert len(dues) in (29, 30, 31)
    assert dues == sorted(set(dues))


@given(ZONES, HOURS, INSTANTS)
def test_asking_again_a_moment_earlier_gives_the_same(zone: str, hour: int, after: datetime) -> None:
    due = next_due(zone, hour, None, after)
    assert next_due(zone, hour, None, due - timedelta(microseconds=1)) == due


@given(ZONES, st.dates(datetime(2005, 1, 1).date(), datetime(2037, 1, 1).date()))  # noqa: DTZ001
def test_the_hours_of_a_day_never_run_backwards(zone: str, day: datetime) -> None:
    instants = [local_instant(zone, day, hour) for hour in range(24)]
    assert instants == sorted(instants)


def test_zones_that_mean_the_machines_own_setting_are_not_offered() -> None:
    assert {"Europe/Berlin", "Asia/Calcutta", "UTC"} <= known_zones()
    assert not {"localtime", "Factory", "posixrules"} & known_zones()
