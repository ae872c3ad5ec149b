"""Reads a finished mail as its recipient's programs do, and lists what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default

from selectolax.lexbor import LexborHTMLParser, LexborNode

from worker.compose.render import PersonalLinks, personal_parts, placeholders
from worker.message import Content, personal

LINKS = PersonalLinks(
    unsubscribe_url="https://mail.news.example/unsubscribe/" + "u" * 120,
    preferences_url="https://mail.news.example/preferences/" + "p" * 120,
    view_url="https://mail.news.example/view/" + "v" * 120,
    feedback_url="https://mail.news.example/feedback/" + "f" * 120,
)
LONGEST = PersonalLinks(*(f"https://mail.news.example/{letter * 473}" for letter in "upvf"))
FORBIDDEN = "script, iframe, object, embed, form, input, link, base, svg, video, audio"


def delivered(content: Content, key: str, links: PersonalLinks = LINKS) -> tuple[str, str]:
    """(html, text) as one person gets them."""
    substitutions, _ = personal_parts(placeholders(key), links)
    return personal(content.html, substitutions), personal(content.text, substitutions)


def hrefs(html: str) -> set[str]:
    page = LexborHTMLParser(html)
    return {link.attributes.get("href") or "" for link in page.css("a")}


def visible(html: str) -> str:
    """The words that a reader sees."""
    page = LexborHTMLParser(html)
    for hidden in page.css("style, title, .preheader"):
        hidden.decompose()
    return " ".join((page.body.text(separator=" ") if page.body else "").split())


def faults(html: str) -> list[str]:
    """What breaks a rule for every mail: structure, alternatives for pictures, nothing that runs."""
    return list(_faults(LexborHTMLParser(html), html))


def _faults(page: LexborHTMLParser, html: str) -> Iterator[str]:
    root = page.css_first("html")
    assert root is not None
    for name in ("lang", "dir"):
        if not root.attributes.get(name):
            yield f"html has no {name}"
    if not (page.css_first("title") or root).text(strip=True):
        yield "no title"
    levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4, h5, h6")]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} h1"
    if any(after > before + 1 for before, after in zip([0, *levels], levels, strict=False)):
        yield f"headings out of order: {levels}"
    yield from _faulty_pictures(page.css("img"))
    for table in page.css("table"):
        if table.attributes.get("role") != "presentation" and not table.css("th[scope]"):
            yield "a layout table without role=presentation"
    yield from (f"<{node.tag}>" for node in page.css(FORBIDDEN))
    yield from _faulty_attributes(page)
    for node in page.css("a"):
        if not node.text(strip=True) and not node.css("img[alt]"):
            yield f"a link without words: {node.attributes.get('href')}"
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", html):
        yield "a control character"


def _faulty_pictures(pictures: list[LexborNode]) -> Iterator[str]:
    for picture in pictures:
        if not picture.attributes.get("alt"):
            yield "a picture without alt"
        if not all((picture.attributes.get(side) or "").isdigit() for side in ("width", "height")):
            yield "a picture without a fixed size"


def _faulty_attributes(page: LexborHTMLParser) -> Iterator[str]:
    for node in page.css("*"):
        for name, value in node.attributes.items():
            if name.startswith("on"):
                yield f"{node.tag} {name}"
            if name in ("href", "src") and not re.match(r"https?://[^\s<>\"]+\Z", value or ""):
                yield f"{node.tag} {name}={value!r}"


def missing_in_text(html: str, text: str) -> set[str]:
    """Links of the HTML part that the text part does not have, each on a line or after a label."""
    there = {word for line in text.splitlines() for word in line.split()}
    return {href for href in hrefs(html) if href not in there}


def as_message(content: Content, html: str, text: str, headers: dict[str, str]) -> EmailMessage:
    """The mail after a journey through the wire format."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{content.sender.name} <{content.sender.address}>"
    message["To"] = "reader@example.com"
    message["Subject"] = content.subject
    for name, value in {**content.headers, **headers}.items():
        message[name] = value
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    parsed = BytesParser(policy=default).parsebytes(message.as_bytes())
    assert isinstance(parsed, EmailMessage)
    return parsed
