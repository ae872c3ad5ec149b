"""Mails from what captured feeds really hold, unsanitised: worse than collecting ever hands on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastfeedparser
import pytest

from tests.compose.render.reading import LONGEST, as_message, delivered, faults, missing_in_text
from worker.compose.render import CardArticle, EmailTemplates, render_digest, render_web_view
from worker.compose.render.fitting import LARGEST_HTML
from worker.compose.render.samples import sample_digest


@pytest.fixture(scope="module")
def feeds(shared_data: Path) -> dict[str, list[Any]]:
    base = shared_data / "collect"
    names = [json.loads(line)["file"] for line in (base / "index.jsonl").read_text().splitlines()]
    found = {}
    for name in names:
        if name.startswith(("feeds/", "malformed/")):
            try:
                found[name] = fastfeedparser.parse((base / name).read_bytes()).entries
            except ValueError:
                continue  # no feed at all: collecting never hands it on
    return {name: entries for name, entries in found.items() if entries}


def articles(entries: list[Any]) -> tuple[CardArticle, ...]:
    return tuple(
        CardArticle(
            id=number,
            revision=1,
            url=str(entry.get("link") or ""),
            title=str(entry.get("title") or ""),
            lead=str(entry.get("description") or ""),
            author=str(entry.get("author") or ""),
            source="Feed",
            image_url=next((str(media.get("url")) for media in entry.get("media_content") or []), None),
            topics=("Drones",) if number % 2 else (),
        )
        for number, entry in enumerate(entries, start=1)
    )


@pytest.mark.parametrize("frequency", ["instant", "weekly"])
def test_every_captured_feed_makes_a_whole_mail(
    templates: EmailTemplates, feeds: dict[str, list[Any]], frequency: str
) -> None:
    assert len(feeds) > 5
    for name, entries in feeds.items():
        given = replace(sample_digest(frequency=frequency), articles=articles(entries))
        content = render_digest(templates, given)
        html, text = delivered(content, given.placeholder_key, LONGEST)
        assert faults(html) == [], name
        assert missing_in_text(html, text) == set(), name
        assert len(html.encode()) <= LARGEST_HTML, name
        assert as_message(content, html, text, {})["Subject"].strip() == content.subject, name
        assert faults(render_web_view(templates, given)) == [], name
