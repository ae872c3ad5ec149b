"""Addresses of a WordPress REST API. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

EMBED = "author,wp:term,wp:featuredmedia"
FIRST_PAGE = 20
"""Articles of an ordinary poll: twice what a feed lists, and still one small answer."""
_ROUTE = re.compile(r"^(?P<root>.*)/wp/v2/(?P<type>[\w-]+)/?$")
_OURS = ("per_page", "page", "_embed", "modified_after", "orderby", "order", "include", "_fields")
_TERMS = frozenset({"categories", "tags", "users", "media", "comments", "types", "taxonomies", "statuses", "pages"})


def is_rest(url: str) -> bool:
    """Whether an address is that of a REST API's posts: /wp-json/wp/v2/posts, or ?rest_route=/wp/v2/posts."""
    found = _ROUTE.match(_route(url))
    return found is not None and found["type"] not in _TERMS


def posts_address(url: str) -> str:
    """The address of a site's posts; `url` may be that address, the API's root or the site itself."""
    parts = urlsplit(url)
    if is_rest(url):
        return url
    if "rest_route=" in parts.query:
        return with_query(url, rest_route="/wp/v2/posts")
    root, found, _ = parts.path.partition("/wp-json")
    base = root if found else parts.path.rstrip("/")
    return parts._replace(path=f"{base}/wp-json/wp/v2/posts", query="" if found else parts.query, fragment="").geturl()


def posts_below(root: str) -> str:
    """The posts of the API whose root a site announces: https://site/wp-json/ or https://site/?rest_route=/."""
    if "rest_route=" in urlsplit(root).query:
        return with_query(root, rest_route="/wp/v2/posts")
    return urljoin(root if root.endswith("/") else f"{root}/", "wp/v2/posts")


def listing_address(url: str, *, embed: bool, per_page: int = FIRST_PAGE, page: int = 1, **more: str) -> str:
    """A page of a site's posts, newest first; what the operator asks for in `url` stays."""
    given = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    added = {"per_page": given.get("per_page", str(per_page)), **more}
    if page > 1:
        added["page"] = str(page)
    if embed:
        added["_embed"] = EMBED
    return with_query(url, **added)


def edits_address(url: str, *, embed: bool, since: datetime, page: int = 1) -> str:
    """Posts changed since an instant. Without an offset: WordPress reads it in the site's own zone anyway."""
    return listing_address(
        with_query(url, per_page=None),
        embed=embed,
        per_page=50,
        page=page,
        modified_after=since.strftime("%Y-%m-%dT%H:%M:%S"),
        orderby="modified",
    )


def names_address(url: str, taxonomy: str, numbers: list[str]) -> str:
    """The names of some categories, tags or users."""
    parts = urlsplit(url)
    if "rest_route=" in parts.query:
        bare = parts._replace(query=urlencode({"rest_route": f"/wp/v2/{taxonomy}"}, safe="/"))
    else:
        bare = parts._replace(path=re.sub(r"/wp/v2/[\w-]+/?$", f"/wp/v2/{taxonomy}", parts.path), query="")
    return with_query(bare.geturl(), include=",".join(numbers), per_page=str(len(numbers)), _fields="id,name")


def plain_address(url: str) -> str:
    """The address without what a poll adds to it."""
    return with_query(url, **dict.fromkeys(_OURS, None))


def with_query(url: str, **values: str | None) -> str:
    """`url` with these parameters; None takes one out."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    kept += [(name, value) for name, value in values.items() if value is not None]
    return parts._replace(query=urlencode(kept, safe=":,/")).geturl()


def _route(url: str) -> str:
    parts = urlsplit(url)
    routed = dict(parse_qsl(parts.query)).get("rest_route")
    return routed if routed is not None else parts.path
