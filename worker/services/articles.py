"""Reading one page from the web, for commands."""

from __future__ import annotations

from worker import __version__
from worker.collect.extract import ExtractedPage
from worker.collect.extract import extract_page as extract
from worker.collect.fetch.http import Fetcher
from worker.settings import load_settings


def extract_page(html: str | bytes, url: str | None = None) -> ExtractedPage:
    """The article of a page: title, text, author, published_at, language."""
    return extract(html, url=url or "")


def fetch_page(url: str) -> bytes:
    """The page's bytes, fetched politely. Private addresses are allowed: whoever types a command may read them."""
    with Fetcher(contact=load_settings().contact, version=__version__) as fetcher:
        return fetcher.page(url, allow_private=True)
