"""Whether this installation can work: every fault found, each as a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from worker.audience.tokens import is_loopback
from worker.clock import make_clock
from worker.compose.render import TemplateError, check_templates
from worker.errors import SitrepError
from worker.migrations import current, expected
from worker.services.mailers import make_mailer
from worker.services.pages import page_faults
from worker.services.schedules import read_schedules
from worker.settings import Settings, unknown_settings
from worker.track.verify import load_key

_MISSING = ("42P01", "42703")
"""PostgreSQL's codes for a table and a column that are not there."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and in which part: settings, schedules, templates, database, redis, mailer."""

    part: str
    message: str


def faults(settings: Settings, engine: Engine) -> list[str]:
    """Why the running installation cannot work now: database, tables, broker."""
    return [fault.message for fault in (*database_faults(engine), *redis_faults(settings))]


def all_faults(
    settings: Settings, *, schedules: Path, templates: Path, make_engine: Callable[[], Engine]
) -> list[Fault]:
    """Everything `sitrep check` looks at."""
    found = [Fault("settings", message) for message in unknown_settings()]
    found += [*_setting_faults(settings), *_schedule_faults(schedules), *_template_faults(templates)]
    found += _database_faults(settings, make_engine, known=[fault.message for fault in found])
    found.extend(redis_faults(settings))
    return found


def _database_faults(settings: Settings, make_engine: Callable[[], Engine], *, known: list[str]) -> list[Fault]:
    if missing := missing_database(settings):
        return [Fault("database", missing)]
    try:
        engine = make_engine()
    except SitrepError as error:
        return [] if str(error) in known else [Fault("database", str(error))]
    found = database_faults(engine)
    engine.dispose()
    return found


def _setting_faults(settings: Settings) -> Iterator[Fault]:
    try:
        if settings.secret is not None or not missing_database(settings):  # else one would be made for nothing
            _ = settings.signing_secret
    except SitrepError as error:
        yield Fault("settings", str(error))
    try:
        make_mailer(settings).close()
    except SitrepError as error:
        yield Fault("mailer", str(error))
    try:
        make_clock(settings.clock).now()
    except SitrepError as error:
        yield Fault("settings", str(error))
    try:
        for key in settings.webhook_keys:
            load_key(key)
    except SitrepError as error:
        yield Fault("settings", str(error))
    yield from _sender_faults(settings)
    if settings.mailer == "sendgrid" and not settings.webhook_keys:
        yield Fault(
            "settings",
            "SITREP_SENDGRID_WEBHOOK_KEYS is not set: without the event webhook bounces go unseen and doubtful batches "
            "cannot be settled (SendGrid: Settings, Mail Settings, Event Webhook, Signature Verification)",
        )


def _sender_faults(settings: Settings) -> Iterator[Fault]:
    """Where mail really leaves, nobody may be served under the sample's name and address."""
    if settings.mailer == "maildir":
        return
    fields = Settings.model_fields
    for name, what in (("sender_address", "the From-address"), ("postal_address", "the postal address in every mail")):
        value = getattr(settings, name)
        if name not in settings.model_fields_set or (name == "postal_address" and value == fields[name].default):
            told = f"SITREP_{name.upper()} is not set: {what} would be {value!r}. Set it to yours"
            yield Fault("settings", told)
    if is_loopback(settings.base_url) and not (settings.mailer == "sendgrid" and is_loopback(settings.sendgrid_url)):
        told = f"SITREP_BASE_URL is {settings.base_url}: links in mails would lead subscribers to their own machines"
        yield Fault("settings", f"{told}. Set it to where they reach the web process")


def _schedule_faults(directory: Path) -> Iterator[Fault]:
    for problem in read_schedules(directory).problems:
        yield Fault("schedules", str(problem))


def _template_faults(directory: Path) -> Iterator[Fault]:
    try:
        for fault in check_templates(directory / "email"):
            yield Fault("templates", str(fault))
    except TemplateError as error:
        yield Fault("templates", str(error))
    for message in page_faults(directory / "web"):
        yield Fault("templates", message)


def missing_database(settings: Settings) -> str | None:
    """That there is no database file where the settings say; None where there is, or where a server has it.

    To be asked before the first connection, which would make an empty one.
    """
    try:
        url = make_url(settings.effective_database_url)
    except ArgumentError:
        return None  # which make_engine tells of
    if url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists():
        return None
    named = "SITREP_STATE_DIR" if settings.embedded else "SITREP_DATABASE_URL"
    return f"There is no database at {url.database}: `sitrep up` or `sitrep migrate` makes it; else correct {named}"


def database_faults(engine: Engine) -> list[Fault]:
    """Reachable, and with the tables of this version?"""
    message = unreachable(engine) or outdated(engine)
    return [Fault("database", message)] if message else []


def unreachable(engine: Engine) -> str | None:
    """Why the database does not answer; None where it does."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"The database does not answer ({first_line(error)}): start it, or correct SITREP_DATABASE_URL"
    return None


def outdated(engine: Engine) -> str | None:
    """That its tables are of another version; None where they are of this one."""
    try:
        right = current(engine) == expected()
    except SQLAlchemyError as error:
        return f"The database refuses to tell its version ({first_line(error)}): correct SITREP_DATABASE_URL"
    return None if right else "The tables are not those of this version: run `sitrep migrate`"


def why_refused(error: DBAPIError, engine: Engine) -> str:
    """What a statement failed of, as far as an operator can do something about it."""
    misses_something = "no such table" in str(error.orig) or "no such column" in str(error.orig)
    misses_something |= getattr(error.orig, "sqlstate", None) in _MISSING
    return (
        unreachable(engine)
        or (outdated(engine) if misses_something else None)
        or f"The database refused: {first_line(error)}"
    )


def first_line(error: SQLAlchemyError) -> str:
    """What the database itself said, without the statement."""
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]


def redis_faults(settings: Settings) -> list[Fault]:
    """Does the broker answer?"""
    try:
        with Redis.from_url(settings.effective_redis_url, socket_connect_timeout=3, socket_timeout=3) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        if settings.redis_url is None:
            return [Fault("redis", "The embedded Redis does not run: start `sitrep up`, or set SITREP_REDIS_URL")]
        return [Fault("redis", f"Redis does not answer ({error}): start it, or correct SITREP_REDIS_URL")]
    return []
