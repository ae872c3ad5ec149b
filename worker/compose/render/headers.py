"""The headers that all copies of a mail share."""

from __future__ import annotations

import re
from datetime import date

from worker.compose.render.inputs import Publication, Site
from worker.message import header_text

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,'&()/-]+")


def list_id(publication: Publication, site: Site) -> str:
    """RFC 2919: the same for all mails of a newsletter, whatever its title becomes; the title is only a comment."""
    label = f"<{publication.slug}.{site.list_domain}>"
    title = header_text(publication.title)
    words = "" if not title.isascii() else _UNSAFE.sub("", title).strip()
    return f'"{words}" {label}' if words else label


def feedback_id(publication: Publication, site: Site, shown_on: date, language: str) -> str:
    """Gmail's four fields: edition day, newsletter, kind, sender. Nothing in it tells one person from another."""
    kind = "alert" if publication.frequency == "instant" else "digest"
    sender = re.sub(r"[^a-z0-9]+", "-", site.list_domain.lower()).strip("-")
    return f"{shown_on:%Y%m%d}-{language}:{publication.slug}:{kind}:{sender}"


def bulk_headers(publication: Publication, site: Site, shown_on: date, language: str) -> dict[str, str]:
    """What a digest or an alert carries besides each person's unsubscribe header."""
    return {
        "List-Id": list_id(publication, site),
        "Feedback-ID": feedback_id(publication, site, shown_on, language),
        "Precedence": "bulk",
    }


def notice_headers() -> dict[str, str]:
    """What a single mail carries: it is not from a list, and no vacation program needs to answer it (RFC 3834)."""
    return {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
