"""Reads the article that a command was pointed at: a file, a page on the web, or a stored article."""

from __future__ import annotations

import json
from pathlib import Path

from worker.cli.reading import usable_services
from worker.errors import InvalidInput
from worker.match.evaluation import article_of, read_json_lines
from worker.match.text import ArticleText

Named = tuple[str, ArticleText]

_PAGES = (".html", ".htm", ".xhtml")


def read_article(given: str) -> list[Named]:
    """(name, article) of what `given` names; several for a file of JSON lines. InvalidInput says what is wrong."""
    if given.startswith(("http://", "https://")):
        return [_from_web(given)]
    path = Path(given)
    if given.isdecimal() and not path.exists():
        return [_stored(int(given))]
    if path.suffix.lower() == ".jsonl":
        return [_named(article_of(content, f"{path}:{number}"), given) for number, content in read_json_lines(path)]
    data = _bytes(path)
    if path.suffix.lower() == ".json":
        return _from_json(data, path)
    if path.suffix.lower() in _PAGES or data.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        return [_from_page(data, str(path), url=None)]
    return [_from_text(data, path)]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        hint = "" if path.exists() else "; give a file, a URL with http:// or https://, or a stored article's id"
        raise InvalidInput(f"{path} cannot be read: {error.strerror}{hint}") from error


def _from_json(data: bytes, path: Path) -> list[Named]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is no JSON: {error}") from error
    articles = content if isinstance(content, list) else [content]
    if not all(isinstance(article, dict) for article in articles):
        raise InvalidInput(f"{path}: expected a JSON object with title and body, or a list of them")
    return [_named(article_of(article, str(path)), str(path)) for article in articles]


def _from_text(data: bytes, path: Path) -> Named:
    """Plain text: the first line that is not empty is the title."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text; give html, txt, json or jsonl") from error
    title, _, body = text.strip().partition("\n")
    if not title:
        raise InvalidInput(f"{path} is empty")
    return _named(ArticleText(title.strip(), body=body.strip()), str(path))


def _from_web(url: str) -> Named:
    from worker.services import fetch_page

    return _from_page(fetch_page(url), url, url=url)


def _from_page(data: bytes, name: str, *, url: str | None) -> Named:
    from worker.services import extract_page

    page = extract_page(data, url)
    language = page.language[:2].lower() if page.language else None
    return _named(ArticleText(page.title, body=page.text, language=language), name)


def _stored(article_id: int) -> Named:
    from worker.match.judging import stored_article_text

    services = usable_services()
    with services.session(read_only=True) as session:
        return _named(stored_article_text(session, article_id), f"article {article_id}")


def _named(article: ArticleText, name: str) -> Named:
    return article.title or name, article
