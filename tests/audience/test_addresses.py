from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.audience.addresses import masked, parse_address
from worker.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "text", "key"),
    [
        ("jo@example.org", "jo@example.org", "jo@example.org"),
        ("  Jo.Doe@Example.ORG ", "Jo.Doe@example.org", "jo.doe@example.org"),
        ("jo+news@example.org", "jo+news@example.org", "jo+news@example.org"),
        ("jo@BÜCHER.example", "jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ("jo@bu\u0308cher.example", "jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ("Ju\u0308rgen@example.org", "Jürgen@example.org", "jürgen@example.org"),
        ("jo@ｅｘａｍｐｌｅ.org", "jo@example.org", "jo@example.org"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(typed: str, text: str, key: str) -> None:
    address = parse_address(typed)
    assert (address.text, address.key) == (text, key)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Please enter"),
        ("   ", "Please enter"),
        ("jo", "The @ is missing"),
        ("jo@@example.org", "more than one @"),
        ("jo@example", "please check it"),
        ("jo@", "please check it"),
        ("@example.org", "please check it"),
        ("jo@exa mple.org", "please check it"),
        ("jo\r\nBcc: x@example.org", "please check it"),
        ("jo\x00@example.org", "please check it"),
        ("jo@localhost", "please check it"),
        ("jo@[127.0.0.1]", "please check it"),
        ("a" * 400 + "@example.org", "too long"),
        ("a" * 100 + "@example.org", "please check it"),
    ],
)
def test_what_is_no_address_is_refused_with_what_to_do(typed: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as fault:
        parse_address(typed)
    assert fault.value.field == "address"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_an_address_or_refused_and_its_key_is_stable(local: str, domain: str) -> None:
    try:
        address = parse_address(f"{local}@{domain}")
    except InvalidInput:
        return
    again = parse_address(address.text)
    assert again.key == address.key
    assert address.text.isprintable()


@given(st.emails())
def test_the_mask_shows_neither_name_nor_domain(address: str) -> None:
    shown = masked(address)
    local, _, domain = address.rpartition("@")
    assert len(local) == 1 or local not in shown
    assert domain not in shown
