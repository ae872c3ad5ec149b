"""The mails in a real Chromium: nothing to scroll sideways, nothing that axe finds, in light and dark."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from tests.compose.render.hostile import every_piece
from tests.compose.render.look import CHROMIUM, sample_mails
from worker.compose.render import EmailTemplates, render_digest
from worker.compose.render.samples import sample_digest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM} (or set CHROMIUM)"),
]


def reports_on(pages: dict[str, str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.compose.render.look"],
        input=json.dumps(pages),
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(found) == 4 * len(pages)
    return found


@pytest.fixture(scope="module")
def ordinary() -> list[dict[str, Any]]:
    return reports_on(sample_mails())


def test_axe_finds_nothing_in_light_and_dark_narrow_and_wide(ordinary: list[dict[str, Any]]) -> None:
    assert [report for report in ordinary if report["violations"]] == []


def test_nothing_scrolls_sideways_at_320_pixels(ordinary: list[dict[str, Any]]) -> None:
    assert [report for report in ordinary if report["sideways"]] == []


def test_hostile_articles_change_none_of_that(templates: EmailTemplates) -> None:
    pages = {
        "hostile": render_digest(templates, replace(sample_digest(), articles=tuple(every_piece()))).html,
        "long-word-alert": render_digest(
            templates, replace(sample_digest(frequency="instant"), articles=tuple(every_piece()[18:19]))
        ).html,
    }
    assert [r for r in reports_on(pages) if r["violations"] or r["sideways"]] == []
