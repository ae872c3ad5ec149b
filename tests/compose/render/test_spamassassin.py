"""What SpamAssassin thinks of the mails, where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.compose.render.reading import as_message, delivered
from worker.compose.render import NOTICES, EmailTemplates, render_digest, render_notice
from worker.compose.render.samples import sample_digest, sample_notice
from worker.message import Content

PROGRAM = shutil.which("spamassassin")
HARMLESS = {"HTML_MESSAGE", "HTML_IMAGE_RATIO_06", "HTML_IMAGE_RATIO_08"}
"""It has HTML; an alert is a large picture and few words. Neither costs a point."""

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="SpamAssassin is not installed (apt-get install spamassassin)")


def mails(templates: EmailTemplates) -> dict[str, Content]:
    made = {name: render_digest(templates, sample_digest(8, frequency=name)) for name in ("daily", "instant")}
    made["alert"] = render_digest(templates, sample_digest(1, frequency="instant"))
    return made | {kind: render_notice(templates, kind, sample_notice()) for kind in NOTICES}


def test_no_mail_looks_like_spam_or_badly_made(templates: EmailTemplates) -> None:
    for name, content in mails(templates).items():
        html, text = delivered(content, sample_digest().placeholder_key)
        message = as_message(content, html, text, {})
        message["Date"] = "Mon, 02 Mar 2026 09:30:00 +0000"
        message["Message-ID"] = "<0123456789abcdef@news.example>"
        done = subprocess.run(
            [PROGRAM or "", "-L", "-t"], input=message.as_bytes(), capture_output=True, check=True, timeout=60
        )
        report = done.stdout.decode(errors="replace").partition("Content analysis details")[2]
        score = re.search(r"\((-?[\d.]+) points", report)
        assert score is not None, name
        assert float(score.group(1)) < 1, f"{name}: {report}"
        rules = set(re.findall(r"\b((?:MIME|HTML|MISSING)_\w+)", report))
        assert rules <= HARMLESS, f"{name}: {rules}"
