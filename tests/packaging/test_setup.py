"""tools/setup.sh where things are not as it would like: each ends with a sentence that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("bash", "env", "dirname", "cat", "cksum", "tee", "grep", "tail", "awk", "rm", "sh")
BROKEN_SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
WITHOUT_VENV = f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n'
REAL = f'#!/bin/sh\nexec {sys.executable} "$@"\n'


class Machine:
    """A checkout, and a PATH that holds a few tools and the Pythons that a test puts there."""

    def __init__(self, place: Path) -> None:
        self.checkout = place / "checkout"
        shutil.copytree(ROOT / "requirements", self.checkout / "requirements")
        (self.checkout / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "setup.sh", self.checkout / "tools")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        self.bin = place / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self.bin / tool).symlink_to(found)

    def has(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.write_text(script)
        path.chmod(0o755)
        return path

    def set_up(self, kind: str = "run", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "tools" / "setup.sh"), kind],
            env={"PATH": str(self.bin), "PIP_NO_INDEX": "1", "HOME": os.environ.get("HOME", "/"), **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_any_usable_python_it_says_what_to_install(machine: Machine) -> None:
    machine.has("python3.12", BROKEN_SHIM)
    machine.has("python3", BROKEN_SHIM)
    done = machine.set_up()
    assert done.returncode != 0
    assert "No Python 3.11 to 3.13 found" in done.stderr
    assert "apt install python3" in done.stderr


@pytest.mark.parametrize(
    ("script", "named"), [("#!/bin/sh\necho 3.9.2\nexit 1\n", "3.9.2"), (BROKEN_SHIM, "none that")]
)
def test_a_named_python_that_cannot_be_used_is_not_replaced_by_another(
    machine: Machine, script: str, named: str
) -> None:
    machine.has("python3.12", REAL)
    done = machine.set_up(PYTHON=str(machine.has("chosen", script)))
    assert done.returncode != 0
    assert f"chosen is {named}" in done.stderr
    assert not (machine.checkout / ".venv").exists()


def test_a_python_without_venv_is_named_with_the_package_that_brings_it(machine: Machine) -> None:
    machine.has("python3", WITHOUT_VENV)
    done = machine.set_up()
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr


def test_a_shim_that_fails_is_passed_over_and_a_failed_install_leaves_it_to_do_again(machine: Machine) -> None:
    machine.has("python3.12", BROKEN_SHIM)
    machine.has("python3", REAL)
    done = machine.set_up()
    assert "Setting up .venv with Python 3.1" in done.stdout
    assert done.returncode != 0
    assert "Installing failed; all that was said is in .venv/setup.log" in done.stderr
    assert not list((machine.checkout / ".venv").glob(".ready-*"))


def test_an_unknown_kind_is_refused(machine: Machine) -> None:
    done = machine.set_up("everything")
    assert done.returncode != 0
    assert "say run or dev" in done.stderr
