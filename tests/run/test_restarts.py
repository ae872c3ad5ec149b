from __future__ import annotations

import pytest

from worker.cli.up.restarts import Record


@pytest.mark.parametrize(
    ("runs", "delay"),
    [
        ([60], 0.0),
        ([1], 0.5),
        ([1, 1], 1.0),
        ([1, 1, 1], 2.0),
        ([60, 1, 1], 1.0),
        ([1, 1, 60], 0.0),
        ([60, *[1] * 20], 30.0),
    ],
)
def test_the_wait_before_the_next_start_doubles_with_each_early_end(runs: list[float], delay: float) -> None:
    assert after(runs).delay == delay


@pytest.mark.parametrize(
    ("runs", "hopeless"),
    [([1] * 4, False), ([1] * 5, True), ([60, *[1] * 50], False), ([1, 1, 60, *[1] * 5], False)],
)
def test_only_what_has_never_worked_is_given_up(runs: list[float], hopeless: bool) -> None:
    assert after(runs).hopeless is hopeless


def after(runs: list[float]) -> Record:
    record = Record()
    for seconds in runs:
        record = record.after_running(seconds)
    return record
