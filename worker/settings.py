"""Every setting, read from the environment as SITREP_NAME or from a file `.env`. docs/settings.md lists them."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import os
import re
import secrets
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from worker.errors import SettingsError

_LONGEST_SOCKET_PATH = 100
"""Bytes of a Unix socket's path: the kernel takes 107 on Linux and 103 on macOS."""

_OF_COMPOSE = {"SITREP_VERSION", "SITREP_PUBLISH"}
"""Read by docker-compose.yml, from the same file .env."""


class Settings(BaseSettings):
    """What an installation can choose. Nothing set: the embedded default, SQLite, own Redis, mails in a maildir."""

    model_config = SettingsConfigDict(
        env_prefix="SITREP_",
        env_file=".env",
        env_file_encoding="utf-8-sig",  # some editors begin a file with an invisible mark
        extra="ignore",
        env_ignore_empty=True,
    )

    state_dir: Path = Field(Path("var"), description="Where the embedded database, Redis data, outbox and secret live.")
    database_url: str | None = Field(
        None,
        description="`postgresql://USER:PASSWORD@HOST/NAME` or `sqlite:///PATH`. Unset: SQLite in the state directory.",
    )
    redis_url: str | None = Field(
        None,
        description="`redis://HOST:PORT/N`, `rediss://...` or `unix:///SOCKET?db=N`. "
        "Unset: `sitrep up` starts its own Redis.",
    )
    secret: SecretStr | None = Field(
        None,
        description="Signs links and keys the hashes of forgotten addresses; 32 random characters or more, "
        "the same for all processes, "
        "never changed. Unset with the embedded database: made once and kept in the state directory.",
    )
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Where subscribers reach the web process; every link in a mail starts with it.",
    )
    schedules_dir: Path | None = Field(
        None, description="The operators' `schedules/`. Unset: the one that came with this version."
    )
    templates_dir: Path | None = Field(
        None, description="The `templates/`. Unset: the ones that came with this version."
    )
    clock: str = Field(
        "system", description="`system`, or `file:PATH`: a file with an ISO instant that a rehearsal moves on."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_json: bool = Field(False, description="Log JSON lines instead of text.")

    site_name: str = Field("Defence Spot", description="The site's name, as subscribers know it.")
    site_url: str = Field("https://defencespot.com", description="The site's address.")
    sender_name: str = Field("Defence Spot", description="From-name of all mail, where a newsletter names no other.")
    sender_address: str = Field(
        "updates@defencespot.com", description="From-address of all mail, where a newsletter names no other."
    )
    reply_to: str | None = Field(None, description="Reply-To of all mail.")
    postal_address: str = Field(
        "Defence Spot, Example Street 1, 10115 Berlin",
        description="The sender's postal address, printed in every bulk mail (required by law in most countries).",
    )
    contact: str = Field(
        "https://defencespot.com/contact",
        description="Contact of the operator: in the User-Agent of the collector and on pages.",
    )

    mailer: Literal["maildir", "smtp", "sendgrid"] = Field("maildir", description="How mail leaves.")
    maildir: Path | None = Field(
        None, description="Directory of the maildir mailer. Unset: `outbox` in the state directory."
    )
    smtp_url: str | None = Field(
        None,
        description="`smtp://USER:PASSWORD@HOST:PORT`, `smtps://...` for TLS from the start, "
        "`smtp+starttls://...` to demand STARTTLS.",
    )
    sendgrid_api_key: SecretStr | None = Field(None, description="SendGrid API key with the mail send scope.")
    sendgrid_url: str = Field(
        "https://api.sendgrid.com", description="SendGrid's API; `https://api.eu.sendgrid.com` for EU accounts."
    )
    sendgrid_webhook_keys: str = Field(
        "",
        description="Public keys of the signed event webhook, base64, separated by commas (two while "
        "rotating). Unset: events are refused.",
    )
    sendgrid_sandbox: bool = Field(False, description="SendGrid validates and sends nothing.")
    batch_size: int = Field(1000, ge=1, le=1000, description="Deliveries in one provider request at the most.")
    lease_seconds: int = Field(120, ge=5, description="How long a claimed batch or source belongs to its worker.")
    settle_after_seconds: int = Field(
        1800, ge=1, description="How long an uncertain batch waits for events before silence counts as `not sent`."
    )
    tick_seconds: int = Field(60, ge=1, description="How often beat ticks.")
    confirm_hours: int = Field(72, ge=1, description="How long a confirmation link is good.")
    web_host: str = Field("127.0.0.1", description="Address the web process listens on.")
    web_port: int = Field(8000, ge=1, le=65535, description="Port the web process listens on.")
    fetch_threads: int = Field(
        32, ge=1, le=512, description="Sources and pages that one worker process asks at the same time."
    )
    push: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether hubs (WebSub) are asked to tell us of news. `auto`: where SITREP_BASE_URL is HTTPS and "
        "not a private address.",
    )
    worker_threads: int = Field(4, ge=1, description="Threads of the worker that `sitrep up` starts.")

    @field_validator("base_url", "site_url", "sendgrid_url")
    @classmethod
    def _is_a_web_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # a port that is no number, half an IPv6 address
            usable = False
        if not usable or re.search(r"\s", value):
            raise ValueError(f"{value!r} is no web address: write http:// or https:// and a host")
        return value.rstrip("/")

    @field_validator("sender_address", "reply_to")
    @classmethod
    def _is_a_mail_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", value):
            raise ValueError(f"{value!r} is no mail address: write one such as news@example.org")
        return value

    @property
    def embedded(self) -> bool:
        """Whether the database is the one in the state directory."""
        return self.database_url is None

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.state_dir.resolve() / 'sitrep.sqlite'}"

    @property
    def effective_redis_url(self) -> str:
        """Redis as its clients are told: SITREP_REDIS_URL, or the socket that `sitrep up` serves."""
        return self.redis_url or f"unix://{quote(str(self.redis_socket))}"

    @property
    def broker_url(self) -> str:
        """The same Redis as Celery is told: it spells a socket's URL in its own way."""
        if not self.effective_redis_url.startswith("unix://"):
            return self.effective_redis_url
        path, _, query = self.effective_redis_url.removeprefix("unix://").partition("?")
        number = dict(parse_qsl(query)).get("db")
        return f"redis+socket://{path}" + (f"?virtual_host={number}" if number else "")

    @property
    def redis_socket(self) -> Path:
        """The embedded Redis's socket: in the state directory, or where its path is too long for a socket, under the
        temporary directory by a name made from it."""
        state_dir = self.state_dir.resolve()
        inside = state_dir / "redis.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_PATH:
            return inside
        name = hashlib.sha256(os.fsencode(state_dir)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"sitrep-{os.getuid()}-{name}" / "redis.sock"

    @property
    def effective_maildir(self) -> Path:
        return self.maildir or self.state_dir / "outbox"

    @property
    def webhook_keys(self) -> tuple[str, ...]:
        return tuple(key.strip() for key in self.sendgrid_webhook_keys.split(",") if key.strip())

    @cached_property
    def signing_secret(self) -> str:
        """SITREP_SECRET, or for the embedded default the one kept in the state directory (made at first use)."""
        if self.secret is not None:
            value = self.secret.get_secret_value()
            if len(value) < 32:
                raise SettingsError(
                    "SITREP_SECRET is too short: use 32 random characters or more (`openssl rand -hex 32`)"
                )
            return value
        if not self.embedded:
            raise SettingsError(
                "SITREP_SECRET is not set: all processes on one database need the same one (`openssl rand -hex 32`)"
            )
        return _kept_secret(self.state_dir / "secret")


def make_state_dir(path: Path) -> None:
    """Make the state directory where it is missing; SettingsError where it cannot be made or written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"SITREP_STATE_DIR is {path}, which cannot be made ({error.strerror}): name a directory of your own"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SettingsError(f"SITREP_STATE_DIR is {path}, which this account may not write to: name one of your own")


def _kept_secret(path: Path) -> str:
    make_state_dir(path.parent)
    made = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)  # the first of several processes wins, whole
        made.unlink()
    return path.read_text().strip()


def load_settings() -> Settings:
    """The settings of this process; SettingsError names each one that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(error))) from error


def usable_settings() -> tuple[Settings, list[str]]:
    """The settings of this process with the default in the place of each that cannot be used, and why those cannot."""
    try:
        return Settings(), []
    except ValidationError as error:
        faulty = {str(fault["loc"][0]) for fault in error.errors()}
        defaults = {name: Settings.model_fields[name].get_default() for name in faulty}
        return Settings(**defaults), _sentences(error)


def unknown_settings() -> list[str]:
    """What is set as SITREP_... and is no setting, each with the one that may be meant."""
    known = {f"SITREP_{name.upper()}" for name in Settings.model_fields}
    found = {**EnvSettingsSource(Settings).env_vars, **DotEnvSettingsSource(Settings).env_vars}
    names = sorted(name.upper() for name in found if name.upper().startswith("SITREP_"))
    return [_unknown(name, known) for name in names if name not in known | _OF_COMPOSE]


def _unknown(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f"{name} is no setting" + (f": did you mean {close[0]}?" if close else "; docs/settings.md lists them all")


def _sentences(error: ValidationError) -> list[str]:
    return [
        f"SITREP_{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors()
    ]
