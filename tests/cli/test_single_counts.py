"""What commands say where there is just one."""

from __future__ import annotations

import pytest

from worker.cli.searches import _print_estimate
from worker.match.search.estimate import Estimate


@pytest.mark.parametrize(
    ("looked_at", "words"), [(1, "the only article of the last 30 days"), (7, "the last 7 articles")]
)
def test_a_trial_of_a_search_counts_one_article_as_one(
    looked_at: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_estimate("drones", Estimate(found=1, looked_at=looked_at, of=looked_at, days=7.0))
    assert f"It found 1 of {words}: about" in capsys.readouterr().out
