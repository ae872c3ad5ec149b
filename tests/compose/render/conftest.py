"""The shipped templates, loaded once."""

from __future__ import annotations

import pytest

from worker.compose.render import EmailTemplates
from worker.resources import shipped


@pytest.fixture(scope="session")
def templates() -> EmailTemplates:
    return EmailTemplates(shipped("templates") / "email")
