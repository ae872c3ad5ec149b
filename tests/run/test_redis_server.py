from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from redis import Redis

from tests.run.terminal import eventually, terminal
from worker.cli.up.processes import Child
from worker.cli.up.redis_server import RedisServer, answers, find_redis_server
from worker.errors import UnusableBroker
from worker.settings import Settings


@contextmanager
def running(server: RedisServer) -> Iterator[Child]:
    said: list[str] = []
    child = server.start(said.append, lambda _: None)
    try:
        yield child
    finally:
        child.kill()
        child.ended_within(5)


def server_for(settings: Settings) -> RedisServer:
    return RedisServer(socket=settings.redis_socket, directory=settings.state_dir / "redis")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "var")


def test_it_answers_on_its_socket_and_on_no_port(settings: Settings) -> None:
    with running(server_for(settings)) as child, Redis.from_url(settings.effective_redis_url) as redis:
        assert redis.ping()
        assert not [each for each in psutil.Process(child.pid).net_connections("inet") if each.status == "LISTEN"]
        assert redis.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert redis.config_get("appendonly")["appendonly"] == "yes"
        assert settings.redis_socket.stat().st_mode & 0o077 == 0


def test_what_it_took_is_there_again_after_kill_9(settings: Settings) -> None:
    server = server_for(settings)
    with running(server) as child, Redis.from_url(settings.effective_redis_url) as redis:
        redis.rpush("digest", "one", "two")
        child.kill()
        assert child.ended_within(5)
    with running(server), Redis.from_url(settings.effective_redis_url) as redis:
        assert redis.lrange("digest", 0, -1) == [b"one", b"two"]


def test_a_half_written_last_command_does_not_keep_it_from_starting(settings: Settings) -> None:
    server = server_for(settings)
    with running(server), Redis.from_url(settings.effective_redis_url) as redis:
        redis.rpush("digest", "one")
    written = settings.state_dir / "redis" / "appendonly.aof"
    written.write_bytes(written.read_bytes() + b"*3\r\n$5\r\nRPU")
    with running(server), Redis.from_url(settings.effective_redis_url) as redis:
        assert redis.lrange("digest", 0, -1) == [b"one"]


def test_a_spoilt_file_is_named_with_what_to_do(settings: Settings) -> None:
    (settings.state_dir / "redis").mkdir(parents=True)
    (settings.state_dir / "redis" / "appendonly.aof").write_bytes(b"nonsense\r\n" * 10)
    with pytest.raises(UnusableBroker, match="may be deleted"):
        server_for(settings).start(lambda _: None, lambda _: None)


def test_a_second_server_on_the_same_place_is_refused(settings: Settings) -> None:
    with running(server_for(settings)), pytest.raises(UnusableBroker, match="stop it first"):
        server_for(settings).start(lambda _: None, lambda _: None)


def test_a_state_directory_too_deep_for_a_socket_gets_one_elsewhere_that_only_we_can_enter(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / ("deep" * 30) / "var")
    assert not settings.redis_socket.is_relative_to(settings.state_dir)
    with running(server_for(settings)), Redis.from_url(settings.effective_redis_url) as redis:
        assert redis.ping()
        assert settings.redis_socket.parent.stat().st_mode & 0o077 == 0
    settings.redis_socket.unlink(missing_ok=True)
    settings.redis_socket.parent.rmdir()


@pytest.mark.parametrize("name", ["a b", "50%20", "what?", "no#1", "Zürich"])
def test_any_directory_name_works_for_redis_and_for_celery(tmp_path: Path, name: str) -> None:
    from kombu import Connection

    settings = Settings(state_dir=tmp_path / name)
    with running(server_for(settings)), Redis.from_url(settings.effective_redis_url) as redis:
        assert redis.ping()
        with Connection(settings.broker_url) as broker:
            broker.SimpleQueue("digest").put("article")
        assert redis.llen("digest") == 1


@pytest.mark.parametrize(
    ("given", "broker"),
    [
        ("redis://:word@host:6379/3", "redis://:word@host:6379/3"),
        ("rediss://host/0", "rediss://host/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
    ],
)
def test_celery_is_told_the_same_redis_in_its_own_spelling(given: str, broker: str) -> None:
    assert Settings(redis_url=given).broker_url == broker


def test_without_the_bundle_the_one_on_the_path_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis_server(bundle="no_such_bundle") == own


def test_without_any_a_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnusableBroker, match="apt install redis-server"):
        find_redis_server(bundle="no_such_bundle")


UP = """
import sys
from worker.settings import Settings
from worker.cli.up.console import Console
from worker.cli.up.redis_server import RedisServer
from worker.cli.up.supervisor import Program, Supervisor
settings = Settings(state_dir=sys.argv[1])
server = RedisServer(socket=settings.redis_socket, directory=settings.state_dir / "redis")
sys.exit(Supervisor([Program("redis", server.start, 1, grace=5)], say=Console().say).run())
"""


def test_killed_under_the_supervisor_it_is_back_with_all_it_held(settings: Settings) -> None:
    with terminal(["-c", UP, str(settings.state_dir)]) as up:
        eventually(lambda: answers(settings.redis_socket), "Redis answers")
        (server,) = [child for child in up.children() if "redis-server" in child.name()]
        with Redis.from_url(settings.effective_redis_url) as redis:
            redis.rpush("digest", "one")
            server.kill()
            up.says("redis runs again")
            assert redis.lrange("digest", 0, -1) == [b"one"]
        up.send(signal.SIGTERM)
        assert up.code() == 0
        assert not settings.redis_socket.exists()


def test_nobody_answers_where_no_server_is(tmp_path: Path) -> None:
    assert not answers(tmp_path / "redis.sock")
