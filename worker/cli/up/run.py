"""`sitrep up`: everything in one terminal."""

from __future__ import annotations

import socket
import threading
import time

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url

from worker.cli.up.commands import beat_command, web_command, worker_command
from worker.cli.up.console import Console
from worker.cli.up.lock import only_one
from worker.cli.up.redis_server import RedisServer
from worker.cli.up.supervisor import Program, Supervisor, command
from worker.clock import make_clock
from worker.database import make_engine
from worker.errors import SettingsError, UnusableBroker
from worker.migrations import current, migrate
from worker.settings import Settings


def run_up(settings: Settings, *, console: Console | None = None) -> int:
    """Migrate, then run Redis (unless SITREP_REDIS_URL names one), worker, beat and web until told to stop.

    Returns the exit code: 0 stopped as asked, 1 a process could not run or had to be killed. Raises SitrepError
    where nothing could be started: another one runs here, no Redis, an unusable database, a port that is taken.
    """
    console = console or Console()
    with only_one(settings.state_dir):
        require_usable(settings)
        refuse_a_taken_port(settings.web_host, settings.web_port)
        if revision := migrate_database(settings):
            console.say("sitrep", f"tables brought to revision {revision}")
        if settings.redis_url:
            require_redis(settings.effective_redis_url)
        for line in where_things_are(settings):
            console.say("sitrep", line)
        announce_when_ready(settings, console)
        return Supervisor(programs(settings), say=console.say).run()


def programs(settings: Settings) -> list[Program]:
    """The children in the order of their start. They end in another: first what brings new work, then what does it,
    then Redis."""
    children = [
        Program("worker", command(worker_command(log_level=settings.log_level)), stop_order=2, grace=30),
        Program("beat", command(beat_command(log_level=settings.log_level)), stop_order=1, grace=5),
        Program("web", command(web_command()), stop_order=1, grace=10),
    ]
    if settings.redis_url:
        return children
    server = RedisServer(socket=settings.redis_socket, directory=settings.state_dir.resolve() / "redis")
    return [Program("redis", server.start, stop_order=3, grace=10), *children]


def require_usable(settings: Settings) -> None:
    """Raise for what every child would stumble over, once and before they start."""
    assert settings.signing_secret
    make_clock(settings.clock).now()


def migrate_database(settings: Settings) -> str | None:
    """Bring the tables to this version; the revision, if there was anything to do."""
    engine = make_engine(settings.effective_database_url)
    try:
        before = current(engine)
        migrate(engine)
        after = current(engine)
        return after if after != before else None
    finally:
        engine.dispose()


def require_redis(url: str) -> None:
    """UnusableBroker unless the Redis at `url` answers."""
    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except ValueError as error:
        raise SettingsError(f"SITREP_REDIS_URL cannot be used: {error}") from error
    except (RedisError, OSError) as error:
        raise UnusableBroker(
            f"The Redis that SITREP_REDIS_URL names does not answer ({error}): start it, "
            "or unset SITREP_REDIS_URL to use the bundled one"
        ) from error


def refuse_a_taken_port(host: str, port: int) -> None:
    """SettingsError if the web process could not listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"The web process cannot listen on {host} port {port} ({error.strerror}): "
                f"set SITREP_WEB_PORT to a free one, and SITREP_BASE_URL with it"
            ) from error


def where_things_are(settings: Settings) -> list[str]:
    """What somebody who just started it wants to know."""
    lines = [
        f"signup form  {settings.base_url}",
        f"database     {make_url(settings.effective_database_url).render_as_string(hide_password=True)}",
        f"redis        {_shown(settings.effective_redis_url) if settings.redis_url else settings.redis_socket}",
        f"mail         {_where_mail_goes(settings)}",
    ]
    if settings.clock != "system":
        lines.append(f"clock        {settings.clock}")
    return [*lines, "Ctrl-C stops everything"]


def _where_mail_goes(settings: Settings) -> str:
    if settings.mailer == "maildir":
        return f"{settings.effective_maildir.resolve()} (SITREP_MAILER=maildir: nothing leaves this machine)"
    return f"leaves by {settings.mailer}"


def _shown(url: str) -> str:
    """A Redis URL without its password."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://***@{after}" if at else url


def announce_when_ready(settings: Settings, console: Console) -> None:
    """Say so, from the background, once the web process accepts connections."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.web_host, settings.web_host)  # noqa: S104 - not bound

    def wait() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                socket.create_connection((host, settings.web_port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                console.say("sitrep", f"ready: {settings.base_url}")
                return

    threading.Thread(target=wait, daemon=True).start()
