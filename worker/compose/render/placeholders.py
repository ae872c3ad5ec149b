"""The personal places of a mail: marks in the shared body, and what replaces them for one person."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from worker.message import UnsafeMessage

LONGEST_PERSONAL_LINK = 500
"""Bytes; the size of a mail is reckoned with links this long."""

_KEY = re.compile(r"[0-9a-f]{16,64}\Z")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:\-\[\]]+(/[A-Za-z0-9._~:/?#=%@!$*+,;-]*)?\Z")
"""A link that stands in HTML, in text and between < > of a header as it is: no &, no quotes, no blank."""


@dataclass(frozen=True)
class Placeholders:
    """The marks that stand for a person's links."""

    unsubscribe_url: str
    preferences_url: str
    view_url: str
    feedback_url: str


@dataclass(frozen=True)
class PersonalLinks:
    """The links of one person's mail. `feedback_url` goes before `/` and an article's id."""

    unsubscribe_url: str
    preferences_url: str
    view_url: str
    feedback_url: str


def placeholders(key: str) -> Placeholders:
    """The marks of one cohort, made from its unguessable key."""
    if not _KEY.match(key):
        raise UnsafeMessage("A placeholder key is 16 to 64 lower-case hex digits, such as a cohort's public id in hex")
    return Placeholders(*(f"-{name}-{key}-" for name in ("unsubscribe", "preferences", "view", "feedback")))


def personal_parts(marks: Placeholders, links: PersonalLinks) -> tuple[dict[str, str], dict[str, str]]:
    """(substitutions, headers) of one recipient: the links in the body, and the one-click unsubscribe (RFC 8058)."""
    pairs = {
        marks.unsubscribe_url: links.unsubscribe_url,
        marks.preferences_url: links.preferences_url,
        marks.view_url: links.view_url,
        marks.feedback_url: links.feedback_url,
    }
    for link in pairs.values():
        check_personal_link(link)
    return pairs, unsubscribe_headers(links.unsubscribe_url)


def unsubscribe_headers(link: str) -> dict[str, str]:
    """The one-click unsubscribe of a mail, by a link that was checked."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def check_personal_link(link: str) -> str:
    """The link, if it may stand in a mail as it is; UnsafeMessage says why not."""
    if len(link) > LONGEST_PERSONAL_LINK or not _LINK.match(link):
        raise UnsafeMessage(
            f"A personal link must have at most {LONGEST_PERSONAL_LINK} characters and none that HTML or a header "
            f"would need escaped: {link[:80]!r}"
        )
    if not link.startswith("https://") and not _on_this_machine(link.split("/", 3)[2]):
        raise UnsafeMessage(
            f"Links in mails must be https, one-click unsubscribe asks for it: {link[:40]!r}. Set SITREP_BASE_URL"
        )
    return link


@lru_cache(maxsize=64)
def _on_this_machine(netloc: str) -> bool:
    host = urlsplit(f"http://{netloc}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
