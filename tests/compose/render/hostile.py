"""What feeds have been seen to hold, and worse; for tables and for hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from worker.compose.render import CardArticle

PIECES = (
    "<script>alert(1)</script>",
    "</td></tr></table>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# gone #}",
    "<!--% if x %-->",
    "<!--",
    "-->",
    "]]>",
    "%(num)s",
    "%s%n",
    "\r\nBcc: victim@example.com\r\n\r\n",
    "\u2028X-Evil: 1",
    "\x00\x07\x1b[31m",
    "\u202egnp.exe",
    "\u2066\u2066\u2066",
    "-unsubscribe-0123456789abcdef0123456789abcdef",
    "&amp; &lt;b&gt; &#x3c;",
    "שלום עולם",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇺🇦",
    "Z" + "\u0300\u0321" * 60,
    "x" * 500,
    "漢字" * 120,
    "word " * 100,
    "",
    " ",
)
LINKS = (
    "https://news.example/a?b=1&c=2#d",
    "http://news.example/",
    "https://münchen.example/straße?q=ü",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://news.example/\r\nX: y",
    'https://news.example/"onclick="x',
    "https://user:password@news.example/",
    "https://news.example/" + "a" * 3000,
    "https://news.example/" + "&" * 1900,
    "//news.example/a",
    "/relative",
    "https://",
    "https://[::1",
    "https://news.example:99999/",
    "mailto:someone@example.com",
    "",
)

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=5).map(" ".join)
links = st.one_of(st.sampled_from(LINKS), st.text(max_size=60))

articles = st.builds(
    CardArticle,
    id=st.integers(1, 10**12),
    revision=st.integers(1, 9),
    url=links,
    title=texts,
    lead=texts,
    author=texts,
    source=texts,
    published_at=st.none()
    | st.sampled_from([datetime(1990, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, tzinfo=UTC)]),
    image_url=st.none() | links,
    image_alt=texts,
    topics=st.lists(st.sampled_from(["Drones", "Belarus", "Arctic", "<b>&", "Ölfelder"]), max_size=5, unique=True).map(
        tuple
    ),
    also_reported_by=st.lists(st.tuples(texts, links), max_size=5).map(tuple),
    corrected=st.booleans(),
    language=st.none() | st.sampled_from(["en", "he", "ar", "de_DE", '"><script>', "x" * 99]),
)


def every_piece() -> list[CardArticle]:
    """One article for each hostile piece, in every place at once; the links take turns."""
    return [
        CardArticle(
            id=number,
            revision=1,
            url=LINKS[number % len(LINKS)],
            title=piece,
            lead=piece,
            author=piece,
            source=piece,
            image_url=LINKS[(number + 3) % len(LINKS)],
            image_alt=piece,
            topics=(piece,) if piece.strip() else (),
            also_reported_by=((piece, LINKS[(number + 5) % len(LINKS)]), ("Other", "https://other.example/x")),
            language=piece[:9],
        )
        for number, piece in enumerate(PIECES)
    ]
