"""A page's furniture left in the text does not count; the article's own short lines do."""

from __future__ import annotations

from tests.match.judging_by import FILLER, judge, topic
from worker.match.furniture import without_furniture

DRONES = topic("drones", words=["drone"])
MENU = "Menu\n • Home\n • Drone & UAV\n • Drone Warfare\n • Future of Drones\n"
RELATED = "Related Posts\n\nDrone Strikes Hit Airport\n\nMay 3, 2025\n\nWhy Drones Win\n\nMay 2, 2025\n"
STORY = "\n\n".join([FILLER * 3] * 4)


def test_menus_and_related_posts_do_not_change_what_an_article_is_about() -> None:
    page = f"{MENU}\n{STORY}\n\n{RELATED}"
    assert judge(DRONES, "Budget passes", page).verdict == "none"


def test_a_heading_between_paragraphs_stays() -> None:
    body = f"{FILLER}\n\nDrones over the harbour\n\n{STORY}"
    assert without_furniture(body) == body


def test_a_line_that_is_repeated_like_a_link_goes() -> None:
    body = f"Drones: the new war\n\n{STORY}\n\n{FILLER}\n\nDrones: the new war\n\n{FILLER}"
    assert "Drones" not in without_furniture(body)


def test_wrapped_text_stays() -> None:
    body = "The harbour was quiet\nuntil a drone came in\nfrom the sea and struck\nthe eastern mole, which\nburned."
    assert without_furniture(f"{body}\n{FILLER * 3}").startswith(body)


def test_an_article_of_short_lines_alone_stays() -> None:
    body = "Drone one\nDrone two\nDrone three\nDrone four\nDrone five\nDrone six"
    assert without_furniture(body) == body


def test_places_do_not_move() -> None:
    page = f"{MENU}\n{STORY}"
    cleaned = without_furniture(page)
    assert len(cleaned) == len(page)
    assert cleaned.index("The committee") == page.index("The committee")


def test_a_table_of_short_lines_stays() -> None:
    body = "Sales 34 mln vs 29 mln\nNet 807,000 vs 758,000\nOrders 5 mln vs 4 mln\nNote: full name\nis Drone Works"
    assert without_furniture(body) == body
