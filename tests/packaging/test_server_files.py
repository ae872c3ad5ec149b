"""docker-compose.yml and Dockerfile, as far as they can be judged without an engine."""

from __future__ import annotations

import fnmatch
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from worker.cli import app
from worker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
DOCKERFILE = (ROOT / "Dockerfile").read_text()

SERVICE_KEYS = {
    *("build", "image", "command", "init", "restart", "depends_on", "environment", "env_file", "healthcheck"),
    *(
        "networks",
        "ports",
        "volumes",
        "tmpfs",
        "shm_size",
        "read_only",
        "cap_drop",
        "security_opt",
        "stop_grace_period",
    ),
}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+(us|ms|s|m|h))+\Z")


def test_only_keys_of_the_compose_specification_are_used() -> None:
    assert set(COMPOSE) <= {"name", "services", "networks", "volumes", "x-sitrep"}
    for name, service in SERVICES.items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service.get("healthcheck", {})) <= HEALTH_KEYS, name
        for duration in (service.get("stop_grace_period"), *_durations(service)):
            assert duration is None or DURATION.match(duration), f"{name}: {duration}"


def _durations(service: dict[str, Any]) -> list[str]:
    return [value for key, value in service.get("healthcheck", {}).items() if key not in ("test", "retries")]


def test_everything_referred_to_is_there() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume
        for other, wanted in service.get("depends_on", {}).items():
            assert wanted["condition"] in CONDITIONS
            assert wanted["condition"] != "service_healthy" or "healthcheck" in SERVICES[other], f"{name} -> {other}"
            if wanted["condition"] == "service_completed_successfully":
                assert SERVICES[other]["restart"] == "no"


def test_the_tables_are_migrated_once_before_anything_of_ours_runs() -> None:
    assert OURS == ["beat", "migrate", "web", "worker"]
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert SERVICES[name]["depends_on"]["redis"]["condition"] == "service_healthy"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_exists(name: str) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert SERVICES[name]["command"][0] in commands
    probe = SERVICES[name].get("healthcheck", {}).get("test", [])
    if "sitrep" in probe:
        assert probe[probe.index("sitrep") + 1] in commands


@pytest.mark.parametrize("name", OURS)
def test_ours_runs_without_rights_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_everything_that_stays_up_is_watched_and_comes_back(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert "healthcheck" in SERVICES[name]


def test_no_secret_has_a_default_and_each_missing_one_is_named() -> None:
    used = re.findall(r"\$\{(\w+)(:[?-])?([^}]*)\}", TEXT)
    for variable, operator, _ in used:
        if re.search("PASSWORD|SECRET|KEY|BASE_URL|MAILER", variable):
            assert operator == ":?", f"{variable} must be required"
        else:
            assert operator == ":-", variable
    assert {"POSTGRES_PASSWORD", "SITREP_SECRET"} <= {variable for variable, _, _ in used}
    assert not re.search(r"(PASSWORD|SECRET|KEY): (?!\$\{)", TEXT)


def test_only_settings_that_exist_are_set() -> None:
    known = {f"SITREP_{name.upper()}" for name in Settings.model_fields}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known
        assert all(isinstance(value, str) for value in SERVICES[name]["environment"].values())


def test_redis_keeps_what_it_took_and_drops_nothing() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert "redis:/data" in SERVICES["redis"]["volumes"]


def test_databases_are_reached_from_inside_only() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]


def instructions() -> list[tuple[str, str]]:
    lines = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line.strip() and line[0] != "#"]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_what_the_image_is_made_from_is_there_and_not_ignored() -> None:
    allowed = [
        line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists(), source
                assert any(fnmatch.fnmatch(source.split("/")[0], pattern) for pattern in allowed), source


def test_the_image_installs_only_locked_packages_and_runs_as_nobody_special() -> None:
    installs = [
        part for word, rest in instructions() if word == "RUN" for part in rest.split("&&") if "install -q" in part
    ]
    assert installs
    for install in installs:
        assert "--require-hashes" in install or "--no-deps --no-index" in install, install
    last_stage = instructions()[max(n for n, (word, _) in enumerate(instructions()) if word == "FROM") :]
    assert ("USER", "10001:10001") in last_stage
    assert ("ENTRYPOINT", '["sitrep"]') in last_stage
