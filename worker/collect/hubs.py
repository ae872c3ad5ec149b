"""What a source says about its hub, and what a hub says to us (W3C WebSub). Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

ASKED_LEASE = timedelta(days=10)
_LEASE_AT_LEAST, _LEASE_AT_MOST = timedelta(minutes=10), timedelta(days=30)
_UNTOLD_LEASE = timedelta(days=1)
_RETRY, _RETRY_AT_MOST = timedelta(minutes=10), timedelta(days=1)
_METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_LINK = re.compile(r"""<([^<>]{1,2000})>((?:\s*;\s*[\w*-]{1,40}\s*(?:=\s*(?:"[^"]*"|[^\s;,"]+))?)*)""")
_REL = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)
_HEADER_AT_MOST = 20_000


def linked(header: str | None, url: str) -> list[tuple[str, str]]:
    """(relation, address) of each Link header (RFC 8288) of the answer from `url`."""
    found = []
    for link in _LINK.finditer((header or "")[:_HEADER_AT_MOST]):
        relations = _REL.search(link.group(2))
        for relation in (relations.group(1) or relations.group(2) or "").lower().split() if relations else ():
            if address := _address(link.group(1).strip(), url):
                found.append((relation, address))
    return found


def _address(href: str, url: str) -> str:
    try:
        address = urljoin(url, href)
        parts = urlsplit(address)
        return address if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def hub_and_topic(in_header: Iterable[tuple[str, str]], in_feed: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """The hub and the address that it knows the feed by. Each is taken from the header, else from the feed itself."""
    header, feed = dict(reversed(list(in_header))), dict(reversed(list(in_feed)))
    hub, topic = (header.get(relation) or feed.get(relation) for relation in ("hub", "self"))
    return (hub, topic) if hub and topic else None


def is_signed(body: bytes, signature: str | None, *, secret: str) -> bool:
    """Whether X-Hub-Signature is that of these bytes and our secret."""
    method, _, given = (signature or "").strip().partition("=")
    hashed = _METHODS.get(method.lower())
    if hashed is None:
        return False
    right = hmac.new(secret.encode(), body, hashed).hexdigest()
    return hmac.compare_digest(right.encode(), given.strip().lower().encode())


def granted_lease(told: str | None) -> timedelta:
    """How long a hub's subscription holds, by its `hub.lease_seconds`; within bounds."""
    text = (told or "").strip()
    if not (text.isascii() and text.isdigit()):
        return _UNTOLD_LEASE
    return min(max(timedelta(seconds=int(text[:9])), _LEASE_AT_LEAST), _LEASE_AT_MOST)


def renew_after(lease: timedelta) -> timedelta:
    """When to ask again, so that several tries fit into the rest of the lease."""
    return lease * 0.75


def retry_after(tries: int) -> timedelta:
    """How long to wait for a hub that has not answered, or not verified, so many requests."""
    doublings = min(max(tries - 1, 0), 10)
    return min(_RETRY * float(2**doublings), _RETRY_AT_MOST)
