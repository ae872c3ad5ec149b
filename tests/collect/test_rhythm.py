"""When a source is polled again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.collect.rhythm import (
    LONGEST,
    RECENT,
    Outcome,
    adapted,
    kept_for,
    next_poll,
    outcome_of,
    pushed,
    recent_times,
    retry_delay,
    silent_from,
)

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


def every(gap: timedelta, count: int = 20, *, last: datetime = NOW) -> list[int]:
    """The times of so many articles, one each gap, as a source's row keeps them."""
    return recent_times([], [last - gap * number for number in range(count)])


@pytest.mark.parametrize(
    ("gap", "quiet", "wait"),
    [
        (timedelta(minutes=5), timedelta(0), QUARTER),
        (timedelta(hours=2), timedelta(0), timedelta(minutes=20)),
        (timedelta(hours=4), timedelta(0), timedelta(minutes=40)),
        (timedelta(days=3), timedelta(0), LONGEST),
        (timedelta(minutes=5), timedelta(hours=10), timedelta(minutes=30)),
        (timedelta(minutes=5), timedelta(days=30), LONGEST),
    ],
)
def test_a_source_is_polled_as_often_as_it_publishes(gap: timedelta, quiet: timedelta, wait: timedelta) -> None:
    assert adapted(QUARTER, every(gap, last=NOW - quiet), now=NOW) == wait


def test_a_source_of_unknown_rhythm_is_polled_as_its_operator_says() -> None:
    assert adapted(QUARTER, every(timedelta(days=9), count=4), now=NOW) == QUARTER
    assert adapted(QUARTER, [], now=NOW) == QUARTER


@pytest.mark.parametrize(
    ("cache_control", "kept"),
    [
        ("max-age=600", timedelta(minutes=10)),
        ("public, s-maxage=9999, max-age=600", timedelta(minutes=10)),
        ('private, Max-Age = "60"', timedelta(minutes=1)),
        ("max-age=600, no-cache", None),
        ("no-store, max-age=600", None),
        ("max-age=0", None),
        ("max-age=soon", None),
        ("max-age=999999999999", timedelta(days=1)),
        (None, None),
    ],
)
def test_how_long_an_answer_stays_good_is_read(cache_control: str | None, kept: timedelta | None) -> None:
    assert kept_for(cache_control) == kept


def test_who_asks_for_a_minute_waits_for_minutes_however_seldom_a_source_publishes() -> None:
    minute = timedelta(minutes=1)
    assert adapted(minute, every(timedelta(days=3)), now=NOW) == timedelta(minutes=4)
    assert adapted(minute, [], now=NOW, told=timedelta(hours=1)) == timedelta(minutes=4)


def test_max_age_lengthens_the_interval_within_its_bound_and_never_shortens_it() -> None:
    busy = every(timedelta(minutes=1))
    assert adapted(QUARTER, busy, now=NOW, kept=timedelta(minutes=40)) == timedelta(minutes=40)
    assert adapted(QUARTER, busy, now=NOW, kept=timedelta(days=1)) == LONGEST
    assert adapted(QUARTER, busy, now=NOW, kept=timedelta(seconds=1)) == QUARTER


def test_what_the_feed_says_of_its_pace_counts_until_its_rhythm_is_known() -> None:
    said = timedelta(minutes=50)
    assert adapted(QUARTER, every(timedelta(minutes=1), count=3), now=NOW, told=said) == said
    assert adapted(QUARTER, every(timedelta(minutes=1)), now=NOW, told=said) == QUARTER


times = st.lists(st.integers(946_684_800, 1_772_409_600).map(lambda second: datetime.fromtimestamp(second, UTC)))
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=7))


@given(spans, times, st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(days=400))))
def test_the_interval_is_never_shorter_than_the_operators_and_never_longer_than_both_bounds(
    operators: timedelta, published: list[datetime], hint: timedelta | None
) -> None:
    found = adapted(operators, recent_times([], published), now=NOW, kept=hint, told=hint)
    assert operators <= found <= max(operators, LONGEST)


@given(times, times)
def test_the_newest_times_are_kept_whatever_order_they_come_in(some: list[datetime], others: list[datetime]) -> None:
    kept = recent_times(recent_times([], some), others)
    assert kept == recent_times([], [*some, *others])
    assert len(kept) <= RECENT


def test_polls_are_rarer_while_a_hub_tells_of_what_is_new_and_as_before_once_it_does_not() -> None:
    def wait(pushed_at: datetime | None, new_at: datetime | None) -> timedelta:
        return pushed(QUARTER, last_push_at=pushed_at, last_new_at=new_at)

    assert wait(NOW, NOW + timedelta(minutes=1)) == timedelta(hours=1)
    assert wait(NOW, None) == timedelta(hours=1)
    assert wait(None, NOW) == QUARTER
    assert wait(NOW - timedelta(hours=3), NOW) == QUARTER


@pytest.mark.parametrize(
    ("gap", "patience"),
    [
        (timedelta(minutes=5), timedelta(days=3)),
        (timedelta(days=2), timedelta(days=6)),
        (timedelta(days=300), timedelta(days=60)),
    ],
)
def test_silence_is_what_the_rhythm_does_not_explain(gap: timedelta, patience: timedelta) -> None:
    assert silent_from(every(gap), since=NOW) == NOW + patience


def test_a_source_of_unknown_rhythm_is_never_silent() -> None:
    assert silent_from(every(timedelta(hours=1), count=4), since=NOW) is None


@given(times)
def test_nothing_is_silent_before_three_days(published: list[datetime]) -> None:
    found = silent_from(recent_times([], published), since=NOW)
    assert found is None or timedelta(days=3) <= found - NOW <= timedelta(days=60)
