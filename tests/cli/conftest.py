from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.installation import Installation


@pytest.fixture
def installed(tmp_path: Path, now: datetime) -> Iterator[Installation]:
    made = Installation(tmp_path, now)
    yield made
    made.engine.dispose()
