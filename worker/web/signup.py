"""The signup form, and the page that says to look for the confirmation."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session

from worker.audience.addresses import parse_address
from worker.audience.choices import (
    DeliveryTime,
    TopicOffer,
    check_frequency,
    check_topics,
    current_slugs,
    offered_frequencies,
    offered_topics,
)
from worker.audience.consent import WORDING_IN_FORCE, WORDINGS
from worker.audience.newsletters import descriptions
from worker.audience.signup import SignupRequest, sign_up
from worker.database import session_on
from worker.models import Frequency
from worker.web.forms import Faults, PostedForm, Typed
from worker.web.needs import WebServices
from worker.web.pages import Pages

DEFAULT_HOUR = 7
_READ = ["GET", "HEAD"]


def signup_routes(services: WebServices, pages: Pages) -> APIRouter:
    """GET / and POST /subscribe."""
    router = APIRouter()

    def form(session: Session, typed: Typed, faults: Faults, *, status: int) -> Response:
        frequencies = offered_frequencies(session)
        usual = Frequency.DAILY if Frequency.DAILY in frequencies else next(iter(frequencies), Frequency.DAILY)
        return pages.show(
            "signup.html",
            status=status,
            topics=offered_topics(session),
            frequencies=frequencies,
            descriptions=descriptions(session),
            typed=typed,
            usual_frequency=usual,
            usual_hour=DEFAULT_HOUR,
            faults=faults,
            wording=WORDINGS[WORDING_IN_FORCE].format(site=services.site.name),
        )

    @router.api_route("/", methods=_READ)
    def show_form() -> Response:
        with session_on(services.engine, read_only=True) as session:
            return form(session, Typed({}), Faults(), status=200)

    @router.api_route("/subscribe", methods=_READ)
    def show_form_again() -> Response:
        return show_form()

    @router.post("/subscribe")
    def subscribe(typed: PostedForm) -> Response:
        now = services.now()
        with session_on(services.engine, read_only=True) as session:
            faults = Faults()
            typed = typed.having("topics", current_slugs(session, typed.texts("topics")).values())
            request = read_signup(
                typed,
                offered_topics(session),
                offered_frequencies(session),
                known_languages=list(services.languages),
                faults=faults,
            )
            if request is None:
                return form(session, typed, faults, status=422)
        with session_on(services.engine) as session:
            notice_id = sign_up(
                session,
                request,
                now=now,
                confirm_within=services.confirm_within,
                hash_address=services.hash_address,
            )
        if notice_id is not None:
            services.enqueue("notice", notice_id)
        return pages.show(
            "check_mail.html",
            address=request.address.text,
            hours=int(services.confirm_within.total_seconds() // 3600),
            outbox=pages.outbox,
        )

    return router


def read_signup(
    typed: Typed,
    topics: list[TopicOffer],
    frequencies: list[Frequency],
    *,
    known_languages: list[str],
    faults: Faults,
) -> SignupRequest | None:
    """The request, or None with the faults noted, in the order of the form."""
    chosen = typed.texts("topics")
    faults.attempt(lambda: check_topics(chosen, topics))
    frequency = faults.attempt(lambda: check_frequency(typed.text("frequency"), frequencies))
    time = faults.attempt(lambda: read_time(typed))
    address = faults.attempt(lambda: parse_address(typed.text("address")))
    if faults or address is None or frequency is None or time is None:
        return None
    language = typed.text("language")
    return SignupRequest(
        address=address,
        topics=chosen,
        frequency=frequency,
        time=time,
        language=language if language in known_languages else "en",
    )


def read_time(typed: Typed) -> DeliveryTime:
    """Zone, hour and weekday of a form; InvalidInput names the first that cannot be."""
    return DeliveryTime(typed.text("zone"), typed.number("hour", DEFAULT_HOUR), typed.number("weekday", 0))
