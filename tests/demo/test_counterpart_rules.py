"""The counterpart's own rules, without anything published by others at hand."""

from __future__ import annotations

import pytest

from demo.counterpart.rules import refusals
from tests.demo.requests import FULL, LEGAL, MISSED, NOW, changed


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_request_has_no_fault(name: str) -> None:
    assert refusals(LEGAL[name], now=NOW) == []


@pytest.mark.parametrize("name", MISSED)
def test_a_fault_is_named_with_its_field(name: str) -> None:
    body, field = MISSED[name]

    assert field in [refusal.field for refusal in refusals(body, now=NOW)]


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "ann@", "@example.org", "ann@nowhere", "ann@example.o", "ann@@example.org", "a..b@example.org"),
        *("a b@example.org", "ann@exam_ple.org", "ann@-example.org", "ann@example.org\n", f"{'a' * 65}@example.org"),
        "\u00e4nn@example.org",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    body = changed(FULL, ("personalizations", 0, "to", 0, "email"), address)

    assert [refusal.field for refusal in refusals(body, now=NOW)] == ["personalizations.0.to.0.email"]
