"""The documents agree with the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import worker
from tools.settings_page import PAGE, page
from worker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert worker.__version__ == project
    assert f"## [{project}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f"${{SITREP_VERSION:-{project}}}" in (ROOT / "docker-compose.yml").read_text()


def test_the_page_of_settings_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"


def test_the_page_of_settings_has_each_setting_once() -> None:
    listed = re.findall(r"^\| `SITREP_(\w+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert listed == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_no_page_names_a_setting_that_does_not_exist(path: Path) -> None:
    known = {f"SITREP_{name.upper()}" for name in Settings.model_fields}
    known |= set(re.findall(r"\bSITREP_[A-Z_]+", (ROOT / "docker-compose.yml").read_text()))
    for folder in ("tests", "benchmarks", "demo"):  # these have some of their own
        for source in (ROOT / folder).rglob("*.py"):
            known |= set(re.findall(r"environ\S*\(?\[?\"(SITREP_[A-Z_]+)", source.read_text(encoding="utf-8")))
    named = set(re.findall(r"\bSITREP_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    assert named - known == set()


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_no_page_links_to_what_is_not_there(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_no_page_names_a_make_target_that_does_not_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert named - targets == set()
