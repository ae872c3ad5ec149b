"""The demo's subscribers, and what they do: sign up, confirm, change their mind, leave. All of it over HTTP."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from demo.counterpart.letter import Mail

ZONES = [
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "America/St_Johns",
    "Asia/Tokyo",
    "UTC",
]
TOPICS = ["drones", "belarus", "arctic"]
_NAMES = [
    "ada",
    "bela",
    "carl",
    "dora",
    "emil",
    "fritz",
    "gina",
    "hugo",
    "ines",
    "jan",
    "kira",
    "leo",
    "mona",
    "nils",
    "olga",
    "paul",
    "quinn",
    "rosa",
    "sven",
    "tara",
    "udo",
    "vera",
    "willi",
    "xenia",
    "yuri",
    "zora",
    "anke",
    "bruno",
    "clara",
    "dirk",
    "elsa",
    "falk",
    "greta",
    "hans",
    "ida",
    "joerg",
    "klara",
    "lars",
    "mia",
    "nora",
    "otto",
    "pia",
    "ralf",
    "sina",
    "tom",
    "ute",
    "viktor",
    "wanda",
]
FRIDAY = 4


@dataclass
class Reader:
    """One subscriber, with what they asked for and what they did since."""

    name: str
    address: str
    topics: tuple[str, ...]
    frequency: str
    zone: str
    hour: int
    role: str = "reader"
    """reader, or what makes this one special: bounces, complains, defers, leaves, changes."""
    gone_at: datetime | None = None
    notes: list[str] = field(default_factory=list)


def make_readers(count: int) -> list[Reader]:
    """`count` readers, the same ones each time; the first few have a special role."""
    dice = random.Random(1918)
    readers = []
    for number in range(count):
        name = _NAMES[number % len(_NAMES)] + ("" if number < len(_NAMES) else str(number // len(_NAMES)))
        readers.append(
            Reader(
                name=name,
                address=f"{name}@readers.example.org",
                topics=tuple(sorted(dice.sample(TOPICS, dice.choice([1, 1, 2, 3])))),
                frequency=dice.choice(["instant", "daily", "daily", "daily", "weekly"]),
                zone=ZONES[number % len(ZONES)],
                hour=dice.choice([6, 7, 8, 9, 12, 18]),
            )
        )
    for reader, role in zip(readers, ["bounces", "bounces", "complains", "defers", "leaves", "changes"], strict=False):
        reader.role, reader.frequency, reader.topics = role, "daily", ("belarus", "drones")
    return readers


class Browser:
    """A reader's browser: plain HTTP, forms and links."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=30, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def sign_up(self, reader: Reader) -> None:
        form = {
            "address": reader.address,
            "topics": list(reader.topics),
            "frequency": reader.frequency,
            "zone": reader.zone,
            "hour": str(reader.hour),
            "weekday": str(FRIDAY),
        }
        _expect(self._client.post("/subscribe", data=form), 200)

    def confirm(self, mail: Mail) -> None:
        """Follow the link of the confirmation, then press its button."""
        path = urlsplit(_link(mail, "/confirm/")).path
        _expect(self._client.get(path), 200)
        _expect(self._client.post(path), 200)

    def change(self, link: str, frequencies: dict[str, str], reader: Reader) -> None:
        """By the preference link of a mail: each topic with its own frequency."""
        path = urlsplit(link).path
        form = {"zone": reader.zone, "hour": str(reader.hour), "weekday": str(FRIDAY), "language": "en", "pause": "no"}
        form |= {f"topic.{topic}": frequency for topic, frequency in frequencies.items()}
        _expect(self._client.post(path, data=form), 200)

    def leave(self, mail: Mail) -> None:
        """What a mail program does at `Unsubscribe`: the one-click POST of RFC 8058."""
        link = (mail.header("List-Unsubscribe") or "").strip("<>")
        _expect(self._client.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"}), 200)


def confirmation_for(address: str, mails: Callable[[str], list[Mail]]) -> Mail:
    """The latest confirmation that reached an address."""
    for mail in reversed(mails(address)):
        if "/confirm/" in mail.text:
            return mail
    raise LookupError(f"no confirmation has reached {address}")


def preference_link(mail: Mail) -> str:
    """Where its reader changes what they get."""
    return _link(mail, "/preferences/")


def _link(mail: Mail, part: str) -> str:
    found = re.search(rf"https?://\S*{re.escape(part)}[A-Za-z0-9._~-]+", mail.text)
    if found is None:
        raise LookupError(f"the mail “{mail.subject}” has no link with {part}")
    return found.group()


def _expect(response: httpx.Response, status: int) -> None:
    if response.status_code != status:
        raise RuntimeError(
            f"{response.request.method} {response.request.url.path} answered {response.status_code}, not {status}"
        )
