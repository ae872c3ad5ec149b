from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.deliver.scene import Scene


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    return Scene(session, now)
