"""A page's furniture left in the text does not count; the article's own short lines do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.page_chrome import LAYOUTS, cluttered
from tests.match.judging_by import FILLER, judge, topic
from worker.match.furniture import without_furniture

DRONES = topic("drones", words=["drone", "UAV"])
MENU = "Menu\n • Home\n • Drone & UAV\n • Drone Warfare\n • Future of Drones\n"
RELATED = "Related Posts\n\nDrone Strikes Hit Airport\n\nMay 3, 2025\n\nWhy Drones Win\n\nMay 2, 2025\n"
STORY = "\n\n".join([FILLER * 3] * 4)


def kept(body: str) -> str:
    """What is left, without the blanks."""
    return "\n".join(line.strip() for line in without_furniture(body).split("\n") if line.strip())


def test_menus_and_related_posts_do_not_change_what_an_article_is_about() -> None:
    page = f"{MENU}\n{STORY}\n\n{RELATED}"
    assert judge(DRONES, "Budget passes", page).verdict == "none"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(8))
def test_a_page_of_any_layout_is_not_about_what_stands_around_its_text(layout: str, seed: int) -> None:
    page = cluttered(STORY, layout, seed)
    assert judge(topic(words=["drone*", "Arctic", "Greenland", "Minsk", "Belarus*"]), "Budget", page).verdict != "about"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_of_any_layout_is_still_about_its_text(layout: str) -> None:
    story = "\n\n".join([f"The harbour was closed on Monday. {FILLER * 2}"] * 5)
    page = cluttered(story, layout, 3)
    assert judge(topic("harbours", words=["harbour"]), "Harbour closed", page).verdict == "about"


LINKS = {
    "a pointer": "Read more: Ukraine drone strikes hit a refinery",
    "a pointer that ends in a full stop": "RELATED: Drones over the harbour.",
    "a pointer in German": "Lesen Sie auch: Drohnen über dem Hafen",
    "a pointer in Norwegian": "Les også: Droner over havnen",
    "a pointer in Russian": "Читайте также: Дроны над портом",
    "a pointer in Ukrainian": "Читайте також: Дрони над портом",
    "a heading with a link": "Related\nDrone strikes hit a port",
    "a carousel": "Drone hits ship\nArctic base opens\nMinsk frees two\nIcebreaker delayed",
    "a bar": "Home | Drones | Arctic | Belarus | Video",
    "a bar of bullets": "Home • Drones • Arctic • Belarus",
    "a long bar of headlines": " · ".join(["Drone Strike Hits Oil Depot in Riga Overnight"] * 6),
    "tags": "Tags: drones, UAV, Arctic",
    "hash tags": "Tagged #drones #uav #arctic",
    "a share bar": "Share\nFacebook\nX (Twitter)\nEmail",
    "teasers": "Drone hits ship\nA drone hit a ship on Monday.\nMinsk frees two\nTwo are free.\nMore arms\nThey came.",
}


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("place", ["above", "between", "below"])
def test_links_are_left_out_wherever_they_stand(name: str, place: str) -> None:
    paragraphs = STORY.split("\n\n")
    at = {"above": 0, "between": 2, "below": len(paragraphs)}[place]
    few = place == "above" and name in ("a carousel", "teasers")
    links = f"Most read\n{LINKS[name]}" if few else LINKS[name]  # few alone may be a headline, a byline and a date
    page = "\n\n".join([*paragraphs[:at], links, *paragraphs[at:]])
    assert "rone" not in kept(page)
    assert "рон" not in kept(page)


OWN_LINES = {
    "a heading": "Drones over the harbour",
    "a heading under another": f"What happened\n\nDrones over the harbour\n\n{FILLER * 2}",
    "a quote": "“We saw a drone.”",
    "quotes in turn": "“A drone?”\n\n“A drone.”\n\n“Where was the drone?” she asked.\n\n“There.”",
    "a list after a colon": "The fleet has:\n- two drones\n- Three drone boats\n- Four Drone Carriers",
    "a list of sentences": "- The drone flew.\n- The drone fell.\n- The drone burned.",
    "key points": "Key points\nDrones hit a refinery in Ryazan\nMoscow says 30 drones were shot\nKyiv says nothing",
    "a live blog": f"14:05\nDrone over Odesa\n{FILLER * 2}\n\n14:20\nDrone shot down\n{FILLER * 2}",
    "a caption": "A drone over Riga on Monday. Photo: Navy",
    "a table": "Drones 34 of 40 lost 6 pct\nBoats 12 of 15 lost 9 pct\nDrone boats 3 of 9 lost 2 pct",
    "a sentence that begins like a heading": "Related drones were found later, the ministry said on Tuesday.",
    "a sentence with a slash": "The drone and/or boat was lost, he said; nobody saw it/heard it.",
    "lines of a poem": "the drone goes up,\nthe drone comes down,\nand no one in the town\nlooks at the drone.",
    "a signature": "By our drone correspondent",
}


@pytest.mark.parametrize("name", OWN_LINES)
@pytest.mark.parametrize("place", ["between", "below"])
def test_the_articles_own_short_lines_stay(name: str, place: str) -> None:
    paragraphs = STORY.split("\n\n")
    at = {"between": 2, "below": len(paragraphs)}[place]
    body = "\n\n".join([*paragraphs[:at], OWN_LINES[name], *paragraphs[at:]])
    assert without_furniture(body).lower().count("drone") == body.lower().count("drone")


def test_a_line_that_is_repeated_like_a_link_goes() -> None:
    body = f"Drones: the new war\n\n{STORY}\n\n{FILLER}\n\nDrones: the new war\n\n{FILLER}"
    assert "Drones" not in without_furniture(body)


def test_wrapped_text_stays() -> None:
    body = "The harbour was quiet\nuntil a drone came in\nfrom the sea and struck\nthe eastern mole, which\nburned."
    assert without_furniture(f"{body}\n{FILLER * 3}").startswith(body)


def test_a_story_wrapped_like_a_telegram_stays_and_its_page_goes() -> None:
    telegram = (
        "    The navy said it would buy forty\nDrones from a builder in Ulm, and\nDrone boats from another. Orders\n"
        "worth ten mln marks follow.\n    The builder gave no\ncomment."
    )
    assert without_furniture(telegram) == telegram
    page = without_furniture(f"Home\nWorld\nDrones\nArctic\n\n{telegram}\n\nRelated\nDrone Wars\nDrone News")
    assert (page.lower().count("drone"), page.strip()) == (2, telegram.strip())


def test_an_article_of_short_lines_alone_stays() -> None:
    body = "Drone one\nDrone two\nDrone three\nDrone four\nDrone five\nDrone six"
    assert without_furniture(body) == body


def test_an_article_of_one_short_sentence_stays() -> None:
    page = f"{MENU}\nA drone fell into the harbour.\n\n{RELATED}"
    assert kept(page) == "A drone fell into the harbour."


def test_official_names_in_running_text_stay() -> None:
    body = (
        "The Memorandum on the Withdrawal of Certain Areas of the United States Arctic Outer Continental Shelf was "
        "signed by the Secretary of the Interior. " + FILLER * 12
    )
    assert without_furniture(body) == body


def test_places_do_not_move() -> None:
    page = f"{MENU}\n{STORY}"
    cleaned = without_furniture(page)
    assert len(cleaned) == len(page)
    assert cleaned.index("The committee") == page.index("The committee")


def test_a_table_of_short_lines_stays() -> None:
    body = "Sales 34 mln vs 29 mln\nNet 807,000 vs 758,000\nOrders 5 mln vs 4 mln\nNote: full name\nis Drone Works"
    assert without_furniture(body) == body


lines = st.one_of(
    st.sampled_from(
        ["", "Menu", "Related", "Home | A | B | C", "A drone flew.", "Read more: x", "x:", "- b", FILLER * 3]
    ),
    st.text(alphabet="Aab .,:;?!|•…#-1\xa0д", max_size=40),
)


@given(st.lists(lines, max_size=12).map("\n".join))
def test_only_whole_stretches_are_blanked_and_nothing_moves(body: str) -> None:
    cleaned = without_furniture(body)
    assert len(cleaned) == len(body)
    assert all(new == old or new == " " for new, old in zip(cleaned, body, strict=True))


@given(st.lists(lines, max_size=12).map("\n".join))
def test_long_paragraphs_are_never_left_out(body: str) -> None:
    page = f"{body}\n\n{FILLER * 3}\n\n{body}"
    assert FILLER * 3 in without_furniture(page)
