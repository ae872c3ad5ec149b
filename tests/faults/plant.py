"""Sitrep as it runs: Redis, a worker and the web process, with a newsroom and a provider outside; and its books."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlmodel import SQLModel

from demo.accounts import received
from demo.counterpart import Counterpart
from demo.newsroom import Newsroom
from demo.processes import Processes, free_port, write_schedules
from demo.readers import Browser, Reader, confirmation_for
from worker.clock import FileClock
from worker.database import make_engine, session_on, table
from worker.deliver.closing import edition_sums
from worker.models import Batch, BatchState, Delivery, Edition, EditionState

HALF_HOUR = timedelta(minutes=30)
OUT = ("accepted", "delivered")


class Plant:
    """Verbs for tests. Time moves only by `later`; nothing is published but by `publish`."""

    def __init__(self, directory: Path, *, database_url: str | None = None) -> None:
        self.directory = directory
        self.site = Newsroom()
        self.site.now = self.site.archive.base + timedelta(hours=20)
        self._hold_everything_back()
        self.counterpart = Counterpart(ledger=directory / "sendgrid.sqlite", now=self.site.now)
        self.clock = FileClock(directory / "clock")
        self.clock.set(self.site.now)
        write_schedules(directory / "schedules", f"{self.site.url}/feed/")
        alert = directory / "schedules" / "newsletters" / "alert.toml"
        alert.write_text('title = "Alert"\nfrequency = "instant"\n')  # the shipped one has a cap for a day
        self.processes = Processes(directory, self._environment(database_url), say=lambda _: None)
        self.counterpart.webhook_url = f"{self.processes.settings.base_url}/webhooks/sendgrid"
        self.readers: list[Reader] = []
        self.published: list[str] = []
        self.engine: Engine = make_engine(self.processes.settings.effective_database_url)

    def _environment(self, database_url: str | None) -> dict[str, str]:
        port = free_port()
        given = {
            "SITREP_STATE_DIR": str(self.directory),
            "SITREP_SCHEDULES_DIR": str(self.directory / "schedules"),
            "SITREP_SECRET": "a secret of thirty-two characters",
            "SITREP_CLOCK": f"file:{self.directory / 'clock'}",
            "SITREP_BASE_URL": f"http://127.0.0.1:{port}",
            "SITREP_WEB_PORT": str(port),
            "SITREP_MAILER": "sendgrid",
            "SITREP_SENDGRID_URL": self.counterpart.url,
            "SITREP_SENDGRID_API_KEY": self.counterpart.api_key,
            "SITREP_SENDGRID_WEBHOOK_KEYS": self.counterpart.public_key,
            "SITREP_LOG_LEVEL": "warning",
            "SITREP_TICK_SECONDS": "1",
        }
        return given | ({"SITREP_DATABASE_URL": database_url} if database_url else {})

    def _hold_everything_back(self) -> None:
        self._waiting = set(self.site.archive.manuscripts)
        for slug in list(self._waiting):
            if self.site.archive.find(slug, self.site.now) is None:
                self.site.withdraw(slug)
            else:
                self._waiting.discard(slug)

    def start(self) -> None:
        self.processes.migrate()
        self.processes.start()
        self.processes.tick("upkeep")
        self.processes.tick("collect")

    def close(self) -> None:
        self.processes.close()
        self.engine.dispose()
        self.counterpart.close()
        self.site.close()

    def sign_up(self, *readers: Reader) -> None:
        browser = Browser(self.processes.settings.base_url)
        for each in readers:
            browser.sign_up(each)
        self.processes.tick("audience")
        for each in readers:
            browser.confirm(confirmation_for(each.address, self.counterpart.mails_to))
        self.processes.tick("audience")
        browser.close()
        self.readers += readers
        self.hear()

    def later(self, by: timedelta = timedelta(hours=1)) -> None:
        self.site.now += by
        self.clock.set(self.site.now)
        self.counterpart.now = self.site.now

    def publish(self) -> str:
        """An hour on, one more article that every reader wants is out; nothing has collected it yet."""
        self.later()
        written = self.site.archive.manuscripts  # in the order of their dates: the newest is on top of the feed
        slug = next(slug for slug in written if slug in self._waiting and written[slug].labels)
        self._waiting.discard(slug)
        self.site.publish(slug)
        self.published.append(slug)
        return slug

    def tick(self, *stages: str) -> None:
        self.processes.tick(*(stages or ("collect", "match", "compose", "deliver", "audience")))

    def hear(self) -> None:
        """The provider tells what it knows, and a worker applies it."""
        self.counterpart.deliver_all_events()
        self.processes.tick("track")

    def wind_up(self) -> None:
        """Time passes, another alert goes out (so the webhook is seen to be alive), and every doubt is settled."""
        for _ in range(4):
            self.later(HALF_HOUR)
            self.tick()
            self.hear()
            if not self.open_editions():
                return

    def open_editions(self) -> int:
        with session_on(self.engine, read_only=True) as session:
            state = table(Edition).c.state
            return int(session.execute(select(func.count()).where(state == EditionState.OPEN)).scalar_one())

    def batches(self, *states: BatchState) -> list[str]:
        batch = table(Batch)
        with session_on(self.engine, read_only=True) as session:
            rows = session.execute(select(batch.c.id).where(batch.c.state.in_(states) if states else True))
            return [str(each) for each in rows.scalars()]

    def faults(self) -> list[str]:
        """Everything in which the rows, the provider's ledger and the readers' wishes differ."""
        found = [*self._unbalanced(), *self._ledger_faults()]
        for each in self.readers:
            mails = [mail for mail in self.counterpart.mails_to(each.address) if mail.delivery_id]
            got = received(mails, self.site.url)
            wanted = Counter(
                slug for slug in self.published if self.site.archive.manuscripts[slug].labels & set(each.topics)
            )
            if got != wanted:
                found.append(f"{each.name} got {dict(got)}, and should have {dict(wanted)}")
        return found

    def _unbalanced(self) -> list[str]:
        with session_on(self.engine, read_only=True) as session:
            editions = session.execute(select(Edition)).scalars().all()
            return [
                f"edition {edition.id} ({edition.state}) {edition_sums(session, edition.id).as_dict()}"
                for edition in editions
                if not edition_sums(session, edition.id).balanced or edition.state == EditionState.OPEN
            ]

    def _ledger_faults(self) -> list[str]:
        delivery = table(Delivery)
        with session_on(self.engine, read_only=True) as session:
            rows = session.execute(select(delivery.c.id, delivery.c.state, delivery.c.doubled)).all()
        held = self.counterpart.ledger.delivery_ids()
        out = {str(row.id) for row in rows if row.state in OUT}
        return [
            *(f"delivery {row.id} was sent twice" for row in rows if row.doubled),
            *(f"delivery {each} lies {count} times in the ledger" for each, count in held.items() if count != 1),
            *(f"delivery {each} is in one book only" for each in out ^ set(held)),
        ]


def rows_of(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, to show that nothing changed."""
    with engine.connect() as connection:
        return {
            name: sorted(repr(tuple(row)) for row in connection.execute(select(each)))
            for name, each in SQLModel.metadata.tables.items()
        }
