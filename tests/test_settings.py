"""Settings as they are read from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.settings import load_settings, unknown_settings


def test_the_first_line_counts_also_where_an_editor_put_a_byte_order_mark_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SITREP_LOG_LEVEL", raising=False)
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfSITREP_LOG_LEVEL=warning\r\nSITREP_NONE_SUCH=1\r\n")
    assert load_settings().log_level == "warning"
    assert any("SITREP_NONE_SUCH" in told for told in unknown_settings())
