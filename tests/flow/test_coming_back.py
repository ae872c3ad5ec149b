"""Whoever was suppressed comes back by a fresh confirmation, at the provider too."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from demo.newsroom import Newsroom
from demo.readers import confirmation_for
from tests.flow.flow import Flow, reader
from tests.flow.test_subscribe_to_mail import BELARUS, DAY, DRONES, live_until, only_these, publish, slugs_of
from worker.database import table
from worker.deliver.mailers.sendgrid.package import SendGridRefused
from worker.models import Notice, NoticeKind, Subscriber

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
ANN = reader("ann", ["belarus", "drones"], "daily")


def state(flow: Flow) -> str:
    with flow.session() as session:
        return session.execute(select(table(Subscriber).c.state)).scalar_one()


def suppressed_by(fate: str, flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([ANN])
    flow.hear()
    flow.counterpart.behave({fate: [ANN.address]})
    publish(newsroom, flow, BELARUS)
    live_until(newsroom, flow, newsroom.now + DAY)
    assert state(flow) == "suppressed"
    flow.counterpart.behave({fate: []})


@pytest.mark.parametrize("fate", ["bounce", "complain"])
def test_a_fresh_confirmation_reopens_the_address_here_and_there(flow: Flow, newsroom: Newsroom, fate: str) -> None:
    suppressed_by(fate, flow, newsroom)
    flow.subscribe([ANN])
    flow.hear()
    assert flow.counterpart.mails_to(ANN.address)[-1].state == "delivered", "the welcome"
    publish(newsroom, flow, DRONES)
    live_until(newsroom, flow, newsroom.now + DAY)
    assert state(flow) == "active"
    assert slugs_of(newsroom, flow, "ann")[DRONES] == 1
    assert flow.mails(ANN.address)[-1].state == "delivered"


def test_a_stranger_s_signup_takes_nobody_off_the_provider_s_lists(flow: Flow, newsroom: Newsroom) -> None:
    suppressed_by("complain", flow, newsroom)
    browser = flow.browser()
    browser.sign_up(ANN)
    browser.close()
    flow.notify()
    flow.hear()
    assert flow.counterpart.mails_to(ANN.address)[-1].state == "delivered", "the confirmation leaves in spite of them"
    assert ANN.address in flow.counterpart.suppressions.dropped_because()
    assert state(flow) == "suppressed"


def test_a_provider_that_does_not_let_go_is_asked_again_and_then_left_alone(flow: Flow, newsroom: Newsroom) -> None:
    suppressed_by("bounce", flow, newsroom)
    asked: list[str] = []

    def refuse(address: str) -> None:
        asked.append(address)
        raise SendGridRefused("not now", status=500)

    flow.services.reopen = refuse
    browser = flow.browser()
    browser.sign_up(ANN)
    flow.notify()
    browser.confirm(confirmation_for(ANN.address, flow.counterpart.mails_to))
    browser.close()
    for _ in range(8):
        flow.at(flow.services.now() + DAY / 48)
        flow.notify()
    with flow.session() as session:
        notice = table(Notice)
        query = select(notice.c.state).where(notice.c.kind == NoticeKind.WELCOME).order_by(notice.c.created_at.desc())
        assert session.execute(query.limit(1)).scalar_one() == "accepted"
    assert asked == [ANN.address] * 5, "then it goes all the same"
