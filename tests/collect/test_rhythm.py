"""When a source is polled again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.collect.rhythm import Outcome, next_poll, outcome_of, retry_delay

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def wait(outcome: Outcome, *, failures: int = 0, gone: int = 0, retry_after: str | None = None) -> timedelta:
    found = next_poll(
        outcome, source="s", interval=QUARTER, failures=failures, gone_count=gone, now=NOW, retry_after=retry_after
    )
    return found.at - NOW


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.FRESH),
        (304, Outcome.UNCHANGED),
        (401, Outcome.REFUSED),
        (404, Outcome.ABSENT),
        (410, Outcome.GONE),
        (429, Outcome.BUSY),
        (500, Outcome.BROKEN),
        (503, Outcome.BUSY),
        (599, Outcome.BROKEN),
    ],
)
def test_every_status_has_an_outcome(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@pytest.mark.parametrize("outcome", [Outcome.FRESH, Outcome.UNCHANGED])
def test_success_waits_the_interval_give_or_take_its_jitter(outcome: Outcome) -> None:
    assert QUARTER * 0.95 <= wait(outcome) <= QUARTER * 1.05
    found = next_poll(outcome, source="s", interval=QUARTER, failures=7, gone_count=2, now=NOW)
    assert (found.failures, found.gone_count) == (0, 0)


def test_sources_with_one_interval_are_spread() -> None:
    waits = {
        next_poll(Outcome.FRESH, source=n, interval=QUARTER, failures=0, gone_count=0, now=NOW).at for n in range(50)
    }
    assert len(waits) == 50


@pytest.mark.parametrize("outcome", [Outcome.BROKEN, Outcome.ABSENT, Outcome.UNUSABLE, Outcome.REFUSED])
def test_failures_wait_longer_each_time_and_never_for_ever(outcome: Outcome) -> None:
    waits = [wait(outcome, failures=count) for count in range(60)]
    assert waits == sorted(waits)
    assert waits[1] > waits[0]
    assert waits[-1] <= timedelta(hours=6.5)


def test_one_410_is_not_believed_three_are() -> None:
    assert wait(Outcome.GONE, gone=0) < timedelta(hours=1)
    assert timedelta(hours=6) < wait(Outcome.GONE, gone=1) < timedelta(days=1)
    assert wait(Outcome.GONE, gone=2) > timedelta(days=6)


@pytest.mark.parametrize(
    ("header", "delay"),
    [
        ("120", timedelta(seconds=120)),
        (" 3600 ", timedelta(hours=1)),
        ("999999999999", timedelta(days=1)),
        ("Mon, 02 Mar 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 02 Mar 2020 12:10:00 GMT", timedelta()),
        ("soon", None),
        ("", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_held_to_a_day(header: str | None, delay: timedelta | None) -> None:
    assert retry_delay(header, now=NOW) == delay


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    assert wait(Outcome.BUSY, failures=3, retry_after="7200") == timedelta(hours=2)
    assert wait(Outcome.BUSY, retry_after="0") == timedelta(seconds=30)


@given(
    st.sampled_from(list(Outcome)),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.one_of(st.none(), st.text(max_size=30)),
)
def test_the_next_poll_is_always_in_the_future_and_always_comes(
    outcome: Outcome, failures: int, gone: int, header: str | None
) -> None:
    assert timedelta() < wait(outcome, failures=failures, gone=gone, retry_after=header) <= timedelta(days=8)
