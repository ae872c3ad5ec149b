"""The outcome table, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.deliver.outcome import (
    LONGEST_WAIT,
    Fault,
    Outcome,
    OutcomeClass,
    next_try,
    outcome_of_answer,
    outcome_of_fault,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNIX = int(NOW.timestamp())


def errors(field: str | None, message: str = "no") -> bytes:
    return json.dumps({"errors": [{"message": message, "field": field, "help": None}]}).encode()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.UNREACHABLE, "retry"),
        (Fault.TLS, "retry"),
        (Fault.POOL, "retry"),
        (Fault.NOT_BEGUN, "retry"),
        (Fault.MISDIRECTED, "stop"),
        (Fault.WRITE, "uncertain"),
        (Fault.TIMEOUT, "uncertain"),
        (Fault.CUT, "uncertain"),
        (Fault.TRUNCATED, "uncertain"),
    ],
)
def test_a_fault_is_a_retry_only_where_nothing_can_have_been_accepted(fault: Fault, kind: str) -> None:
    assert outcome_of_fault(fault).kind == kind


def test_every_fault_has_an_outcome() -> None:
    assert all(outcome_of_fault(fault).kind for fault in Fault)


@pytest.mark.parametrize(
    ("status", "body", "sandbox", "kind"),
    [
        (202, b"", False, "accepted"),
        (200, b"", True, "accepted"),
        (202, b"", True, "accepted"),
        (200, b"", False, "uncertain"),
        (204, b"", False, "uncertain"),
        (301, b"", False, "stop"),
        (400, errors("personalizations.3.to.0.email"), False, "bisect"),
        (400, b"<html>", False, "bisect"),
        (400, b"", False, "bisect"),
        (401, errors(None, "Maximum credits exceeded"), False, "stop"),
        (403, errors("from", "not verified"), False, "stop"),
        (404, b"", False, "stop"),
        (405, b"", False, "stop"),
        (408, b"", False, "retry"),
        (413, b"", False, "split"),
        (429, b"", False, "retry"),
        (500, b"<html>oops</html>", False, "uncertain"),
        (502, b"", False, "uncertain"),
        (503, errors(None), False, "uncertain"),
        (504, b"\xff\xfe", False, "uncertain"),
        (599, b"[" * 100_000, False, "uncertain"),
    ],
)
def test_an_answer_has_the_class_of_its_row(status: int, body: bytes, sandbox: bool, kind: str) -> None:
    assert outcome_of_answer(status, {}, body, now=NOW, sandbox=sandbox).kind == kind


@pytest.mark.parametrize(
    ("body", "shared"),
    [
        (errors("content.0.value"), True),
        (errors("from.email"), True),
        (errors("personalizations.0.headers"), False),
        (errors(None), False),
        (b"", False),
        (json.dumps({"errors": [{"field": "from"}, {"field": "personalizations.1.to"}]}).encode(), False),
        (b'{"errors": "all of it"}', False),
        (b'{"errors": [1, null]}', False),
    ],
)
def test_a_400_is_shared_only_where_every_error_lies_in_what_all_have_in_common(body: bytes, shared: bool) -> None:
    assert outcome_of_answer(400, {}, body, now=NOW).shared is shared


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-reset": str(UNIX + 30)}, 30),
        ({"retry-after": "45"}, 45),
        ({"retry-after": "45", "x-ratelimit-reset": str(UNIX + 60)}, 60),
        ({"retry-after": "Mon, 02 Mar 2026 12:02:00 GMT"}, 120),
        ({"x-ratelimit-reset": str(UNIX - 30)}, 1),
        ({"x-ratelimit-reset": "9" * 15}, LONGEST_WAIT.total_seconds()),
        ({"x-ratelimit-reset": "soon"}, 15),
        ({"retry-after": "-5"}, 15),
        ({}, 15),
    ],
)
def test_a_429_waits_as_told_but_within_bounds(headers: dict[str, str], wait: float) -> None:
    outcome = outcome_of_answer(429, headers, b"", now=NOW)
    assert next_try(outcome, attempt=1, now=NOW) == NOW + timedelta(seconds=wait)


def test_waits_double_up_to_a_quarter_of_an_hour_and_a_stop_waits_longer_from_the_start() -> None:
    again = Outcome(OutcomeClass.RETRY, "")
    waits = [(next_try(again, attempt=n, now=NOW) - NOW).total_seconds() for n in (1, 2, 3, 7, 99)]
    assert waits == [15, 30, 60, 900, 900]
    assert next_try(Outcome(OutcomeClass.STOP, ""), attempt=1, now=NOW) == NOW + timedelta(minutes=5)


def test_the_reason_tells_what_the_provider_said() -> None:
    assert outcome_of_answer(400, {}, errors("from", "is missing"), now=NOW).reason == "400 from: is missing"


@given(
    status=st.integers(100, 999),
    body=st.binary(max_size=200),
    headers=st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset"]), st.text(max_size=30)),
)
def test_no_answer_is_beyond_the_table(status: int, body: bytes, headers: dict[str, str]) -> None:
    outcome = outcome_of_answer(status, headers, body, now=NOW)
    assert (outcome.kind == OutcomeClass.ACCEPTED) == (status == 202)
    assert NOW < next_try(outcome, attempt=1, now=NOW) <= NOW + LONGEST_WAIT
