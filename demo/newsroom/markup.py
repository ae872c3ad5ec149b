"""From an article's text as its author wrote it to typeset paragraphs, HTML and an excerpt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Literal

EXCERPT_WORDS = 55


@dataclass(frozen=True)
class Block:
    """One block of a text: its kind and its typeset words (a list's items separated by newlines)."""

    kind: Literal["paragraph", "heading", "quote", "list"]
    text: str


def typeset(text: str) -> str:
    """Straight quotes, double hyphens and three dots become what a printer would set."""
    text = re.sub(r"(^|[\s(\[\u2013\u2014])\"", "\\1\u201c", text).replace('"', "\u201d")
    text = re.sub(r"(^|[\s(\[\u2013\u2014\u201c])'", "\\1\u2018", text).replace("'", "\u2019")
    return text.replace(" -- ", " \u2013 ").replace("...", "\u2026")


@lru_cache(maxsize=256)
def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks, which empty lines separate; `## ` heads a section, `> ` quotes, `- ` lists."""
    return tuple(_block(part.strip()) for part in re.split(r"\n\s*\n", text.strip()) if part.strip())


def _block(part: str) -> Block:
    lines = [line.strip() for line in part.splitlines()]
    if part.startswith("## "):
        return Block("heading", typeset(part[3:]))
    if part.startswith("> "):
        return Block("quote", typeset(" ".join(line.removeprefix("> ") for line in lines)))
    if part.startswith("- "):
        items = re.split(r"\n- ", "\n" + "\n".join(lines))[1:]
        return Block("list", "\n".join(typeset(item.replace("\n", " ")) for item in items))
    return Block("paragraph", typeset(" ".join(lines)))


def to_html(blocks: tuple[Block, ...]) -> str:
    """The blocks as a block editor stores them."""
    return "\n\n".join(_html(block) for block in blocks)


def _html(block: Block) -> str:
    text = escape(block.text, quote=False)
    match block.kind:
        case "heading":
            return f'<h2 class="wp-block-heading">{text}</h2>'
        case "quote":
            return f'<blockquote class="wp-block-quote"><p>{text}</p></blockquote>'
        case "list":
            items = "".join(f"<li>{item}</li>" for item in text.split("\n"))
            return f'<ul class="wp-block-list">{items}</ul>'
        case _:
            return f"<p>{text}</p>"


def words_of(blocks: tuple[Block, ...]) -> list[str]:
    return " ".join(block.text for block in blocks).split()


def excerpt_of(blocks: tuple[Block, ...]) -> str:
    """The first words of the running text, ending in the bracketed ellipsis that says there is more."""
    words = words_of(tuple(block for block in blocks if block.kind == "paragraph"))
    return " ".join(words) if len(words) <= EXCERPT_WORDS else " ".join(words[:EXCERPT_WORDS]) + " […]"


def ascii_entities(html: str) -> str:
    """Everything beyond ASCII as a numeric reference, as WordPress writes its feeds."""
    return html.encode("ascii", "xmlcharrefreplace").decode()
