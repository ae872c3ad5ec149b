from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from demo.counterpart import Counterpart
from demo.counterpart.counterpart import API_KEY
from tests.deliver.scene import Scene
from tests.deliver.webhook import Webhook, serving
from worker.deliver.mailers.maildir import MaildirMailer
from worker.deliver.mailers.sendgrid import SendGridMailer


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return Scene(session, now)


@pytest.fixture
def maildir(tmp_path: Path) -> MaildirMailer:
    return MaildirMailer(tmp_path / "outbox")


@pytest.fixture
def counterpart(now: datetime) -> Iterator[Counterpart]:
    with Counterpart.running(now=now) as running:
        yield running


@pytest.fixture
def sendgrid(counterpart: Counterpart) -> Iterator[SendGridMailer]:
    mailer = SendGridMailer(API_KEY, url=counterpart.url)
    yield mailer
    mailer.close()


@pytest.fixture
def webhook(engine: Engine, counterpart: Counterpart, now: datetime) -> Iterator[Webhook]:
    with serving(engine, counterpart, now) as running:
        yield running
