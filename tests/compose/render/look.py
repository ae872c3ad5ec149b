"""Opens mails in a real Chromium, light and dark, narrow and wide; reports what is wrong and can keep pictures.

    python -m tests.compose.render.look SHOTS     every mail of the samples, pictures into the directory SHOTS

Run as a process of its own: Playwright's loop stands one browser at a time in a process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, sync_playwright

from worker.compose.render import NOTICES, EmailTemplates, render_digest, render_notice, render_web_view
from worker.compose.render.samples import bare_digest, sample_digest, sample_notice
from worker.resources import shipped

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="675"><rect width="1200" height="675" fill="#b7c8d3"/>'
    '<path d="M0 520 300 330 520 480 800 250 1200 520V675H0Z" fill="#5b7383"/></svg>'
)


def sample_mails() -> dict[str, str]:
    """The HTML of every kind of mail by name."""
    templates = EmailTemplates(shipped("templates") / "email")
    digests = {
        "digest": sample_digest(8),
        "digest-long": sample_digest(40),
        "digest-bare": bare_digest(),
        "digest-german": sample_digest(3, language="de"),
        "alert": sample_digest(1, frequency="instant"),
        "alerts": sample_digest(3, frequency="instant"),
    }
    pages = {name: render_digest(templates, given).html for name, given in digests.items()}
    pages["web-view"] = render_web_view(templates, sample_digest(8))
    return pages | {kind: render_notice(templates, kind, sample_notice()).html for kind in NOTICES}


def look(pages: dict[str, str], shots: Path | None = None) -> Iterator[dict[str, Any]]:
    """One report for each page, colour scheme and width: axe's violations, how far it scrolls sideways."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme in ("light", "dark"):
            for width in (320, 600):
                context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
                page = context.new_page()
                page.route("**/*", _answer)
                for name, html in pages.items():
                    page.set_content(html)
                    if shots:
                        page.screenshot(path=shots / f"{name}-{scheme}-{width}.png", full_page=True)
                    yield {"name": name, "scheme": scheme, "width": width, **_faults(page)}
                context.close()
        browser.close()


def _answer(route: Route) -> None:
    """Nothing leaves the machine: pictures are drawn here, one of them is always missing."""
    if route.request.resource_type == "image" and not route.request.url.endswith("2.jpg"):
        route.fulfill(body=PICTURE, content_type="image/svg+xml")
    else:
        route.abort()


def _faults(page: Page) -> dict[str, Any]:
    found = Axe().run(page)
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return {
        "violations": [
            f"{fault['id']}: {node['target']}" for fault in found.response["violations"] for node in fault["nodes"]
        ],
        "sideways": max(0, sideways),
    }


def main() -> None:
    """With a directory: the samples, pictures into it. Without: pages as JSON on standard input, reports out."""
    if len(sys.argv) > 1:
        shots = Path(sys.argv[1])
        shots.mkdir(parents=True, exist_ok=True)
        reports = list(look(sample_mails(), shots))
        print(f"{len(reports)} pictures in {shots}")
        for report in reports:
            if report["violations"] or report["sideways"]:
                print(report)
    else:
        json.dump(list(look(json.load(sys.stdin))), sys.stdout)


if __name__ == "__main__":
    main()
