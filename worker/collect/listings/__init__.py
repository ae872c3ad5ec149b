"""What a source lists now, whatever kind it is: read from outside, without the database."""

from __future__ import annotations

from worker.collect.fetch.model import Fetches
from worker.collect.listings.feed import read_feed
from worker.collect.listings.model import Asked, Harvest, Learned, Part
from worker.collect.listings.page import read_page
from worker.collect.listings.rest import is_rest
from worker.collect.listings.wordpress import read_wordpress
from worker.collect.sandbox import Reader

__all__ = ["Asked", "Harvest", "Learned", "Part", "read_listing"]


def read_listing(asked: Asked, fetcher: Fetches, reader: Reader) -> Harvest:
    """Ask the network, and read what it says. What goes wrong out there ends in the outcome, not in an exception."""
    if asked.kind == "page":
        return read_page(asked, fetcher, reader)
    if asked.kind == "wordpress" or is_rest(asked.address):
        return read_wordpress(asked, fetcher, reader)
    return read_feed(asked, fetcher, reader)
