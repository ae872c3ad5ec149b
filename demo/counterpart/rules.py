"""What SendGrid asks of a mail/send request: its shape, and the rules that no schema states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from demo.counterpart.shape import Refusal, address, each, fields, flag, mapping, one_of, text, whole

MOST_RECIPIENTS = 1000
MOST_BYTES = 30_000_000
MOST_ARGUMENT_BYTES = 10_000
FURTHEST_SEND_AT = timedelta(hours=72)
RESERVED_HEADERS = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
        *("to", "from", "subject", "reply-to", "cc", "bcc"),
    }
)
_HEADER_NAME = re.compile(r"[!-9;-~]+")

_PERSON = fields({"email": address, "name": text()}, required=("email",))
_PEOPLE = each(_PERSON, most=1000)
_SWITCH = fields({"enable": flag})
_PERSONALIZATION = fields(
    {
        "from": _PERSON,
        "to": _PEOPLE,
        "cc": _PEOPLE,
        "bcc": _PEOPLE,
        "subject": text(1),
        "headers": mapping(text()),
        "substitutions": mapping(text(), most=10_000),
        "dynamic_template_data": mapping(),
        "custom_args": mapping(text(), most=10_000),
        "send_at": whole,
    },
    required=("to",),
)
_ATTACHMENT = fields(
    {
        "content": text(1),
        "type": text(1),
        "filename": text(),
        "disposition": one_of("inline", "attachment"),
        "content_id": text(),
    },
    required=("content", "filename"),
)
_MAIL_SETTINGS = fields(
    {
        "bypass_list_management": _SWITCH,
        "bypass_spam_management": _SWITCH,
        "bypass_bounce_management": _SWITCH,
        "bypass_unsubscribe_management": _SWITCH,
        "footer": fields({"enable": flag, "text": text(), "html": text()}),
        "sandbox_mode": _SWITCH,
    }
)
_UTM = ("utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign")
_TRACKING_SETTINGS = fields(
    {
        "click_tracking": fields({"enable": flag, "enable_text": flag}),
        "open_tracking": fields({"enable": flag, "substitution_tag": text()}),
        "subscription_tracking": fields({"enable": flag, "text": text(), "html": text(), "substitution_tag": text()}),
        "ganalytics": fields({"enable": flag, **{name: text() for name in _UTM}}),
    }
)
_SHAPE = fields(
    {
        "personalizations": each(_PERSONALIZATION, most=1000),
        "from": _PERSON,
        "reply_to": _PERSON,
        "reply_to_list": each(_PERSON, most=1000, unique=True),
        "subject": text(1),
        "content": each(fields({"type": text(1), "value": text(1)}, required=("type", "value"))),
        "attachments": each(_ATTACHMENT),
        "template_id": text(),
        "headers": mapping(text()),
        "categories": each(text(most=255), most=10, unique=True),
        "custom_args": mapping(text()),
        "send_at": whole,
        "batch_id": text(),
        "asm": fields({"group_id": whole, "groups_to_display": each(whole, most=25)}, required=("group_id",)),
        "ip_pool_name": text(2, 64),
        "mail_settings": _MAIL_SETTINGS,
        "tracking_settings": _TRACKING_SETTINGS,
    },
    required=("personalizations", "from"),
)


def refusals(body: object, *, now: datetime) -> list[Refusal]:
    """Everything SendGrid would refuse about a request's body; empty where it is to be accepted."""
    misshapen = list(_SHAPE(body, ""))
    if misshapen or not isinstance(body, dict):
        return misshapen
    return list(chain(_people(body), _letter(body), _arguments(body), _schedule(body, now)))


def _people(body: dict[str, Any]) -> Iterator[Refusal]:
    personal: list[dict[str, Any]] = body["personalizations"]
    if not personal:
        message = "The personalizations field is required and must have at least one personalization."
        yield Refusal(message, "personalizations")
    seen: set[str] = set()
    count = 0
    for index, one in enumerate(personal):
        place = f"personalizations.{index}"
        if not one["to"]:
            message = "The to array is required for all personalization objects, and must have at least one email."
            yield Refusal(message, f"{place}.to")
        for kind in ("to", "cc", "bcc"):
            for number, person in enumerate(one.get(kind, ())):
                count += 1
                yield from _recipient(person, f"{place}.{kind}.{number}", seen)
    if count > MOST_RECIPIENTS:
        yield Refusal(f"There are {count} recipients, at most {MOST_RECIPIENTS} are allowed.", "personalizations")
    for place in ("from", "reply_to"):
        yield from _name(body.get(place, {}), place)


