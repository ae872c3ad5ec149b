"""For each page what it may be given, in every state that it has. A new page, or a new name in one, gets its sample."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from worker.audience.choices import DeliveryTime, TopicOffer
from worker.audience.confirm import SignupState, SignupView
from worker.audience.leaving import Held, LeavingView, Left
from worker.audience.marks import MailedArticle, MailedTopic
from worker.audience.pauses import PauseWish
from worker.audience.preferences import Preferences
from worker.audience.searches import HeldSearch
from worker.match.search.estimate import Estimate
from worker.models import Frequency, PauseMode, SubscriberState
from worker.services.pages.typed import Typed
from worker.services.searches import SearchPreview

Sample = tuple[str, Mapping[str, Any]]

_TOPICS = (TopicOffer(1, "drones", "Drones", "Unmanned aircraft."), TopicOffer(2, "arctic", "Arctic", ""))
_HELD = tuple(Held(topic.slug, topic.title, often) for topic, often in zip(_TOPICS, Frequency, strict=False))
_TYPED = Typed({"address": ["jo"], "topics": ["drones"], "zone": ["Nowhere/Atlantis"], "hour": ["x"], "pause": ["yes"]})
_NOTHING = Typed({})
_FAULTS = dict.fromkeys(("topics", "frequency", "zone", "hour", "weekday", "address"), "Please check this.")
_MASKED = "j•••@e•••.org"


@dataclass(frozen=True)
class _Mail:
    """As the outbox lists one."""

    key: str
    subject: str
    to: str
    sender: str
    written_at: datetime


def page_samples(now: datetime) -> Iterator[Sample]:
    """(template, context) of every page in each of its states."""
    yield from _signup()
    yield from _confirming()
    yield from _preferences(now)
    yield from _searches(now)
    yield from _leaving(now)
    yield from _feedback()
    yield from _outbox(now)
    for state in (True, False):
        yield "not_found.html", {"is_link": state}
        yield "error.html", {"is_ours": state}
    yield "view_over.html", {}


def _signup() -> Iterator[Sample]:
    common = {"usual_frequency": Frequency.DAILY, "usual_hour": 7, "wording": "You may write to me."}
    descriptions = {Frequency.DAILY: "Every morning."}
    offered = {"topics": _TOPICS, "frequencies": list(Frequency), "descriptions": descriptions}
    for typed, faults in ((_NOTHING, {}), (_TYPED, _FAULTS)):
        yield "signup.html", {**common, **offered, "typed": typed, "faults": faults}
    nothing: dict[str, Any] = {"topics": (), "frequencies": [], "descriptions": {}}
    yield "signup.html", {**common, **nothing, "typed": _NOTHING}
    for outbox in (True, False):
        yield "check_mail.html", {"address": "jo@example.org", "hours": 72, "outbox": outbox}


def _confirming() -> Iterator[Sample]:
    for frequency in Frequency:
        view = SignupView(SignupState.WAITING, uuid.uuid4(), "jo@example.org", _TOPICS, frequency, "Asia/Kathmandu", 8)
        yield "confirm.html", {"view": view, "address": _MASKED, "token": "t"}
    for state in SignupState:
        yield "confirm_over.html", {"view": SignupView(state)}


def _preferences(now: datetime) -> Iterator[Sample]:
    chosen = _chosen(now)
    paused = replace(chosen, pause=PauseWish(PauseMode.SKIP, date(2026, 3, 9)))
    nothing = replace(chosen, frequencies={}, next_due={})
    for preferences in (chosen, nothing):
        yield "confirmed.html", {"preferences": preferences, "manage": "/preferences/t"}
    common = {"frequencies": list(Frequency), "token": "t", "pause_from": "2026-03-03", "pause_to": "2027-03-03"}
    for preferences in (chosen, paused, nothing):
        yield "preferences.html", {**common, "preferences": preferences, "typed": _NOTHING, "saved": True}
    faults = {**_FAULTS, "pause_until": "Please choose a day after today."}
    yield "preferences.html", {**common, "preferences": chosen, "typed": _TYPED, "faults": faults, "saved": False}
    for state in (SubscriberState.PENDING, SubscriberState.SUPPRESSED):
        yield "preferences_closed.html", {"preferences": replace(nothing, state=state)}
    for typed, found in ((_NOTHING, {}), (_TYPED, {"address": "Please enter your email address."})):
        yield "preference_link.html", {"typed": typed, "faults": found}
    for outbox in (True, False):
        yield "link_mailed.html", {"address": "jo@example.org", "outbox": outbox}


def _searches(now: datetime) -> Iterator[Sample]:
    held = (HeldSearch(1, 7, "drones AND Minsk", Frequency.DAILY, now),)
    common = {"frequencies": list(Frequency), "room": 1, "typed": _NOTHING, "token": "t", "longest": 500}
    seen = SearchPreview("drones", "drones", Estimate(3, 100, 100, 30.0, ((1, "Title", now),)))
    nothing = SearchPreview("drones", "drones", Estimate(0, 100, 100, 30.0))
    for searches, preview, done, faults in (
        ((), None, None, {}),
        ((), SearchPreview("drones", "drones", Estimate(0, 0, 0, 1.0)), None, {}),
        (held, seen, "saved", {}),
        (held, nothing, "removed", {"query": "Please check this.", "frequency": "Please choose."}),
    ):
        yield "searches.html", {**common, "searches": searches, "seen": preview, "done": done, "faults": faults}
    yield "searches.html", {**common, "room": 0, "searches": held, "seen": None, "done": "changed", "faults": {}}


def _chosen(now: datetime) -> Preferences:
    return Preferences(
        public_id=uuid.uuid4(),
        address=_MASKED,
        state=SubscriberState.ACTIVE,
        frequencies={one.slug: one.frequency for one in _HELD},
        topics=_TOPICS,
        time=DeliveryTime("Europe/Berlin", 8, 0),
        language="en",
        pause=None,
        next_due={Frequency.DAILY: now, Frequency.WEEKLY: now + timedelta(days=3)},
    )


def _leaving(now: datetime) -> Iterator[Sample]:
    views = [
        LeavingView(_MASKED, "Daily Digest", *held) for held in (((), _HELD[:1]), (_HELD[:1], _HELD[1:]), ((), ()))
    ]
    for view in (None, *views):
        yield "unsubscribe.html", {"view": view, "token": "t"}
    for ended, goes_on in ((_HELD, ()), (_HELD[:1], _HELD[1:]), ((), ())):
        undo = "u" if ended else None
        yield "left.html", {"left": Left(now, ended, goes_on), "undo": undo, "back": "/unsubscribe/t"}
    yield "undone.html", {"goes_on": _HELD}
    yield "undo_over.html", {}


def _feedback() -> Iterator[Sample]:
    topics = tuple(
        MailedTopic(number, "drones", "Drones", "", marked=number == 2, is_search=number == 3) for number in (1, 2, 3)
    )
    articles = tuple(MailedArticle(number, "Title", "https://example.org/", topics[:number]) for number in (0, 3))
    for article, done in zip(articles, (None, "wrong"), strict=True):
        yield "feedback.html", {"article": article, "token": "t", "done": done}
    yield "feedback_all.html", {"articles": articles, "token": "t"}
    yield "feedback_over.html", {}


def _outbox(now: datetime) -> Iterator[Sample]:
    mail = _Mail("k", "News", "jo@example.org", "news@example.org", now)
    for mails, page in (([mail], 1), ([], 1), ([], 2)):
        yield "outbox.html", {"mails": mails, "to": "", "page": page, "more": page == 1}
    for text, has_html in ((Markup("Hello"), True), (None, False)):
        yield "outbox_mail.html", {"mail": mail, "text": text, "has_html": has_html, "headers": [("To", "jo")]}
