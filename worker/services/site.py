"""The site as its readers know it; the pages are given it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """Name, address, where to reach the operator, and the postal address that the law asks for."""

    name: str
    url: str
    contact: str = ""
    postal_address: str = ""
