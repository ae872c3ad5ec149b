from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.audience.scene import furnish


@pytest.fixture
def topics(session: Session, now: datetime) -> dict[str, int]:
    """The topics' ids by slug; newsletters for each frequency are there too."""
    return furnish(session, now)
