"""The demo's outbox as files: each mail as an HTML page, with an index, to be opened in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import httpx

from demo.counterpart.letter import Mail

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #ddd}"
    "@media(prefers-color-scheme:dark){body{background:#14171a;color:#e8eaed}a{color:#8ab4f8}td,th{border-color:#333}}"
)


_NOTE = (
    "Digests and alerts come first, the single mails (confirmations, welcomes, links to the preferences) after them. "
    "Links in the mails worked while the demo ran; the site and the pages behind them have stopped with it."
)


def write_pages(directory: Path, mails: list[Mail], *, site_url: str) -> Path:
    """Write all mails into `directory`, with copies of the site's images, and return the index page."""
    directory.mkdir(parents=True, exist_ok=True)
    images = _Images(directory / "images", site_url)
    for mail in mails:
        directory.joinpath(_name(mail, "html")).write_text(images.kept(mail.html), encoding="utf-8")
        directory.joinpath(_name(mail, "txt")).write_text(mail.text, encoding="utf-8")
    editions = [mail for mail in mails if mail.delivery_id]
    singles = [mail for mail in mails if not mail.delivery_id]
    index = directory / "index.html"
    index.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Mails of the demo</title><style>{_STYLE}</style><h1>{len(mails)} mails</h1><p>{_NOTE}</p>"
        f"{_table('digests and alerts', editions)}{_table('single mails', singles)}</html>",
        encoding="utf-8",
    )
    return index


def _name(mail: Mail, ending: str) -> str:
    return f"{mail.n:04d}-{re.sub('[^a-z0-9]+', '-', mail.to.split('@')[0].lower())}.{ending}"


def _table(title: str, mails: list[Mail]) -> str:
    return (
        f"<h2>{len(mails)} {title}</h2><table><thead><tr><th>Time (UTC)<th>To<th>Subject<th>Text<th>State</thead>"
        f"<tbody>{''.join(map(_row, mails))}</table>"
    )


def _row(mail: Mail) -> str:
    at = datetime.fromtimestamp(mail.received_at, UTC)
    return (
        f"<tr><td>{at:%a %d %b %H:%M}</td><td>{escape(mail.to)}</td>"
        f"<td><a href='{_name(mail, 'html')}'>{escape(mail.subject)}</a></td>"
        f"<td><a href='{_name(mail, 'txt')}'>text</a></td><td>{escape(mail.state)}</td></tr>"
    )


class _Images:
    """Copies of the site's images, each fetched once."""

    def __init__(self, directory: Path, site_url: str) -> None:
        self._directory, self._names = directory, dict[str, str]()
        self._pattern = re.compile(rf"{re.escape(site_url)}/[^\s\"'<>]+\.(?:png|svg|jpg)")

    def kept(self, html: str) -> str:
        return self._pattern.sub(lambda found: self._local(found.group()), html)

    def _local(self, url: str) -> str:
        if url not in self._names:
            answer = httpx.get(url, trust_env=False)
            if answer.status_code != 200:
                return url
            self._directory.mkdir(exist_ok=True)
            name = url.rsplit("/", 1)[-1]
            self._directory.joinpath(name).write_bytes(answer.content)
            self._names[url] = f"images/{name}"
        return self._names[url]
