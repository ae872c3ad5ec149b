"""The wheel is built offline, installed beside the locked packages, and works from an empty directory."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import worker

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Installed:
    """A virtual environment that holds the wheel; the packages it needs are found in the one that runs the tests."""

    wheel: Path
    bin: Path

    def run(self, *command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SITREP_", "PYTHON"))}
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=cwd,
            env={**clean, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (place / "dist").glob("*.whl")
    venv.create(place / "venv", with_pip=False)
    python = place / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    (folder,) = (place / "venv" / "lib").glob("python*")
    (folder / "site-packages" / "locked.pth").write_text(sysconfig.get_path("purelib"))
    return Installed(wheel, python.parent)


def test_it_holds_the_package_and_what_travels_with_it_and_nothing_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"worker", f"sitrep-{worker.__version__}.dist-info"}
    for folder in ("templates", "schedules"):
        inside = {name.removeprefix(f"worker/data/{folder}/") for name in names if f"worker/data/{folder}/" in name}
        beside = {str(path.relative_to(ROOT / folder)) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert inside == {name for name in beside if "__pycache__" not in name}
    for needed in ("worker/migrations/env.py", "worker/cli/up/leash.py"):
        assert needed in names
    revisions = {path.name for path in (ROOT / "worker" / "migrations" / "versions").glob("*.py")}
    assert revisions <= {name.rsplit("/", 1)[1] for name in names if "/versions/" in name}
    assert f"sitrep-{worker.__version__}.dist-info/licenses/LICENSE" in names


def test_the_command_says_what_it_can_do(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("sitrep", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for command in ("up", "web", "worker", "beat", "migrate", "check", "sources", "articles", "topics", "explain"):
        assert f" {command} " in done.stdout
    assert worker.__version__ in installed.run("sitrep", "--version", cwd=tmp_path).stdout


def test_it_finds_its_templates_and_schedules_in_itself(installed: Installed, tmp_path: Path) -> None:
    show = "from worker.resources import shipped; print(shipped('templates')); print(shipped('schedules'))"
    done = installed.run("python", "-c", show, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.split():
        assert Path(line).is_relative_to(installed.bin.parent)
        assert any(Path(line).iterdir())


def test_it_migrates_a_new_database(installed: Installed, tmp_path: Path) -> None:
    state = {"SITREP_STATE_DIR": str(tmp_path / "var")}
    for _ in range(2):
        done = installed.run("sitrep", "migrate", cwd=tmp_path, **state)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "var" / "sitrep.sqlite").exists()


def test_a_wrong_setting_is_a_sentence_and_no_traceback(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("sitrep", "migrate", cwd=tmp_path, SITREP_BATCH_SIZE="many")
    assert done.returncode == 1
    assert "SITREP_BATCH_SIZE" in done.stderr
    assert "Traceback" not in done.stderr
