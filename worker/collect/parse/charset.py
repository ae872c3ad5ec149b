"""Bytes to text, whatever the server and the document claim about their encoding."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<" looks in encodings of two and four bytes (XML 1.0, appendix F).
_WIDE = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
# Labels are read as browsers read them (WHATWG Encoding Standard): the superset that is really in use.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_STATEFUL = frozenset({"iso2022_jp", "iso2022_kr", "hz"})  # pure ASCII bytes that are not ASCII text
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]+)""", re.IGNORECASE)
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HIGH = re.compile(rb"[\x80-\xff]")
_FOREIGN_SHARE = 0.15
"""With more bytes above ASCII than this the text is not in a western script, and guessing from bytes works."""


def decode(data: bytes, content_type: str = "") -> tuple[str, str | None]:
    """The text, and what was wrong with its bytes, if anything was.

    A byte order mark wins; then UTF-8 wherever the bytes are valid UTF-8, whatever any label says (other
    encodings practically never are); then the labels of server and document; then a guess.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _read(data[len(mark) :], encoding)
    for start, encoding in _WIDE:
        if data.lstrip(b"\r\n\t ").startswith(start):
            return _read(data, encoding)
    labels = _labels(content_type, data)
    for label in labels:
        if label in _STATEFUL:
            return _read(data, label)
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        if _truncated_utf8(data, error):
            return data[: error.start].decode("utf-8"), "the document ends inside a character"
    for label in labels:
        if label == "utf-8":
            continue
        try:
            return data.decode(label), None
        except (UnicodeDecodeError, LookupError):
            continue
    return _guess(data, labels)


def _truncated_utf8(data: bytes, error: UnicodeDecodeError) -> bool:
    return error.start >= len(data) - 3 and error.reason == "unexpected end of data"


def _read(data: bytes, encoding: str) -> tuple[str, str | None]:
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), _replaced(encoding)


def _replaced(encoding: str) -> str:
    return f"bytes that are not {encoding} were replaced"


def _labels(content_type: str, data: bytes) -> list[str]:
    named = [found.group(1) for found in (_IN_HEADER.search(content_type),) if found]
    head = data[:2048]
    named += [found.group(1).decode("ascii") for found in (_DECLARED.search(head), _META.search(head)) if found]
    return [python for label in named if (python := _python_name(label))]


def _python_name(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(name, name)


def _guess(data: bytes, labels: list[str]) -> tuple[str, str]:
    """Bytes that no label explains: mostly UTF-8 with a flaw, western, or a script to be detected."""
    high = _HIGH.findall(data)
    damaged = data.decode("utf-8", "replace")
    flaws = damaged.count("�")
    if flaws * 20 < len(high) or ("utf-8" in labels and flaws * 2 < len(high)):
        return damaged, _replaced("utf-8")
    if len(high) > _FOREIGN_SHARE * len(data):
        from worker.collect.extract.engine import likely_encodings  # loads slowly and is seldom needed

        for name in likely_encodings(data):
            try:
                return data.decode(name), f"the encoding was guessed: {name}"
            except (UnicodeDecodeError, LookupError):
                continue
    return data.decode("cp1252", "replace"), "the encoding was guessed: windows-1252"
