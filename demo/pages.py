"""The demo's outbox as files: each mail as an HTML page, with an index, to be opened in a browser."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from demo.counterpart.letter import Mail

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #ddd}"
    "@media(prefers-color-scheme:dark){body{background:#14171a;color:#e8eaed}a{color:#8ab4f8}td,th{border-color:#333}}"
)


def write_pages(directory: Path, mails: list[Mail]) -> Path:
    """Write all mails into `directory` and return the index page."""
    directory.mkdir(parents=True, exist_ok=True)
    rows = []
    for mail in mails:
        name = f"{mail.n:04d}-{re.sub('[^a-z0-9]+', '-', mail.to.split('@')[0].lower())}.html"
        directory.joinpath(name).write_text(mail.html, encoding="utf-8")
        text = directory / name.replace(".html", ".txt")
        text.write_text(mail.text, encoding="utf-8")
        rows.append(
            f"<tr><td>{mail.n}</td><td>{escape(mail.to)}</td><td><a href='{name}'>{escape(mail.subject)}</a></td>"
            f"<td><a href='{text.name}'>text</a></td><td>{escape(mail.state)}</td></tr>"
        )
    index = directory / "index.html"
    index.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Mails of the demo</title><style>{_STYLE}</style><h1>{len(mails)} mails</h1>"
        "<table><thead><tr><th>No.<th>To<th>Subject<th>Text<th>State</thead><tbody>"
        + "".join(rows)
        + "</table></html>",
        encoding="utf-8",
    )
    return index
