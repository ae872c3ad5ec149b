"""Three days of a small newsroom, end to end, through the real processes and the real SendGrid mailer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session

from demo.accounts import Books, keep_books
from demo.counterpart import Counterpart
from demo.counterpart.letter import Mail
from demo.newsroom import Newsroom
from demo.pages import write_pages
from demo.processes import Processes, free_port, write_schedules
from demo.readers import Browser, Reader, confirmation_for, make_readers, preference_link
from worker.clock import FileClock
from worker.database import make_engine, session_on, table
from worker.models import Edition, EditionState

STEP = timedelta(minutes=30)
DAYS = 3
_MOST_EXTRA_STEPS = 12
_MANY_READERS = 24
SIGNUP_HOURS = 20
"""The readers sign up on the evening of day 0; what was published before is the source's baseline."""
EDITED = "svalbard-cable-cut"
WITHDRAWN = "northern-sea-route-convoy"


@dataclass(frozen=True)
class Progress:
    """Where the demo is: shown as it goes."""

    now: datetime
    share: float
    mails: int
    said: str = ""


Report = Callable[[Progress], None]


class Demo:
    """One run. `directory` must not exist or be an earlier run's; it is kept for looking at."""

    def __init__(self, directory: Path, *, readers: int, report: Report, kill_worker: bool = False) -> None:
        self.directory, self._report, self._kill_worker = directory, report, kill_worker
        self.readers = make_readers(readers)
        self.site = Newsroom()
        self.begin = self.site.archive.base + timedelta(hours=SIGNUP_HOURS)
        self.end = self.site.archive.base + timedelta(days=DAYS + 2)
        self.clock = FileClock(directory / "clock")
        self.counterpart = Counterpart(ledger=directory / "sendgrid.sqlite", now=self.begin)
        self.processes: Processes | None = None
        self._done: set[str] = set()
        self._crowd = 2 if readers >= _MANY_READERS else 1  # few readers seldom share a batch
        self._armed = False

    def run(self) -> tuple[Books, Path]:
        """Everything, from sign-ups to the books and the pages with the mails."""
        try:
            self._start()
            self._sign_up()
            self._live()
            return self._books(), write_pages(self.directory / "mails", self.counterpart.mails, site_url=self.site.url)
        finally:
            if self.processes:
                self.processes.close()
            self.counterpart.close()
            self.site.close()

    def _start(self) -> None:
        self._set_clock(self.begin)
        self._say("starting Redis, a worker and the web process")
        write_schedules(self.directory / "schedules", f"{self.site.url}/feed/")
        port = free_port()
        base_url = f"http://127.0.0.1:{port}"
        self.processes = Processes(
            self.directory,
            {
                "SITREP_STATE_DIR": str(self.directory),
                "SITREP_SCHEDULES_DIR": str(self.directory / "schedules"),
                "SITREP_CLOCK": f"file:{self.directory / 'clock'}",
                "SITREP_BASE_URL": base_url,
                "SITREP_WEB_PORT": str(port),
                "SITREP_MAILER": "sendgrid",
                "SITREP_SENDGRID_URL": self.counterpart.url,
                "SITREP_SENDGRID_API_KEY": self.counterpart.api_key,
                "SITREP_SENDGRID_WEBHOOK_KEYS": self.counterpart.public_key,
                "SITREP_LOG_LEVEL": "warning",
            },
            say=self._say,
        )
        self.counterpart.webhook_url = f"{base_url}/webhooks/sendgrid"
        self.processes.migrate()
        self.processes.start()
        self._tick("upkeep")
        self._tick("collect", "match", "compose")
        self._say("first poll: what stands there is the baseline")

    def _sign_up(self) -> None:
        browser = self._browser()
        for reader in self.readers:
            browser.sign_up(reader)
        self._tick("audience")
        for reader in self.readers:
            browser.confirm(confirmation_for(reader.address, self.counterpart.mails_to))
        self._tick("audience")
        browser.close()
        self._tell_events()
        self.counterpart.behave(
            {
                "bounce": [reader.address for reader in self.readers if reader.role == "bounces"],
                "complain": [reader.address for reader in self.readers if reader.role == "complains"],
                "defer": [reader.address for reader in self.readers if reader.role == "defers"],
            }
        )
        self._say(f"{len(self.readers)} readers signed up and confirmed by the link in their mail")

    def _live(self) -> None:
        now = self.begin
        while now < self.end:
            now += STEP
            self._set_clock(now)
            self._incidents(now)
            self._tick("collect", "match")
            if self._armed:
                self._kill_in_mid_sending()
            self._tick("compose", "deliver", "audience")
            self._tell_events()
            self._say()
        self._wind_up(now)

    def _wind_up(self, now: datetime) -> None:
        """A little more time, for what was in doubt to be settled by its events and every edition to close."""
        for _ in range(_MOST_EXTRA_STEPS):
            self._tick("deliver")
            if not self._open_editions():
                return
            now += STEP
            self._set_clock(now)
            self._tell_events()

    def _kill_in_mid_sending(self) -> None:
        """SIGKILL while the provider has the mails and the worker waits for its answer."""
        assert self.processes is not None
        self.processes.send_ticks("compose", "deliver")
        while not self.processes.idle():
            if not self.counterpart.faults.as_json():
                self.processes.kill_worker()
                self._armed = False
                self._say("kill -9 of the worker, its request under way")
                return
            time.sleep(0.005)

    def _incidents(self, now: datetime) -> None:
        """What goes wrong, and what readers do, at their times."""
        day = (now - self.site.archive.base).total_seconds() / 86400
        for at, name, happen in (
            (1.7, "edit", self._edit),
            (2.2, "cut", self._cut),
            (2.42, "change", self._change),
            (2.63, "leave", self._leave),
            (2.8, "withdraw", self._withdraw),
            (3.2, "kill", self._arrange_kill),
        ):
            if day >= at and name not in self._done:
                self._done.add(name)
                happen()

    def _edit(self) -> None:
        self.site.edit(EDITED, title="Svalbard Cable Cut: Second Break Found")
        self._say("an article is edited after publication: a revision, no second mail")

    def _withdraw(self) -> None:
        self.site.withdraw(WITHDRAWN)
        self._say("an article is withdrawn: it leaves what is still to be sent")

    def _cut(self) -> None:
        self.counterpart.faults.accept_then_cut(min_mails=self._crowd)
        self._say("the next batch will be accepted, and its connection cut before the answer")

    def _change(self) -> None:
        reader = self._with_role("changes")
        browser = self._browser()
        browser.change(preference_link(self._digest_of(reader)), {"drones": "weekly", "belarus": "instant"}, reader)
        browser.close()
        self._say(f"{reader.name} asks for drones weekly and Belarus at once, by the link in a digest")

    def _leave(self) -> None:
        reader = self._with_role("leaves")
        browser = self._browser()
        browser.leave(self._digest_of(reader))
        browser.close()
        self._say(f"{reader.name} unsubscribes with one click")

    def _arrange_kill(self) -> None:
        if self._kill_worker:
            self.counterpart.faults.hang(2.0, min_mails=self._crowd)
            self._armed = True

    def _with_role(self, role: str) -> Reader:
        return next(reader for reader in self.readers if reader.role == role)

    def _digest_of(self, reader: Reader) -> Mail:
        return next(mail for mail in reversed(self.counterpart.mails_to(reader.address)) if mail.delivery_id)

    def _browser(self) -> Browser:
        assert self.processes is not None
        return Browser(self.processes.settings.base_url)

    def _tick(self, *stages: str) -> None:
        assert self.processes is not None
        self.processes.tick(*stages)

    def _tell_events(self) -> None:
        """SendGrid tells what became of the mails; the web process records it and asks a worker to apply it."""
        assert self.processes is not None
        if self.counterpart.pending_events:
            self.counterpart.deliver_all_events()
            self.processes.settle()

    def _set_clock(self, now: datetime) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.clock.set(now)
        self.site.now = now
        self.counterpart.now = now

    def _say(self, said: str = "") -> None:
        now = self.site.now
        share = max(0.0, (now - self.begin) / (self.end - self.begin))
        self._report(Progress(now, share, self.counterpart.ledger.count(), said))

    def _open_editions(self) -> int:
        with self._reading() as session:
            state = table(Edition).c.state
            return int(session.execute(select(func.count()).where(state == EditionState.OPEN)).scalar_one())

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        assert self.processes is not None
        engine = make_engine(self.processes.settings.effective_database_url)
        with session_on(engine, read_only=True) as session:
            yield session
        engine.dispose()

    def _books(self) -> Books:
        assert self.processes is not None
        with self._reading() as session:
            books = keep_books(
                session,
                self.counterpart.mails,
                self.site.archive,
                self.readers,
                since=self.begin,
                site_url=self.site.url,
            )
        books.faults += [f"{fault['mode']} was to strike, and never did" for fault in self.counterpart.faults.as_json()]
        if self._kill_worker and not self.processes.restarts:
            books.faults.append("the worker was to be killed in mid-sending, and never was")
        return books
