"""Where hubs reach us."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from worker.settings import Settings


def callback_root(settings: Settings) -> str | None:
    """What the address of a callback begins with; None where no hub is to be asked.

    Unless the settings say otherwise, that is where hubs could not reach us: without HTTPS, or on a private address.
    """
    root = f"{settings.base_url}/push/"
    if settings.push == "on":
        return root
    parts = urlsplit(settings.base_url)
    reachable = parts.scheme == "https" and _is_public_name(parts.hostname or "")
    return root if settings.push == "auto" and reachable else None


def _is_public_name(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".") and not host.endswith((".localhost", ".local", ".internal", ".test"))
