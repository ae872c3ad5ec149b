"""The bounce policy, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from worker.track.policy import PERMANENT_STATUS, Finding, finding_of, given_up

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def bounce(status: str | None = None, classification: str | None = None, type_: str = "bounce") -> dict[str, Any]:
    found = {"status": status, "bounce_classification": classification, "type": type_}
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("raw", "finding"),
    [
        *((bounce(status), Finding.PERMANENT) for status in sorted(PERMANENT_STATUS)),
        (bounce("5.0.0", "Invalid Address"), Finding.PERMANENT),
        (bounce(None, "INVALID ADDRESS"), Finding.PERMANENT),
        (bounce("5.1.1", "Technical Failure"), Finding.PERMANENT),
        (bounce("5.2.2"), Finding.TRANSIENT),
        (bounce("4.2.2"), Finding.TRANSIENT),
        (bounce("5.0.0", "Mailbox Unavailable"), Finding.TRANSIENT),
        (bounce("5.2.2", type_="blocked"), Finding.OURS),
        (bounce("5.1.1", "Invalid Address", type_="blocked"), Finding.OURS),
        (bounce("5.7.1"), Finding.OURS),
        (bounce("5.7.26", "Unclassified"), Finding.OURS),
        (bounce("5.1.1", "Reputation"), Finding.OURS),
        (bounce("5.0.0", "Content"), Finding.OURS),
        (bounce(None, "frequency or volume too high"), Finding.OURS),
        (bounce("5.4.4", "Technical Failure"), Finding.SLOW),
        (bounce("5.0.0", "Unclassified"), Finding.SLOW),
        (bounce("4.4.1"), Finding.SLOW),
        (bounce("5.0.0"), Finding.SLOW),
        (bounce(), Finding.SLOW),
        ({}, Finding.SLOW),
        ({"status": 511, "type": None, "bounce_classification": ["x"]}, Finding.SLOW),
    ],
)
def test_a_bounce_says_what_its_row_says(raw: dict[str, Any], finding: Finding) -> None:
    assert finding_of("bounce", raw) == finding


@pytest.mark.parametrize(
    ("reason", "finding"),
    [
        ("Bounced Address", Finding.PERMANENT),
        ("bounced address", Finding.PERMANENT),
        ("Invalid", Finding.PERMANENT),
        ("Spam Reporting Address", Finding.COMPLAINED),
        ("Unsubscribed Address", Finding.UNSUBSCRIBED),
        ("Spam Content (if Spam Checker app is enabled)", Finding.OURS),
        ("Recipient List over Package Quota", Finding.OURS),
        ("", Finding.OURS),
    ],
)
def test_what_the_provider_dropped_is_mirrored_where_it_is_about_the_address(reason: str, finding: Finding) -> None:
    assert finding_of("dropped", {"reason": reason}) == finding


@pytest.mark.parametrize("kind", ["processed", "deferred", "delivered", "open", "click", "unknown"])
def test_nothing_else_is_held_against_an_address(kind: str) -> None:
    assert finding_of(kind, bounce("5.1.1", "Invalid Address")) is None


def test_a_complaint_and_an_unsubscribe_are_what_they_are() -> None:
    assert finding_of("complaint", {}) == Finding.COMPLAINED
    assert finding_of("unsubscribe", {}) == Finding.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("finding", "days", "enough"),
    [
        (Finding.TRANSIENT, [0, 3, 7], True),
        (Finding.TRANSIENT, [0, 7], False),
        (Finding.TRANSIENT, [0, 1, 2, 3, 4], False),
        (Finding.TRANSIENT, [0, 3, 6.99], False),
        (Finding.SLOW, [0, 3, 7, 9, 12], False),
        (Finding.SLOW, [0, 6, 12, 18, 24, 30], True),
        (Finding.SLOW, [0, 5, 10, 15, 20, 25], False),
        (Finding.OURS, list(range(100)), False),
        (Finding.TRANSIENT, [], False),
    ],
)
def test_an_address_is_given_up_after_so_many_editions_over_so_long(
    finding: Finding, days: list[float], enough: bool
) -> None:
    bounces = [(number, DAY + timedelta(days=day)) for number, day in enumerate(days)]
    assert given_up(finding, bounces) is enough


def test_many_bounces_of_one_edition_count_once() -> None:
    assert not given_up(Finding.TRANSIENT, [(1, DAY + timedelta(days=day)) for day in range(20)])
