"""The preference page by its signed link, and the form that mails that link."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.choices import check_frequency, current_slugs, offered_frequencies
from worker.audience.leaving import leave_all
from worker.audience.pauses import LONGEST, PauseWish, check_pause
from worker.audience.preferences import (
    Preferences,
    PreferencesChange,
    load_preferences,
    request_link,
    save_preferences,
)
from worker.database import session_on
from worker.errors import InvalidInput
from worker.models import Frequency, PauseMode
from worker.web.forms import Faults, PostedForm, Typed
from worker.web.needs import WebServices
from worker.web.pages import Pages
from worker.web.signup import read_time
from worker.web.unsubscribe import show_left

_READ = ["GET", "HEAD"]
_OFF = "off"


def preferences_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET and POST /preferences (a link by mail) and /preferences/{token}."""
    router = APIRouter()

    @router.api_route("/preferences", methods=_READ)
    def ask() -> Response:
        return pages.show("preference_link.html", typed=Typed({}))

    @router.post("/preferences")
    def mail_link(typed: PostedForm) -> Response:
        faults = Faults()
        address = faults.attempt(lambda: parse_address(typed.text("address")))
        if address is None:
            return pages.show("preference_link.html", status=422, typed=typed, faults=faults)
        with session_on(services.engine) as session:
            notice_id = request_link(session, address, now=services.now())
        if notice_id is not None:
            services.enqueue("notice", notice_id)
        return pages.show("link_mailed.html", address=address.text, outbox=pages.outbox)

    @router.api_route("/preferences/{token}", methods=_READ)
    def show(request: Request, token: str) -> Response:
        public_id = services.tokens.read_preferences(token)
        with session_on(services.engine, read_only=True) as session:
            preferences = load_preferences(session, public_id, now=services.now())
            if preferences is None:
                return pages.not_found(request)
            return _page(session, pages, preferences, token=token, now=services.now())

    @router.post("/preferences/{token}")
    def save(request: Request, token: str, typed: PostedForm) -> Response:
        public_id, now = services.tokens.read_preferences(token), services.now()
        with session_on(services.engine) as session:
            preferences = load_preferences(session, public_id, now=now)
            if preferences is None:
                return pages.not_found(request)
            faults = Faults()
            change = _read_change(session, typed, preferences, list(services.languages), faults, now)
            if not preferences.may_edit or change is None:
                status = 422 if preferences.may_edit else 409
                return _page(
                    session, pages, preferences, token=token, now=now, typed=typed, faults=faults, status=status
                )
            saved = save_preferences(session, public_id, change, now=now)
            return _page(session, pages, saved or preferences, token=token, now=now, saved=saved is not None)

    @router.api_route("/preferences/{token}/leave", methods=_READ)
    def back(token: str) -> Response:
        """Somebody who goes to the address of a page that they were shown after a press of a button."""
        return RedirectResponse(f"/preferences/{token}", status_code=303)

    @router.post("/preferences/{token}/leave")
    def leave(token: str) -> Response:
        public_id = services.tokens.read_preferences(token)
        with session_on(services.engine) as session:
            left = leave_all(session, public_id, now=services.now())
        return show_left(services, pages, public_id, left, back=f"/preferences/{token}")

    return router


def _page(
    session: Session,
    pages: Pages,
    preferences: Preferences,
    *,
    token: str,
    now: datetime,
    typed: Typed | None = None,
    faults: Faults | None = None,
    status: int = 200,
    saved: bool = False,
) -> Response:
    if not preferences.may_edit:
        return pages.show("preferences_closed.html", status=status, preferences=preferences)
    today = now.astimezone(ZoneInfo(preferences.time.zone)).date()
    return pages.show(
        "preferences.html",
        status=status,
        preferences=preferences,
        frequencies=_frequencies(session, preferences),
        typed=typed or _as_typed(preferences),
        faults=faults or {},
        token=token,
        saved=saved,
        pause_from=(today + timedelta(days=1)).isoformat(),
        pause_to=(today + LONGEST).isoformat(),
    )


def _frequencies(session: Session, preferences: Preferences) -> list[Frequency]:
    """What is on offer, and what this person has although it no longer is."""
    offered = {*offered_frequencies(session), *preferences.frequencies.values()}
    return [frequency for frequency in Frequency if frequency in offered]


def _as_typed(preferences: Preferences) -> Typed:
    """The form as it stands before anybody types."""
    fields = {f"topic.{slug}": [str(frequency)] for slug, frequency in preferences.frequencies.items()}
    time, pause = preferences.time, preferences.pause
    fields |= {"zone": [time.zone], "hour": [str(time.hour)], "weekday": [str(time.weekday)]}
    fields |= {"language": [preferences.language], "pause": ["yes" if pause else "no"]}
    if pause:
        fields |= {"pause_mode": [pause.mode], "pause_until": [pause.until.isoformat()]}
    return Typed(fields)


def _read_change(
    session: Session, typed: Typed, preferences: Preferences, known_languages: list[str], faults: Faults, now: datetime
) -> PreferencesChange | None:
    """The change, or None with the faults noted. A field that the form did not have keeps its value."""
    allowed = _frequencies(session, preferences)
    frequencies: dict[str, Frequency] = {}
    former = _former_names(session, typed, preferences)
    for topic in preferences.topics:
        held = preferences.frequencies.get(topic.slug)
        name = next((each for each in (topic.slug, *former[topic.slug]) if f"topic.{each}" in typed), topic.slug)
        chosen = typed.text(f"topic.{name}", str(held or _OFF))
        if chosen == _OFF:
            continue
        frequency = faults.attempt(lambda: check_frequency(chosen, allowed))  # noqa: B023 - called at once
        if frequency is not None:
            frequencies[topic.slug] = frequency
    time = faults.attempt(lambda: read_time(typed) if "zone" in typed else preferences.time)
    pause = preferences.pause
    if "pause" in typed:
        zone = time.zone if time else preferences.time.zone
        pause = faults.attempt(lambda: _read_pause(typed, zone, preferences.pause, now))
    language = typed.text("language", preferences.language)
    if faults or time is None:
        return None
    if language not in known_languages:
        language = preferences.language
    return PreferencesChange(frequencies, time, language, pause)


def _former_names(session: Session, typed: Typed, preferences: Preferences) -> dict[str, list[str]]:
    """For each topic the names by which a page that was opened earlier may still call it."""
    shown = {topic.slug: list[str]() for topic in preferences.topics}
    named = (name.removeprefix("topic.") for name in typed if name.startswith("topic."))
    for old, slug in current_slugs(session, (name for name in named if name not in shown)).items():
        if slug in shown:
            shown[slug].append(old)
    return shown


def _read_pause(typed: Typed, zone: str, running: PauseWish | None, now: datetime) -> PauseWish | None:
    if typed.text("pause") != "yes":
        return None
    try:
        until = date.fromisoformat(typed.text("pause_until"))
    except ValueError as error:
        raise InvalidInput("Please enter the day on which mail should start again.", field="pause_until") from error
    mode = PauseMode.SKIP if typed.text("pause_mode") == PauseMode.SKIP else PauseMode.CATCH_UP
    wish = PauseWish(mode, until)
    if wish != running:
        check_pause(until, zone, now)
    return wish
