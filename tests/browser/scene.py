"""A whole installation in one process: real services, a maildir, a clock that tests move; and how to look at it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from tests.audience.scene import open_now
from worker.compose.newsletters import newsletters_in_force
from worker.compose.plan_alerts import plan_alerts
from worker.compose.plan_digests import plan_digests
from worker.compose.release import release_ready
from worker.database import table
from worker.deliver.batches import form_batches
from worker.deliver.notices import submit_notice
from worker.deliver.submit import submit_batch
from worker.models import Article, Frequency, Match, Source, Subscriber, Topic, Verdict
from worker.services import Services, make_services
from worker.settings import Settings

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Installation:
    """Everything `sitrep up` runs, driven by hand."""

    def __init__(self, state_dir: Path, base_url: str, now: datetime) -> None:
        self._clock = state_dir / "clock"
        self._clock.write_text(now.isoformat())
        settings = Settings(  # type: ignore[call-arg]
            _env_file=None,
            state_dir=state_dir,
            database_url=None,
            base_url=base_url,
            clock=f"file:{self._clock}",
            site_name="The Daily Rampart",
            site_url="https://rampart.example",
            postal_address="The Daily Rampart, Wall Street 1, 10115 Berlin",
        )
        self.services: Services = make_services(settings, enqueue=self._at_once)
        SQLModel.metadata.create_all(self.services.engine)
        with self.services.session() as session:
            self.services.refresh_schedules(session)

    def _at_once(self, name: str, *ids: object) -> None:
        """What a worker does with the hint."""
        assert name == "notice"
        made = self.services
        with made.session() as session:
            submit_notice(
                session,
                uuid.UUID(str(ids[0])),
                mailer=made.single_mailer,
                compose_notice=made.compose_notice,
                now=made.now(),
                lease=made.lease,
            )

    def pass_time(self, span: timedelta) -> None:
        self._clock.write_text((self.services.now() + span).isoformat())

    def publish(self, title: str, *topics: str) -> None:
        """An article, matched and released."""
        now = self.services.now()
        with self.services.session() as session:
            source_id = session.execute(select(table(Source).c.id)).scalars().first()
            assert source_id is not None
            key = uuid.uuid4().hex
            article = Article(
                source_id=source_id,
                external_id=key,
                url=f"https://rampart.example/{key}",
                content_hash=key,
                title=title,
                summary=f"{title}, told in two sentences. And this is the second.",
                text=f"{title}. " * 20,
                published_at=now,
                first_seen_at=now,
                updated_at=now,
                matched_at=now,
            )
            session.add(article)
            session.flush()
            found = session.execute(select(table(Topic).c.id).where(table(Topic).c.slug.in_(topics))).scalars()
            for topic_id in found:
                session.add(
                    Match(
                        article_id=article.id,
                        topic_id=topic_id,
                        topic_version=1,
                        revision=1,
                        verdict=Verdict.ABOUT,
                        score=9.0,
                        threshold=1.0,
                        matched_at=now,
                    )
                )
            session.commit()
            release_ready(session, now=now, text_wait=self.services.text_wait)

    def send_editions(self) -> None:
        """Plan and send what is due now."""
        made = self.services
        with made.session() as session:
            for frequency, newsletter in newsletters_in_force(session).items():
                planner = plan_alerts if frequency == Frequency.INSTANT else plan_digests
                planner(session, newsletter.definition, version=newsletter.version, now=made.now())
            for batch_id in form_batches(session, mailer=made.mailer, batch_size=100, now=made.now()):
                submit_batch(
                    session,
                    batch_id,
                    mailer=made.mailer,
                    compose=made.compose,
                    now=made.now(),
                    lease=made.lease,
                    hash_address=made.hash_address,
                )

    def open_now(self) -> dict[str, str]:
        """Topic to frequency of the one subscriber."""
        with self.services.session(read_only=True) as session:
            return open_now(session, self._person(session))

    def person(self) -> Subscriber:
        with self.services.session(read_only=True) as session:
            return self._person(session)

    def _person(self, session: Session) -> Subscriber:
        return session.execute(select(Subscriber)).scalar_one()


def follow_mail(page: Page, subject: str, part: str) -> None:
    """Find the newest such mail in the outbox, and follow the link in its text whose address has `part`."""
    page.goto(f"{_origin(page)}/outbox")
    page.locator("ol.mails a").filter(has_text=subject).first.click()
    follow_link(page, part)


def follow_link(page: Page, part: str) -> None:
    """In a mail of the outbox: by key, because Chromium may give a click just after scrolling to the framed mail."""
    page.locator(f"pre.mail-text a[href*='{part}']").first.press("Enter")
    page.wait_for_url(f"**{part}**")


def tab_to(page: Page, wanted: Callable[[], Locator], *, most: int = 80) -> Locator:
    """Press Tab until the element has the focus; every stop on the way shows that it has it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWS_FOCUS), page.evaluate("document.activeElement.outerHTML")
        if wanted().evaluate("element => element === document.activeElement"):
            return wanted()
    raise AssertionError(f"not reached by {most} presses of Tab: {wanted()}")


SHOWS_FOCUS = """() => {
  const outlined = element => element && getComputedStyle(element).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(element).outlineWidth) >= 2;
  const at = document.activeElement;
  return at === document.body || outlined(at) || outlined(at.closest('label')) || outlined(at.nextElementSibling);
}"""


def _origin(page: Page) -> str:
    origin: str = page.evaluate("location.origin")
    return origin
