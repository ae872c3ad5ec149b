"""Services: one for each process, made from its settings; its parts are made when first asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale
from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from worker import __version__
from worker.audience.suppression import address_hash
from worker.audience.tokens import LinkMaker, Tokens
from worker.clock import Clock, make_clock
from worker.collect.fetch.http import Fetcher
from worker.collect.health import alarms_raised
from worker.collect.push import Taken, take_push, verify_intent
from worker.compose.render import EmailTemplates
from worker.compose.render import Site as MailSite
from worker.compose.render.bodies import ComposedBatch, compose_batch, view_delivery
from worker.compose.render.personal import compose_notice
from worker.database import dialect, make_engine, session_on, table
from worker.deliver.mailers import Mailer
from worker.errors import NotFound
from worker.match.definitions import StoredMatcher, load_matcher
from worker.match.matcher import Matcher
from worker.message import Mailbox, Parcel
from worker.models import Edition, Frequency, Heartbeat, Newsletter
from worker.resources import shipped
from worker.services.check import faults
from worker.services.mailers import make_mailer, make_reopen, make_single_mailer
from worker.services.pushes import callback_root
from worker.services.rounds import Rounds
from worker.services.schedules import Schedules, put_in_force, standing_faults
from worker.services.site import Site
from worker.settings import Settings, load_settings, make_state_dir
from worker.track.record import record_events
from worker.track.translate import parse_body
from worker.track.verify import SIGNATURE_HEADER, TIMESTAMP_HEADER, verify_signature

ROUND_SECONDS = 25.0
"""With a fetch of thirty seconds begun at its end, a round is still over within a minute."""
Enqueue = Callable[..., None]


def make_services(settings: Settings | None = None, *, enqueue: Enqueue | None = None) -> Services:
    """The services for these settings (else the environment's)."""
    return Services(settings or load_settings(), enqueue=enqueue)


def _nobody_listens(name: str, *ids: object) -> None:
    """A hint may be lost: the ticks find the row."""


class Services:
    """What the stages and the pages are given."""

    text_wait = timedelta(minutes=30)
    """How long a release waits for an article's full text."""

    def __init__(self, settings: Settings, *, enqueue: Enqueue | None = None) -> None:
        self.settings = settings
        self.enqueue: Enqueue = enqueue or _nobody_listens
        self._matcher = StoredMatcher(Matcher([]), {})  # threads that come first at once load one set of searches
        self.rounds = Rounds(threads=settings.fetch_threads, seconds=ROUND_SECONDS)

    @cached_property
    def clock(self) -> Clock:
        return make_clock(self.settings.clock)

    def now(self) -> datetime:
        return self.clock.now()

    @cached_property
    def engine(self) -> Engine:
        make_state_dir(self.settings.state_dir)
        at_once = self.settings.worker_threads * 2 + self.settings.fetch_threads // 2
        return make_engine(self.settings.effective_database_url, pool_size=max(10, at_once))

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        with session_on(self.engine, read_only=read_only) as session:
            yield session

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.settings.signing_secret)

    @cached_property
    def links(self) -> LinkMaker:
        return LinkMaker(self.settings.base_url, self.tokens)

    def hash_address(self, address_key: str) -> str:
        return address_hash(address_key, self.settings.signing_secret)

    @property
    def templates_dir(self) -> Path:
        return self.settings.templates_dir or shipped("templates")

    @property
    def schedules_dir(self) -> Path:
        return self.settings.schedules_dir or shipped("schedules")

    @cached_property
    def templates(self) -> EmailTemplates:
        return EmailTemplates(self.templates_dir / "email")

    @property
    def languages(self) -> Mapping[str, str]:
        return {tag: str(Locale.parse(tag, sep="-").get_display_name() or tag) for tag in self.templates.languages}

    @cached_property
    def site(self) -> Site:
        """The site as the pages show it."""
        settings = self.settings
        return Site(settings.site_name, settings.site_url, settings.contact, settings.postal_address)

    @cached_property
    def mail_site(self) -> MailSite:
        """The site as the mails show it."""
        settings = self.settings
        return MailSite(
            name=settings.site_name,
            url=settings.site_url,
            base_url=settings.base_url,
            contact=settings.contact,
            postal_address=settings.postal_address,
            list_domain=urlsplit(settings.site_url).hostname or "localhost",
            sender=Mailbox(settings.sender_address, settings.sender_name),
            reply_to=Mailbox(settings.reply_to) if settings.reply_to else None,
        )

    @cached_property
    def mailer(self) -> Mailer:
        return make_mailer(self.settings)

    @cached_property
    def single_mailer(self) -> Mailer:
        return make_single_mailer(self.settings, self.mailer)

    @cached_property
    def reopen(self) -> Callable[[str], None] | None:
        return make_reopen(self.settings)

    @cached_property
    def fetcher(self) -> Fetcher:
        return Fetcher(contact=self.settings.contact, version=__version__, connections=2 * self.settings.fetch_threads)

    @property
    def push_root(self) -> str | None:
        """What the address that a hub calls begins with; None where hubs are not asked for pushes."""
        return callback_root(self.settings)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.settings.lease_seconds)

    @property
    def settle_after(self) -> timedelta:
        return timedelta(seconds=self.settings.settle_after_seconds)

    @property
    def confirm_within(self) -> timedelta:
        return timedelta(hours=self.settings.confirm_hours)

    @property
    def mail_outbox(self) -> Path | None:
        return self.settings.effective_maildir if self.settings.mailer == "maildir" else None

    def matcher(self) -> StoredMatcher:
        """The topics in force; built anew only when one of them has changed.

        Read in a session of its own: the first load of very many searches takes a while, in which nobody waits for it
        to write.
        """
        with self.session(read_only=True) as session:
            self._matcher = load_matcher(session, self._matcher)
        return self._matcher

    def compose(self, session: Session, batch_id: uuid.UUID, delivery_ids: Sequence[uuid.UUID]) -> ComposedBatch:
        return compose_batch(
            session, delivery_ids, templates=self.templates, links=self.links, site=self.mail_site, now=self.now()
        )

    def compose_notice(self, session: Session, notice_id: uuid.UUID) -> Parcel:
        return compose_notice(session, notice_id, templates=self.templates, links=self.links, site=self.mail_site)

    def view_delivery(self, session: Session, delivery_id: uuid.UUID) -> str | None:
        try:
            return view_delivery(session, delivery_id, templates=self.templates, site=self.mail_site)
        except NotFound:
            return None

    def record_webhook(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Keep SendGrid's events for good; False where the signature is not SendGrid's (see worker.track.verify)."""
        given = {name.lower(): value for name, value in headers.items()}
        signature, timestamp = given.get(SIGNATURE_HEADER.lower(), ""), given.get(TIMESTAMP_HEADER.lower(), "")
        if not verify_signature(body, signature=signature, timestamp=timestamp, keys=self.settings.webhook_keys):
            return False
        events = parse_body(body)
        with self.session() as session:
            record_events(session, events, now=self.now())
        self.enqueue("events")
        return True

    def verify_push(self, token: str, query: Mapping[str, str]) -> str | None:
        with self.session() as session:
            return verify_intent(session, token, query, now=self.now())

    def take_push(self, token: str, body: bytes, signature: str | None) -> bool:
        with self.session() as session:
            taken, source_id = take_push(session, token, body, signature, now=self.now())
        if taken is Taken.POLL:
            self.enqueue("source", source_id)
        return taken is not Taken.GONE

    def refresh_schedules(self, session: Session, *, by: str = "schedules") -> Schedules:
        return put_in_force(session, self.schedules_dir, now=self.now(), by=by)

    def urgency_of(self, session: Session, edition_id: int) -> str:
        """The queue of an edition's batches: alert or digest."""
        edition, newsletter = table(Edition), table(Newsletter)
        frequency = session.execute(
            select(newsletter.c.frequency)
            .join(edition, edition.c.newsletter == newsletter.c.slug)
            .where(edition.c.id == edition_id)
        ).scalar()
        return "alert" if frequency == Frequency.INSTANT else "digest"

    def beat(self, session: Session, name: str) -> None:
        """Write a heartbeat: whoever writes it works, not only lives."""
        make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
        statement = make(table(Heartbeat)).values(name=name, at=self.now())
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": statement.excluded.at}))
        session.commit()

    def silent(self, names: Sequence[str], *, longer_than: timedelta) -> list[str]:
        """Which of these have written no heartbeat for so long."""
        beats = table(Heartbeat)
        with self.session(read_only=True) as session:
            rows = session.execute(
                select(beats.c.name).where(beats.c.name.in_(names), beats.c.at >= self.now() - longer_than)
            )
            alive = set(rows.scalars())
        return [name for name in names if name not in alive]

    def faults(self) -> list[str]:
        return faults(self.settings, self.engine)

    def schedule_faults(self) -> list[str]:
        """What is wrong under schedules/; what was right before is in force meanwhile. Empty without a database."""
        try:
            with self.session(read_only=True) as session:
                return standing_faults(session, self.schedules_dir)
        except DBAPIError:  # which `faults` tells of
            return []

    def source_alarms(self) -> list[str]:
        """Which sources are silent or failing, one sentence each. Empty without a database."""
        try:
            with self.session(read_only=True) as session:
                return alarms_raised(session)
        except DBAPIError:  # which `faults` tells of
            return []
