"""Requests to hold the counterpart to: legal ones, each of their values spoiled, and faults that no schema states."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.demo.letters import letter, personal

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOON = int(NOW.timestamp()) + 3600
PERSON = {"email": "desk@forwardpost.example", "name": "Desk"}

# A legal request that uses every field there is.
FULL: dict[str, Any] = {
    "personalizations": [
        {
            "from": PERSON,
            "to": [{"email": "ann@example.org", "name": "Ann"}],
            "cc": [{"email": "ben@example.org", "name": "Ben"}],
            "bcc": [{"email": "cleo@example.org", "name": "Cleo"}],
            "subject": "Hello",
            "headers": {"List-Id": "daily"},
            "substitutions": {"-name-": "Ann"},
            "dynamic_template_data": {"name": "Ann"},
            "custom_args": {"delivery_id": "d-0"},
            "send_at": SOON,
        }
    ],
    "from": PERSON,
    "reply_to": PERSON,
    "subject": "Hello",
    "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
    "attachments": [
        {
            "content": "aGVsbG8=",
            "type": "text/plain",
            "filename": "hello.txt",
            "disposition": "inline",
            "content_id": "one",
        }
    ],
    "template_id": "t-1",
    "headers": {"X-One": "1"},
    "categories": ["daily"],
    "custom_args": {"batch_id": "b-0"},
    "send_at": SOON,
    "batch_id": "batch",
    "asm": {"group_id": 1, "groups_to_display": [1, 2]},
    "ip_pool_name": "pool",
    "mail_settings": {
        "bypass_list_management": {"enable": False},
        "bypass_spam_management": {"enable": False},
        "bypass_bounce_management": {"enable": False},
        "bypass_unsubscribe_management": {"enable": False},
        "footer": {"enable": True, "text": "foot", "html": "<p>foot</p>"},
        "sandbox_mode": {"enable": False},
    },
    "tracking_settings": {
        "click_tracking": {"enable": True, "enable_text": False},
        "open_tracking": {"enable": True, "substitution_tag": "-open-"},
        "subscription_tracking": {"enable": True, "text": "t", "html": "h", "substitution_tag": "-s-"},
        "ganalytics": {
            "enable": True,
            "utm_source": "s",
            "utm_medium": "m",
            "utm_term": "t",
            "utm_content": "c",
            "utm_campaign": "k",
        },
    },
}
WRONG: tuple[Any, ...] = (None, True, 7, 1.5, "", "x", "y" * 300, [], {}, ["x"], [None], {"x": 1}, [{}] * 1001)


def replies() -> dict[str, Any]:
    """FULL with the list of reply addresses, which excludes the single one."""
    body = copy.deepcopy(FULL)
    body["reply_to_list"] = [body.pop("reply_to"), {"email": "editor@forwardpost.example"}]
    return body


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within a request, the request itself first."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*path, key))


def changed(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    body = copy.deepcopy(body)
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return body


def without(body: Any, path: tuple[Any, ...]) -> Any:
    body = copy.deepcopy(body)
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return body


def mutants(body: Any) -> Iterator[tuple[str, Any]]:
    """The request with each of its values in turn missing, wrong or there once too often."""
    for path in places(body):
        for value in WRONG:
            yield f"{path} = {str(value)[:20]}", changed(body, path, value)
        if path:
            yield f"{path} missing", without(body, path)
            found = body
            for key in path:
                found = found[key]
            if isinstance(found, list) and found:
                yield f"{path} repeated", changed(body, path, found * 2)
                yield f"{path} many", changed(body, path, found * 1001)


def without_key(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}


LEGAL: dict[str, Any] = {
    "every field": FULL,
    "several reply addresses": replies(),
    "one mail": letter("ann@example.org"),
    "a thousand mails": letter(*(f"reader{i}@example.org" for i in range(1000))),
    "no name": letter("ann@example.org", **{"from": {"email": "desk@forwardpost.example"}}),
    "text only": letter("ann@example.org", content=[{"type": "text/plain", "value": "Hello"}]),
    "html only": letter("ann@example.org", content=[{"type": "text/html", "value": "<p>Hello</p>"}]),
    "a template instead of content": without_key(letter("ann@example.org", template_id="t"), "content"),
    "a subject of its own in each": without_key(letter(), "subject")
    | {"personalizations": [personal("ann@example.org", "d-0", subject="Yours")]},
    "tags in addresses": letter("ann+news@example.org", "o'hara@sub.example.co.uk"),
    "an address beyond ASCII's domains": letter("ann@b\u00fccher.example"),
    "words in any script": letter("ann@example.org", subject="\u0414\u0440\u043e\u043d\u044b \u2744"),
}


HUGE = "x" * 10_001
MISSED: dict[str, tuple[Any, str]] = {
    "nobody at all": (letter(), "personalizations"),
    "an empty to": (
        letter() | {"personalizations": [personal("a@example.org", "d", to=[])]},
        "personalizations.0.to",
    ),
    "an address twice": (letter("ann@example.org", "Ann@EXAMPLE.org"), "personalizations.1.to.0.email"),
    "an address that is none": (letter("ann@nowhere"), "personalizations.0.to.0.email"),
    "more than a thousand recipients": (
        letter()
        | {
            "personalizations": [
                personal(
                    f"a{i}@example.org",
                    f"d-{i}",
                    cc=[{"email": f"b{i}@example.org"}],
                )
                for i in range(501)
            ]
        },
        "personalizations",
    ),
    "a comma in a name": (
        letter()
        | {"personalizations": [personal("a@example.org", "d", to=[{"email": "a@example.org", "name": "A, B"}])]},
        "personalizations.0.to.0.name",
    ),
    "a semicolon in the sender's name": (
        letter("a@example.org", **{"from": {"email": "desk@forwardpost.example", "name": "Desk; Post"}}),
        "from.name",
    ),
    "html before plain": (
        letter(
            "a@example.org",
            content=[{"type": "text/html", "value": "<p>"}, {"type": "text/plain", "value": "x"}],
        ),
        "content",
    ),
    "no content": (letter("a@example.org", content=[]), "content"),
    "no subject": (without_key(letter("a@example.org"), "subject"), "subject"),
    "a reserved header": (letter("a@example.org", headers={"Reply-To": "x@example.org"}), "headers.Reply-To"),
    "a reserved header of one person": (
        letter() | {"personalizations": [personal("a@example.org", "d", headers={"BCC": "x@example.org"})]},
        "personalizations.0.headers.BCC",
    ),
    "a header name with a space": (letter("a@example.org", headers={"X One": "1"}), "headers.X One"),
    "a line break in a header": (letter("a@example.org", headers={"X-One": "1\r\nBcc: x"}), "headers.X-One"),
    "a header that is no text": (letter("a@example.org", headers={"X-One": 1}), "headers.X-One"),
    "a custom argument that is no text": (letter("a@example.org", custom_args={"n": 1}), "custom_args.n"),
    "custom arguments too large": (letter("a@example.org", custom_args={"n": HUGE}), "custom_args"),
    "custom arguments too large together": (
        letter(custom_args={"n": "x" * 6000})
        | {"personalizations": [personal("a@example.org", "d", custom_args={"m": "x" * 6000})]},
        "personalizations.0.custom_args",
    ),
    "substitutions too large": (
        letter() | {"personalizations": [personal("a@example.org", "d", substitutions={"-x-": HUGE})]},
        "personalizations.0.substitutions",
    ),
    "sending in four days": (letter("a@example.org", send_at=SOON + 4 * 86400), "send_at"),
    "both kinds of reply address": (FULL | {"reply_to_list": [PERSON]}, "reply_to_list"),
    "a key that nobody knows": (letter("a@example.org", subjekt="x"), "subjekt"),
}
