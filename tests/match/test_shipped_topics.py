"""The shipped definitions, in every language they have words for, and on what they must not be taken in by."""

from __future__ import annotations

import pytest

from worker.match.matcher import Matcher
from worker.match.text import ArticleText
from worker.resources import shipped
from worker.schedules.topics import load_topics


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load_topics(shipped("schedules") / "topics")[0].values())


def about(matcher: Matcher, title: str, body: str, language: str | None) -> set[str]:
    verdicts = matcher.judge(ArticleText(title, body=body, language=language))
    return {slug for slug, verdict in verdicts.items() if verdict.verdict == "about"}


@pytest.mark.parametrize(
    ("language", "title", "body", "slug"),
    [
        (
            "ru",
            "Дроны атаковали порт",
            "Ночью беспилотники атаковали порт. Два дрона сбиты, сообщили власти.",
            "drones",
        ),
        ("uk", "Безпілотники над містом", "Уночі дрони атакували місто. Збито п'ять безпілотників.", "drones"),
        (
            "de",
            "Drohnen über dem Hafen",
            "In der Nacht kreisten Drohnen über dem Hafen. Eine Drohne stürzte ab.",
            "drones",
        ),
        ("no", "Droner over havnen", "I natt ble det sett droner over havnen. En drone falt i sjøen.", "drones"),
        ("ru", "В Белоруссии начались учения", "В Минске сообщили: учения в Беларуси продлятся неделю.", "belarus"),
        (
            "uk",
            "У Білорусі почалися навчання",
            "Лукашенко заявив у Мінську, що навчання триватимуть тиждень.",
            "belarus",
        ),
        (
            "de",
            "Manöver in Belarus",
            "Lukaschenko eröffnete das Manöver. Es dauert in Weißrussland eine Woche.",
            "belarus",
        ),
        ("no", "Øvelse i Hviterussland", "Lukasjenko åpnet øvelsen. Den hviterussiske hæren øver i en uke.", "belarus"),
        ("ru", "Ледокол идёт в Арктику", "Атомный ледокол вышел из Мурманска на Северный морской путь.", "arctic"),
        ("uk", "Криголам іде в Арктику", "Криголам вийшов із Мурманська на Північний морський шлях.", "arctic"),
        (
            "de",
            "Eisbrecher in der Arktis",
            "Der Eisbrecher fährt nach Spitzbergen. In der Arktis taut das Eis.",
            "arctic",
        ),
        ("no", "Isbryter til Svalbard", "Isbryteren går til Svalbard. I Arktis smelter isen.", "arctic"),
    ],
)
def test_topics_are_recognised_in_each_language(
    matcher: Matcher, language: str, title: str, body: str, slug: str
) -> None:
    assert about(matcher, title, body, language) == {slug}
    assert about(matcher, title, body, None) == {slug}


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Drone footage shows the cathedral", "Stunning drone video of the cathedral, filmed by a drone at dawn."),
        ("Confessions of an office drone", "He had been an office drone for years, one worker drone among many."),
        ("Minsk agreements are dead, says envoy", "The Minsk agreements failed. The Minsk process is over, he said."),
        ("Arctic Monkeys play the stadium", "The Arctic Monkeys opened with a new song. Arctic Monkeys fans wept."),
        ("Arctic blast freezes the Midwest", "An Arctic blast brought snow. The Arctic air will stay until Monday."),
        (
            "Icebreaker reaches McMurdo",
            "The icebreaker cut through Antarctic sea ice. The Antarctic station got its fuel.",
        ),
        ("Santa leaves the North Pole", "Santa and his elves loaded the sleigh at the North Pole for Christmas."),
        ("Booster lands on drone ship", "The SpaceX booster landed on the drone ship. SpaceX will fly it again."),
        ("Zapad bank reports profit", "Zapad earned more than last year, and Brest grew."),
    ],
)
def test_homonyms_are_about_none_of_them(matcher: Matcher, title: str, body: str) -> None:
    assert about(matcher, title, body, "en") == set()


@pytest.mark.parametrize(
    ("title", "body", "slug"),
    [
        ("Counter-UAS team trains at the range", "The team jammed a small UAS and shot down a quadcopter.", "drones"),
        (
            "MQ-9B makes first flight",
            "The MQ-9B took off at noon. The remotely piloted aircraft landed safely.",
            "drones",
        ),
        ("XLUUV leaves the yard", "The uncrewed submarine left the yard. The Navy calls the XLUUV a first.", "drones"),
        ("A drone ship sinks a corvette", "The drone ship, a robot boat with explosives, hit the corvette.", "drones"),
        ("Tsikhanouskaya meets ministers", "Tsikhanouskaya called for sanctions on Lukashenka's banks.", "belarus"),
        ("Lukashenkos grip loosens", "In Grodno and Minsk people gathered against Lukashenko.", "belarus"),
        ("Coast Guard to buy icebreakers", "The Coast Guard's polar icebreakers will patrol the Arctic.", "arctic"),
        ("Cable cut off Longyearbyen", "The cable to Svalbard was cut. Longyearbyen has one left.", "arctic"),
        ("A mine in Greenland", "Nuuk approved the mine. Greenlanders are divided.", "arctic"),
    ],
)
def test_the_subject_is_recognised_by_its_many_names(matcher: Matcher, title: str, body: str, slug: str) -> None:
    assert about(matcher, title, body, "en") == {slug}
