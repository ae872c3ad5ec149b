"""What is committed: nothing of a machine, nothing secret, nothing that only works here."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

REGISTRIES = re.compile(r"pypi[.]org|pythonhosted[.]org|npmjs[.](com|org)|deb[.]debian[.]org|ghcr[.]io|docker[.]io")
MACHINE_PATHS = re.compile(r"(?<![\w.:/-])/(work|farm|root|home|Users)/[A-Za-z]")
SECRETS = re.compile(r"SG\.[\w-]{16,}\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}")


@cache
def committed() -> tuple[tuple[str, str], ...]:
    """Each committed text file's name and content."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: there is no list of committed files")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    texts = []
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes()[:4096]:
            texts.append((name, path.read_text(encoding="utf-8", errors="replace")))
    return tuple(texts)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [(REGISTRIES, "a registry's host"), (MACHINE_PATHS, "a path of one machine"), (SECRETS, "a secret")],
    ids=["registries", "paths", "secrets"],
)
def test_no_committed_file_names(pattern: re.Pattern[str], what: str) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in committed()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found, f"{what} is committed:\n" + "\n".join(found)


def test_every_script_is_executable_and_stops_at_the_first_error() -> None:
    scripts = [ROOT / name for name, text in committed() if text.startswith("#!")]
    assert {ROOT / ".ci" / "run", ROOT / "tools" / "setup.sh"} <= set(scripts)
    for script in scripts:
        assert script.stat().st_mode & 0o111, f"{script.name} is not executable"
        assert "set -euo pipefail" in script.read_text(), script.name


def test_the_gate_runs_the_checks_and_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines.index("make check") < lines.index("make test")
