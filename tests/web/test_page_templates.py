"""The pages' templates as operators may leave them: each fault is named, with file and line."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from worker.resources import shipped
from worker.services.pages import page_faults
from worker.services.pages.samples import page_samples

PAGES = shipped("templates") / "web"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PAGES, tmp_path / "web"))


def test_the_shipped_pages_have_no_fault() -> None:
    assert page_faults(PAGES) == []


def test_every_page_that_is_shown_has_a_sample(now: datetime) -> None:
    modules = (Path(__file__).parents[2] / "worker" / "web").rglob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    shown = set(re.findall(r'"(\w+\.html)"', code))
    assert shown == {name for name, _ in page_samples(now)}


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("signup.html", "{% endblock %}", "{% endblok %}", "signup.html:3: "),
        ("signup.html", "{{ wording }}", "{{ words }}", "'words' is undefined"),
        ("fields.html", "faults[name]", "faults[title]", "fields.html:5: "),
        ("left.html", "summary.held", "summary.hold", "left.html:10: "),
        ("confirm.html", "summary.html", "overview.html", "confirm.html: uses overview.html, which is not there"),
        ("preferences.html", "long_date", "longest_date", "preferences.html:12: No filter named 'longest_date'"),
        ("base.html", "icon.svg", "favicon.svg", "there is no static/favicon.svg"),
        ("outbox.html", "page - 1", "page - mails", "outbox.html:"),
    ],
)
def test_a_mistake_is_named_with_its_file(pages: Path, file: str, old: str, new: str, told: str) -> None:
    path = pages / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    faults = page_faults(pages)
    assert any(told in fault for fault in faults), faults
    assert all(fault.startswith(str(pages)) for fault in faults)


def test_files_that_are_missing_or_unreadable_are_named(pages: Path) -> None:
    (pages / "left.html").unlink()
    (pages / "confirm.html").write_bytes(b"\xff\xfe")
    missing, unreadable = page_faults(pages)
    assert missing.startswith(f"{pages / 'left.html'} is missing")
    assert unreadable.startswith(f"{pages / 'confirm.html'}: cannot be read")
    shutil.rmtree(pages / "static")
    (only,) = page_faults(pages)
    assert "holds no pages" in only


def test_every_mistake_is_told_at_once_and_once(pages: Path) -> None:
    for name in ("left.html", "undone.html"):
        (pages / name).write_text("{{ nobody }}")
    assert page_faults(pages) == [f"{pages / name}:1: 'nobody' is undefined" for name in ("left.html", "undone.html")]
