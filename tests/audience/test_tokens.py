from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.audience.tokens import LinkMaker, Tokens, is_loopback
from worker.errors import InvalidToken

TOKENS = Tokens("a secret of thirty-two characters")
PERSON = uuid.UUID("6f1b6c0e-0d56-4b7f-9d57-0d2b8c1c6f10")
MADE: dict[str, str] = {
    "confirm": TOKENS.confirm(17),
    "preferences": TOKENS.preferences(PERSON),
    "unsubscribe": TOKENS.unsubscribe(PERSON, "daily"),
    "undo": TOKENS.undo(PERSON, datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)),
    "view": TOKENS.view(PERSON),
}
READ: dict[str, Callable[[str], Any]] = {
    "confirm": TOKENS.read_confirm,
    "preferences": TOKENS.read_preferences,
    "unsubscribe": TOKENS.read_unsubscribe,
    "undo": TOKENS.read_undo,
    "view": TOKENS.read_view,
}


def test_each_token_gives_back_what_it_was_made_for() -> None:
    assert READ["confirm"](MADE["confirm"]) == 17
    assert READ["preferences"](MADE["preferences"]) == PERSON
    assert READ["unsubscribe"](MADE["unsubscribe"]) == (PERSON, "daily")
    assert READ["undo"](MADE["undo"]) == (PERSON, datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC))
    assert READ["view"](MADE["view"]) == PERSON


@pytest.mark.parametrize("door", READ)
@pytest.mark.parametrize("key", MADE)
def test_no_token_opens_the_door_of_another_purpose(key: str, door: str) -> None:
    if key != door:
        with pytest.raises(InvalidToken, match="copy it whole"):
            READ[door](MADE[key])


def test_a_token_of_another_installation_opens_nothing() -> None:
    with pytest.raises(InvalidToken):
        Tokens("another secret of thirty-two chars").read_preferences(MADE["preferences"])


@pytest.mark.parametrize("door", READ)
@given(text=st.text())
def test_any_text_is_refused_as_a_token(door: str, text: str) -> None:
    with pytest.raises(InvalidToken):
        READ[door](text)


@given(data=st.data())
def test_a_token_with_one_character_changed_opens_nothing(data: st.DataObject) -> None:
    token = MADE["unsubscribe"]
    # The last character carries two bits that no signature uses.
    at = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from([c for c in "ABCxyz019-_.~" if c != token[at]]))
    with pytest.raises(InvalidToken):
        TOKENS.read_unsubscribe(token[:at] + other + token[at + 1 :])


def test_links_carry_tokens_that_need_no_escaping_and_never_a_second_slash() -> None:
    links = LinkMaker("https://news.example.org/mail/", TOKENS)
    made = [
        links.confirm_url(1),
        links.preferences_url(PERSON),
        links.unsubscribe_url(PERSON, "daily-brief"),
        links.view_url(PERSON),
    ]
    for url in made:
        assert url.startswith("https://news.example.org/mail/")
        assert "//" not in urlsplit(url).path
        assert len(url) < 180
        assert set(urlsplit(url).path) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.0.0.9", True),
        ("http://localhost:1", True),
        ("http://[::1]:8000", True),
        ("https://news.example.org", False),
        ("http://localhost.example.org", False),
        ("http://127.evil.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
