"""The whole flow in one process, without Celery: the stages are called as their task shells call them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from demo.counterpart import Counterpart
from demo.counterpart.letter import Mail
from demo.readers import Browser, Reader, confirmation_for
from worker.clock import FileClock
from worker.collect.full_text import articles_needing_text, check_withdrawn, fetch_full_text
from worker.collect.poll import PollResult, poll_source
from worker.collect.sources import due_sources
from worker.compose.newsletters import newsletters_in_force
from worker.compose.plan_alerts import plan_alerts
from worker.compose.plan_digests import plan_digests
from worker.compose.release import release_ready
from worker.deliver.batches import due_batches, form_batches
from worker.deliver.closing import close_editions
from worker.deliver.notices import due_notices, recover_notices, submit_notice
from worker.deliver.recover import recover_batches
from worker.deliver.settle import settle_batches
from worker.deliver.submit import submit_batch
from worker.match.judging import match_article, unmatched_articles
from worker.models import Frequency
from worker.services import Services, make_services
from worker.settings import Settings
from worker.track.apply import apply_events


class Flow:
    """Verbs for tests: the clock is set, a tick does everything that is due, the mails lie at the counterpart."""

    def __init__(self, state_dir: Path, engine: Engine, counterpart: Counterpart, *, schedules: Path, url: str) -> None:
        self.counterpart = counterpart
        self.clock = FileClock(state_dir / "clock")
        settings = Settings(
            state_dir=state_dir,
            database_url=engine.url.render_as_string(hide_password=False),
            secret="thirty-two characters of the flow",
            schedules_dir=schedules,
            clock=f"file:{state_dir / 'clock'}",
            base_url=url,
            mailer="sendgrid",
            sendgrid_api_key=counterpart.api_key,
            sendgrid_url=counterpart.url,
            sendgrid_webhook_keys=counterpart.public_key,
        )
        self.services: Services = make_services(settings)
        counterpart.webhook_url = f"{url}/webhooks/sendgrid"

    def close(self) -> None:
        self.services.fetcher.close()
        self.services.mailer.close()
        self.services.single_mailer.close()
        self.services.engine.dispose()

    def at(self, now: datetime) -> None:
        self.clock.set(now)
        self.counterpart.now = now

    def session(self) -> Session:
        return Session(self.services.engine, expire_on_commit=False)

    def tick(self, now: datetime | None = None) -> None:
        """Everything that is due, once through all stages, and what the provider reports of it."""
        if now is not None:
            self.at(now)
        self.collect()
        self.match()
        self.compose()
        self.deliver()
        self.notify()
        self.hear()

    def upkeep(self) -> list[str]:
        """Read schedules/ again, as the upkeep tick does; the faults found."""
        with self.services.session() as session:
            return [str(problem) for problem in self.services.refresh_schedules(session).problems]

    def collect(self) -> list[PollResult]:
        made, now = self.services, self.services.now()
        with made.session() as session:
            due = due_sources(session, now=now)
            polls = [poll_source(session, source, fetcher=made.fetcher, now=now) for source in due]
            for article_id in articles_needing_text(session, now=now):
                fetch_full_text(session, article_id, fetcher=made.fetcher, now=now)
            for article_id in [missing for poll in polls for missing in poll.missing]:
                check_withdrawn(session, article_id, fetcher=made.fetcher, now=now)
        return polls

    def match(self) -> None:
        made = self.services
        with made.session() as session:
            matcher = made.matcher()
            while waiting := unmatched_articles(session):
                for article_id in waiting:
                    match_article(session, article_id, matcher=matcher, now=made.now())

    def compose(self) -> None:
        made, now = self.services, self.services.now()
        with made.session() as session:
            release_ready(session, now=now, text_wait=made.text_wait)
            for frequency, newsletter in newsletters_in_force(session).items():
                plan = plan_alerts if frequency == Frequency.INSTANT else plan_digests
                plan(session, newsletter.definition, version=newsletter.version, now=now)

    def deliver(self) -> None:
        """Until no batch is ready any more, then close what balances."""
        made, now = self.services, self.services.now()
        with made.session() as session:
            recover_batches(session, now=now)
            settle_batches(session, now=now, settle_after=made.settle_after, mailers=[made.mailer])
            form_batches(session, mailer=made.mailer, batch_size=made.settings.batch_size, now=now)
            while due := [*due_batches(session, now=now, limit=100)]:
                for batch_id in due:
                    submit_batch(
                        session,
                        batch_id,
                        mailer=made.mailer,
                        compose=made.compose,
                        now=now,
                        lease=made.lease,
                        hash_address=made.hash_address,
                    )
            close_editions(session, now=now)

    def notify(self) -> None:
        """Confirmations and other single mails."""
        made, now = self.services, self.services.now()
        with made.session() as session:
            recover_notices(session, now=now)
            for notice_id in due_notices(session, now=now):
                submit_notice(
                    session,
                    notice_id,
                    mailer=made.single_mailer,
                    compose_notice=made.compose_notice,
                    now=now,
                    lease=made.lease,
                    reopen=made.reopen,
                )

    def hear(self) -> None:
        """The provider tells its events to the web process; they are applied."""
        self.counterpart.deliver_all_events()
        made = self.services
        with made.session() as session:
            while apply_events(session, now=made.now(), limit=1000, hash_address=made.hash_address).applied:
                pass
            close_editions(session, now=made.now())

    def subscribe(self, readers: Iterable[Reader]) -> None:
        """Sign up on the site and confirm by the link in the mail."""
        browser, readers = self.browser(), list(readers)
        try:
            for reader in readers:
                browser.sign_up(reader)
            self.notify()
            for reader in readers:
                browser.confirm(confirmation_for(reader.address, self.counterpart.mails_to))
            self.notify()
        finally:
            browser.close()

    def browser(self) -> Browser:
        return Browser(self.services.settings.base_url)

    def mails(self, address: str | None = None) -> list[Mail]:
        """Digests and alerts that were accepted, in order."""
        return [mail for mail in self.counterpart.ledger.mails(to=address) if mail.delivery_id]


def reader(name: str, topics: str | Iterable[str], frequency: str, *, zone: str = "UTC", hour: int = 8) -> Reader:
    """Somebody who signs up for these topics."""
    chosen = (topics,) if isinstance(topics, str) else tuple(topics)
    return Reader(name, f"{name}@readers.example.org", chosen, frequency, zone, hour)
