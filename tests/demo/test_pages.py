"""The demo's mails as files."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from demo.counterpart.letter import Mail
from demo.pages import write_pages


def mail(number: int, at: datetime, subject: str, *, delivery: bool) -> Mail:
    return Mail(
        n=number,
        message_id=f"m{number}",
        received_at=at.timestamp(),
        to="Ada.Lovelace@readers.example.org",
        to_name="Ada",
        sender="news@example.org",
        sender_name="News",
        reply_to="",
        subject=subject,
        text="Text.",
        html="<p>Words</p>",
        headers={},
        custom_args={"delivery_id": "d"} if delivery else {"notice_id": "n"},
        categories=(),
        state="delivered",
    )


def test_digests_come_first_each_with_its_time_and_a_word_about_links(tmp_path: Path, now: datetime) -> None:
    mails = [
        mail(1, now, "Please confirm <now>", delivery=False),
        mail(2, now + timedelta(hours=20), "Your digest", delivery=True),
    ]
    page = write_pages(tmp_path / "mails", mails, site_url="http://127.0.0.1:9").read_text(encoding="utf-8")
    assert page.index("1 digests and alerts") < page.index("Your digest") < page.index("1 single mails")
    assert page.index("1 single mails") < page.index("Please confirm &lt;now&gt;")
    assert "Tue 03 Mar 08:00" in page
    assert "Links in the mails worked while the demo ran" in page
    assert (tmp_path / "mails" / "0002-ada-lovelace.html").read_text() == "<p>Words</p>"
    assert (tmp_path / "mails" / "0001-ada-lovelace.txt").read_text() == "Text."
