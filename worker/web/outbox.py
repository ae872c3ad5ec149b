"""The outbox of the embedded default: what went into the maildir, for whoever runs this on their own machine."""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import islice
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from worker.audience.tokens import is_loopback
from worker.web.pages import Pages
from worker.web.view import mail_page

_AT_ONCE = 50
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class OutboxMail:
    """One mail of the list."""

    key: str
    subject: str
    to: str
    sender: str
    written_at: datetime


def outbox_routes(maildir: Path, pages: Pages) -> APIRouter:
    """GET /outbox (newest first), /outbox/{key} and /outbox/{key}/html."""
    router = APIRouter()

    @router.api_route("/outbox", methods=["GET", "HEAD"])
    def show_list(request: Request, to: str = "", page: int = 1) -> Response:
        if not _asked_here(request):
            return pages.not_found(request)
        page = min(max(page, 1), 100_000)
        mails, more = list_mails(maildir, to=to, page=page)
        return pages.show("outbox.html", mails=mails, to=to, page=page, more=more)

    @router.api_route("/outbox/{key}", methods=["GET", "HEAD"])
    def show_mail(request: Request, key: str) -> Response:
        path = find_mail(maildir, key) if _asked_here(request) else None
        if path is None:
            return pages.not_found(request)
        message = _parse(path)
        text = _body(message, "plain")
        headers = [(name, str(message[name])) for name in dict.fromkeys(message.keys())]
        return pages.show(
            "outbox_mail.html",
            mail=_summary(path, message),
            text=_linked(text) if text is not None else None,
            has_html=_body(message, "html") is not None,
            headers=headers,
        )

    @router.api_route("/outbox/{key}/html", methods=["GET", "HEAD"])
    def show_html(request: Request, key: str) -> Response:
        path = find_mail(maildir, key) if _asked_here(request) else None
        html = _body(_parse(path), "html") if path else None
        if html is None:
            return pages.not_found(request)
        return mail_page(_opening_links_outside(html), framed_by="'self'")

    return router


def list_mails(maildir: Path, *, to: str, page: int) -> tuple[list[OutboxMail], bool]:
    """One page of the mails, newest first (only those to an address that holds `to`), and whether there are more."""
    wanted = to.strip().lower()
    start, end = (page - 1) * _AT_ONCE, page * _AT_ONCE + 1
    if wanted:
        summaries = (_summary(path, _parse(path, headers_only=True)) for path in _newest(maildir, None))
        found = list(islice((mail for mail in summaries if wanted in mail.to.lower()), start, end))
    else:
        found = [_summary(path, _parse(path, headers_only=True)) for path in _newest(maildir, end)[start:]]
    return found[:_AT_ONCE], len(found) > _AT_ONCE


def find_mail(maildir: Path, key: str) -> Path | None:
    """The file of a key; whatever else the key may say, it names only files of the outbox."""
    if not _KEY.fullmatch(key):
        return None
    return next((path for path in _files(maildir) if _key(path.name) == key), None)


def _newest(maildir: Path, most: int | None) -> list[Path]:
    dated = ((path.stat().st_mtime, path.name, path) for path in _files(maildir))
    newest = sorted(dated, reverse=True) if most is None else heapq.nlargest(most, dated)
    return [path for _, _, path in newest]


def _files(maildir: Path) -> Iterator[Path]:
    for part in ("new", "cur"):
        if (maildir / part).is_dir():
            with os.scandir(maildir / part) as entries:
                yield from (Path(entry.path) for entry in entries if entry.is_file() and _KEY.match(entry.name))


def _key(file_name: str) -> str:
    """A mail program adds its flags behind a colon."""
    return file_name.partition(":")[0]


def _parse(path: Path, *, headers_only: bool = False) -> EmailMessage:
    with path.open("rb") as file:
        message = _PARSER.parse(file, headersonly=headers_only)
    assert isinstance(message, EmailMessage)
    return message


def _summary(path: Path, message: EmailMessage) -> OutboxMail:
    return OutboxMail(
        key=_key(path.name),
        subject=str(message["Subject"] or "(no subject)"),
        to=str(message["To"] or ""),
        sender=str(message["From"] or ""),
        written_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else None


def _linked(text: str) -> Markup:
    """The text with its addresses as links."""
    pieces, end = [], 0
    for found in _LINK.finditer(text):
        url = escape(found.group())
        pieces += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(url)]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _opening_links_outside(html: str) -> str:
    """Links of a framed mail open beside it: our own pages refuse to be framed."""
    base = '<base target="_blank">'
    return _HEAD.sub(lambda head: head.group() + base, html, count=1) if _HEAD.search(html) else base + html


def _asked_here(request: Request) -> bool:
    """Only under this machine's own name: a page elsewhere may point a name of its own at us."""
    return is_loopback(str(request.base_url))
