"""Where an article ends: its own sentences stay, what pages put around it goes, in any language."""

from __future__ import annotations

import pytest

from worker.collect.extract.boilerplate import without_footers
from worker.collect.extract.guards import clean_lines

PARAGRAPHS = [
    f"The {ship} left the harbour in the morning with forty drones on board, and nobody saw it return before night."
    for ship in ("frigate", "cruiser", "boat")
]
AFTER = ["It was late.", "Nobody came."]


def cleaned(*lines: str, title: str = "Ships sail", author: str = "") -> list[str]:
    return clean_lines("\n".join(lines), title=title, author=author).text.split("\n\n")


@pytest.mark.parametrize(
    "line",
    [
        "Mehr als 300 Soldaten nahmen teil.",
        "Weitere Einzelheiten nannte das Ministerium nicht.",
        "Das könnte den Krieg verlängern.",
        "Kommentare lehnte die Sprecherin ab.",
        "Also on Tuesday, the frigate left port.",
        "More from the east arrived on Monday.",
        "Share the burden, the minister said.",
        "Learn more about the enemy, he said.",
        "Previous post-Soviet governments had refused.",
        "Potrebbe arrivare una risposta a Kiev.",
        "Te puede matar, dijo el soldado.",
        "Связанные с Россией суда остались в порту.",
        "Похожие удары были и в мае.",
        "Previously-unknown documents show the plan.",
        "Watch-standing sailors slept for four hours.",
        "Written by Soviet engineers in 1970, the manual is still in use.",
        "Reported by Ukrainian media on Monday, the strike hit a depot.",
        "The agency could not reach him at his office on Monday.",
        "Attempts to contact them via the embassy failed.",
    ],
)
def test_a_sentence_that_begins_like_furniture_stays_and_so_does_what_follows(line: str) -> None:
    assert cleaned(*PARAGRAPHS, line) == [*PARAGRAPHS, line]
    assert cleaned(*PARAGRAPHS, line, *AFTER) == [*PARAGRAPHS, line, *AFTER]


@pytest.mark.parametrize(
    "line",
    [
        "Читайте также: Новая база на севере",
        "Читайте також: Нова база на півночі",
        "Les også: Ny base åpner i nord",
        "Läs också: Ny bas öppnar i norr",
        "Lees ook: Nieuwe basis in het noorden",
        "Подписывайтесь на наш канал в Telegram",
        "Підписуйтесь на наш канал у Телеграмі",
        "Следите за нами в Facebook и Instagram",
        "Abonnieren Sie unseren Newsletter",
        "Meld deg på nyhetsbrevet vårt",
        "Reporting by Ada Brown in Kyiv and Ben Cole; editing by Dora van der Eck",
    ],
)
def test_a_link_or_a_call_between_paragraphs_goes_alone(line: str) -> None:
    assert cleaned(*PARAGRAPHS, line, *AFTER) == [*PARAGRAPHS, *AFTER]


@pytest.mark.parametrize(
    "heading",
    ["Поделиться", "Комментарии (3)", "Похожие статьи", "Читайте також", "Коментарі", "Les også", "Relaterte artikler",
     "Del denne artikkelen", "Läs också", "Lue myös", "Diesen Artikel teilen", "Partager cet article", "Compartir",
     "Udostępnij", "Související články", "İlgili haberler", "مقالات ذات صلة", "קראו גם"],
)  # fmt: skip
def test_a_heading_of_furniture_ends_the_article_in_any_language(heading: str) -> None:
    assert cleaned(*PARAGRAPHS, heading, "A base opens in the north") == PARAGRAPHS


def test_who_an_article_is_about_is_told_from_who_wrote_it() -> None:
    about = "Ivan Petrov is the director of the plant."
    assert cleaned(*PARAGRAPHS, about) == PARAGRAPHS
    assert cleaned(*PARAGRAPHS, about, title="Petrov arrested over missing tanks") == [*PARAGRAPHS, about]
    company = "Brown Marine builds ships in two yards."
    told = "The frigate was ordered from Brown Marine, which had built its sisters in the years before."
    assert cleaned(told, *PARAGRAPHS, company, author="Brown Marine")[-1] == company


@pytest.mark.parametrize(
    "footer",
    [
        "Innlegget Skip seiler dukket først opp på Bloggen.",
        "Inlägget Skepp seglar dök först upp på Bloggen.",
        "Indlægget Skibe sejler blev først udgivet på Bloggen.",
        "L'articolo Navi proviene da Il Blog.",
        "O post Navios apareceu primeiro em O Blog.",
        "Запись Корабли впервые появилась на Блоге.",
        "Допис Кораблі вперше з'явився на Блозі.",
        "Wpis Okręty pojawił się po raz pierwszy na Blogu.",
    ],
)
def test_what_wordpress_adds_to_every_article_goes_in_any_language(footer: str) -> None:
    assert without_footers(f"Ships sail.\n\n{footer}") == "Ships sail."


LINKS = ["Related Articles", "Navy buys boats", "Harbour is closed"]
LONG = [f"{line} {PARAGRAPHS[0]}" for line in PARAGRAPHS]


def test_links_in_the_middle_are_left_out_and_the_article_goes_on() -> None:
    assert cleaned(*LONG, *LINKS, *LONG, *PARAGRAPHS) == [*LONG, *LONG, *PARAGRAPHS]


def test_teasers_below_such_a_heading_end_the_article_however_long_they_are() -> None:
    teasers = [line for number, text in enumerate(LONG) for line in (f"Ships sail again {number}", text)]
    assert cleaned(*LONG, *LINKS, *teasers, *teasers) == LONG
    assert cleaned(*LONG, *LINKS, *[f"{text[:-1]} …" for text in LONG], *LONG) == LONG


def test_what_somebody_did_is_no_biography() -> None:
    told = "Viktor Khrenin was joined by the chief of the general staff at the ceremony in Barysaw."
    assert cleaned(*PARAGRAPHS, told) == [*PARAGRAPHS, told]


@pytest.mark.parametrize(
    "prompt",
    [
        "Dieser Artikel ist nur für Abonnenten.",
        "Denne artikkelen er kun for abonnenter.",
        "Bli abonnent for å lese videre.",
        "Artikeln är endast för prenumeranter.",
        "Artykuł dostępny tylko dla subskrybentów.",
        "Contenido exclusivo para suscriptores",
        "Чтобы прочитать статью полностью, оформите подписку.",
        "Матеріал доступний лише для передплатників",
    ],
)
def test_a_teaser_is_told_in_other_languages(prompt: str) -> None:
    cleaned = clean_lines("\n".join([*PARAGRAPHS, prompt, "Offers"]), title="", author="")
    assert (cleaned.text, cleaned.is_teaser) == ("\n\n".join(PARAGRAPHS), True)


@pytest.mark.parametrize(
    "line",
    [
        "Dieser Artikel ist Teil einer Serie über die Marine.",
        "Чтобы продолжить наступление, армия подтянула резервы.",
        "Щоб читати карту, солдат увімкнув ліхтар.",
        "Bli med oss på tokt, sa kapteinen.",
    ],
)
def test_a_sentence_that_begins_like_a_call_to_subscribe_stays(line: str) -> None:
    assert cleaned(*PARAGRAPHS, line, *AFTER) == [*PARAGRAPHS, line, *AFTER]
