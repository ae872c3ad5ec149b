"""Polite, bounded HTTP: conditional requests, limits on bytes and time, public addresses only."""

from worker.collect.fetch.http import Fetcher
from worker.collect.fetch.model import (
    FEED_TYPES,
    PAGE_TYPES,
    AnswerTooLarge,
    AnswerTooSlow,
    Fetched,
    FetchError,
    Fetches,
    ForbiddenAddress,
    TooManyRedirects,
)

__all__ = [
    "FEED_TYPES",
    "PAGE_TYPES",
    "AnswerTooLarge",
    "AnswerTooSlow",
    "FetchError",
    "Fetched",
    "Fetcher",
    "Fetches",
    "ForbiddenAddress",
    "TooManyRedirects",
]