def _recipient(person: dict[str, Any], place: str, seen: set[str]) -> Iterator[Refusal]:
    known = person["email"].lower()
    if known in seen:
        yield Refusal(f"Each email address should be unique; [{known}] is there twice.", f"{place}.email")
    seen.add(known)
    yield from _name(person, place)


def _name(person: dict[str, Any], place: str) -> Iterator[Refusal]:
    if any(character in person.get("name", "") for character in ";,\r\n"):
        yield Refusal("The name must not contain a semicolon, a comma or a line break.", f"{place}.name")


def _letter(body: dict[str, Any]) -> Iterator[Refusal]:
    template = body.get("template_id")
    if not template and not body.get("content"):
        message = "Unless a valid template_id is provided, the content parameter is required."
        yield Refusal(message, "content")
    types = [part["type"].lower() for part in body.get("content", ())]
    if types != sorted(types, key=_rank):
        message = "The text/plain content must come first, followed by text/html, followed by any other content."
        yield Refusal(message, "content")
    for index, kind in enumerate(types):
        if any(character in kind for character in ";\r\n"):
            yield Refusal("The content type cannot contain ; or a line break.", f"content.{index}.type")
    if not template and not body.get("subject") and not all("subject" in p for p in body["personalizations"]):
        yield Refusal("The subject is required.", "subject")
    if "reply_to" in body and "reply_to_list" in body:
        yield Refusal("Use either reply_to or reply_to_list, not both.", "reply_to_list")


def _rank(content_type: str) -> int:
    return {"text/plain": 0, "text/html": 1}.get(content_type, 2)


def _arguments(body: dict[str, Any]) -> Iterator[Refusal]:
    shared = body.get("custom_args", {})
    yield from _headers(body.get("headers", {}), "headers")
    yield from _size(shared, "custom_args")
    for index, one in enumerate(body["personalizations"]):
        place = f"personalizations.{index}"
        yield from _headers(one.get("headers", {}), f"{place}.headers")
        yield from _size(one.get("substitutions", {}), f"{place}.substitutions")
        if "custom_args" in one:
            yield from _size({**shared, **one["custom_args"]}, f"{place}.custom_args")
        if "substitutions" in one and body.get("template_id", "").startswith("d-"):
            yield Refusal("Substitutions may not be used with dynamic templating.", f"{place}.substitutions")


def _headers(headers: dict[str, str], place: str) -> Iterator[Refusal]:
    for name, value in headers.items():
        if name.lower() in RESERVED_HEADERS:
            yield Refusal(f"The header {name} is reserved and may not be set.", f"{place}.{name}")
        elif not _HEADER_NAME.fullmatch(name):
            yield Refusal("A header's name is visible ASCII without a colon.", f"{place}.{name}")
        if "\r" in value or "\n" in value:
            yield Refusal("A header's value must not contain a line break.", f"{place}.{name}")


def _size(arguments: dict[str, str], place: str) -> Iterator[Refusal]:
    """The collective size: the bytes of all names and values."""
    size = sum(len(key.encode()) + len(value.encode()) for key, value in arguments.items())
    if size > MOST_ARGUMENT_BYTES:
        yield Refusal(f"{size} bytes are too many, at most {MOST_ARGUMENT_BYTES} are allowed.", place)


def _schedule(body: dict[str, Any], now: datetime) -> Iterator[Refusal]:
    latest = (now + FURTHEST_SEND_AT).timestamp()
    places = [
        ("send_at", body),
        *((f"personalizations.{i}.send_at", p) for i, p in enumerate(body["personalizations"])),
    ]
    for place, holder in places:
        if holder.get("send_at", 0) > latest:
            yield Refusal("Scheduling more than 72 hours in advance is forbidden.", place)
