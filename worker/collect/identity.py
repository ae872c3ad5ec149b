"""Which article is this? Pure. First the feed's own identifier, then the address, then the content."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

import courlan

from worker.collect.limits import MAX_IDENTIFIER

_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_IDLE_FRAGMENT = re.compile(
    r"#(?:|top|comments?|respond|content|main|:~:.*|utm_.*|xtor=.*|ref=.*|Echobox=.*)$", re.IGNORECASE
)
_MANY_SITES = frozenset({
    "blogspot.com", "livejournal.com", "medium.com", "squarespace.com", "substack.com", "tumblr.com", "typepad.com",
    "weebly.com", "wixsite.com", "wordpress.com",
})  # fmt: skip
_WORDS = re.compile(r"\w+")
_ENOUGH_WORDS = 40
"""A text with fewer words is no evidence that two articles are the same ("Live updates", "Video")."""


def scheme_less(identifier: str) -> str:
    """A GUID as it is compared: WordPress writes the same one with http and with https."""
    identifier = identifier.strip()
    bare = _SCHEME.sub("", identifier)
    if bare == identifier:
        return identifier
    host, slash, path = bare.partition("/")
    return host.lower() + slash + path


@lru_cache(maxsize=10_000)  # an article's address is asked for several times in a row
def canonical_url(url: str) -> str:
    """The address without tracking parameters and idle fragments; as it was where it is no usable address."""
    try:
        normal = str(courlan.normalize_url(url))
    except (ValueError, AttributeError):
        normal = url
    return _IDLE_FRAGMENT.sub("", normal)


def url_key(url: str) -> str:
    """The address as it is compared: without scheme, `www.` and closing slash. Empty for no address."""
    bare = _SCHEME.sub("", canonical_url(url)).removeprefix("www.")
    return bare.rstrip("/")


def names_an_article(key: str) -> bool:
    """Whether an address can identify an article: a site's front page, which some feeds give for all, cannot."""
    path = key.partition("/")[2]
    return bool(path) or "?" in key


def site_of(url: str) -> str:
    """What a site's addresses share: the registrable domain (`example.co.uk`), or the host where that houses many."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    domain = courlan.extract_domain(url)
    return host if domain is None or domain in _MANY_SITES else str(domain)


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one site."""
    return bool(site_of(one)) and site_of(one) == site_of(other)


def content_hash(title: str, text: str) -> str:
    """A hash of the words, so that typography, markup and spacing do not matter."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", f"{title} \n {text}").casefold())
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:40]


def is_telling(text: str) -> bool:
    """Whether a text is long enough for its hash to identify an article."""
    return next(islice(_WORDS.finditer(text[:2000]), _ENOUGH_WORDS - 1, None), None) is not None


def external_id(identifier: str, url: str, hash_: str) -> str:
    """The key of an article within its source: its GUID without scheme, else its address, else its content."""
    key = scheme_less(identifier)
    if len(key) > MAX_IDENTIFIER // 4 and len(encoded := key.encode("utf-8", "replace")) > MAX_IDENTIFIER:
        beginning = encoded[: MAX_IDENTIFIER // 2].decode("utf-8", "ignore")
        key = f"{beginning}…{hashlib.sha256(encoded).hexdigest()}"
    return key or url_key(url) or f"content:{hash_}"


def stable_fraction(*parts: object) -> float:
    """A number in [0, 1) that is always the same for the same parts: spreads work without a random source."""
    digest = hashlib.sha256("\x00".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56
