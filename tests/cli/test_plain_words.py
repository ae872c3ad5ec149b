"""What commands say is for somebody who does not know the code: zones at times, and what to do."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from tests.cli.installation import Installation
from worker.cli import app

PAGE = """<html lang="en"><title>Harbour opens</title>
<meta property="article:published_time" content="2026-03-01T08:00:00+00:00">
<article><h1>Harbour opens</h1><p>The harbour opened on Sunday, and ships came in from all over the world.</p>
<p>Its master said that the new quay had taken four years to build.</p></article></html>"""


def test_the_time_of_an_extracted_page_has_its_zone(installed: Installation, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    assert "2026-03-01 08:00 UTC · en" in _said(installed, "articles", "extract", str(page))


def test_a_search_for_which_there_is_no_newsletter_is_refused_with_what_there_is(installed: Installation) -> None:
    code, told = installed.sitrep("searches", "add", "bo@example.org", "quay", "--frequency", "weekly")
    assert (code, told) == (
        2,
        "No newsletter in force is weekly (schedules/newsletters); none is: `sitrep check` tells why",
    )


def test_the_hour_and_zone_of_somebody_are_named(installed: Installation) -> None:
    assert "; digests at 8:00, zone UTC\n" in _said(installed, "explain", "bo@example.org")


def _said(installed: Installation, *arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), env=installed.environment)
    assert result.exit_code == 0, result.output
    return result.stdout
