"""The outside world for captured material: documents by path, served on loopback as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path

from demo.newsroom.loopback import Answer, Loopback, Request, Response

Document = tuple[bytes, str]


@contextmanager
def serving(documents: Mapping[str, Document]) -> Iterator[str]:
    """The address of a site with these documents (path to body and media type); 404 for all else."""

    def answer(request: Request) -> Answer:
        body, content_type = documents.get(request.path, (b"nothing here", ""))
        return Response(200 if content_type else 404, body, content_type or "text/plain")

    server = Loopback(answer)
    try:
        yield server.url
    finally:
        server.close()


def write_sources(schedules: Path, urls: Mapping[str, str], *, full_text: str = "auto") -> None:
    """Sources by name, whose first poll is sent too."""
    schedules.mkdir(parents=True, exist_ok=True)
    tables = [
        f'[[source]]\nname = "{name}"\nurl = "{url}"\nfull_text = "{full_text}"\n'
        "allow_private = true\nrelease_baseline = true\n"
        for name, url in urls.items()
    ]
    schedules.joinpath("sources.toml").write_text("\n".join(tables), encoding="utf-8")


def excerpt_feed(site: str, *, path: str, title: str, excerpt: str, published: str) -> bytes:
    """A feed of one item whose text ends where WordPress cuts excerpts."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Defence Spot</title><link>{site}/</link><description>Updates</description>
<item><title>{escape(title)}</title><link>{site}{path}</link><guid isPermaLink="false">{site}/?p=4242</guid>
<dc:creator>admin</dc:creator><pubDate>{published}</pubDate>
<description>&lt;p&gt;{escape(excerpt)} [&amp;#8230;]&lt;/p&gt;</description></item>
</channel></rss>""".encode()
