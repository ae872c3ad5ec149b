"""Requests as a sender would make them, for tests of the counterpart."""

from __future__ import annotations

import copy
from typing import Any

import httpx

LETTER: dict[str, Any] = {
    "from": {"email": "desk@forwardpost.example", "name": "Forward Post"},
    "reply_to": {"email": "editor@forwardpost.example"},
    "subject": "-name-, your digest",
    "content": [
        {"type": "text/plain", "value": "Good morning -name-. Leave: -leave-"},
        {"type": "text/html", "value": "<p>Good morning -name-. <a href='-leave-'>Leave</a></p>"},
    ],
    "headers": {"List-Id": "daily.forwardpost.example", "X-Both": "shared"},
    "categories": ["digest", "daily"],
    "custom_args": {"batch_id": "b-1"},
}


def personal(address: str, delivery_id: str, **more: Any) -> dict[str, Any]:
    """One personalization with what each mail needs."""
    leave = f"https://forwardpost.example/leave/{delivery_id}"
    return {
        "to": [{"email": address, "name": "Reader"}],
        "substitutions": {"-name-": address.partition("@")[0], "-leave-": leave},
        "headers": {"List-Unsubscribe": f"<{leave}>", "x-both": "personal"},
        "custom_args": {"delivery_id": delivery_id},
        **more,
    }


def letter(*addresses: str, **changes: Any) -> dict[str, Any]:
    """A legal request to these addresses; the delivery ids are d-0, d-1 and so on."""
    body = copy.deepcopy(LETTER)
    body["personalizations"] = [personal(address, f"d-{i}") for i, address in enumerate(addresses)]
    return body | changes


def send(client: httpx.Client, body: object) -> httpx.Response:
    """Ask for the request to be sent."""
    return client.post("/v3/mail/send", json=body)
