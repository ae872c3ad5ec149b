"""Puts around a text what pages have around theirs: menus, related links, share bars, tag clouds, cookie notes.

The headlines are made of the shipped topics' words, so that a matcher that reads them is misled. Deterministic: the
same text and seed give the same page.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_SUBJECTS = (
    "Drone Swarm", "Ukraine Drone Strikes", "Shahed Drones", "Bayraktar TB2", "Uncrewed Boats", "Loitering Munitions",
    "Counter-UAS Lasers", "MQ-9 Reaper", "Unmanned Submarine", "FPV Pilots", "Belarus", "Lukashenko", "Minsk",
    "Belarusian Opposition", "Tsikhanouskaya", "Belarus Border Guards", "Arctic", "Greenland", "Svalbard",
    "Polar Icebreaker", "Northern Fleet", "Murmansk", "Northern Sea Route", "Arctic Council", "High North",
)  # fmt: skip
_DEEDS = (
    "Hits Oil Depot Near {place}", "Stuns Allies in {place}", "Tops the Agenda at {place} Talks", "Wins $40m Contract",
    "Faces New Test Off {place}", "Moves Closer to {place}", "Returns After Ten Years", "Explained in Five Charts",
    "Sparks Debate in {place}", "Is Changing: What We Learned in {place}", "Draws Crowds to {place} Expo",
)  # fmt: skip
_PLACES = ("Riga", "Oslo", "Kyiv", "Minsk", "Nuuk", "Murmansk", "Warsaw", "Tromsø", "Vilnius", "Ankara", "Kirkenes")
_SECTIONS = (
    "Home", "World", "Drones & UAV", "Drone Warfare", "Future of UAVs", "Belarus", "Eastern Europe", "Arctic",
    "High North", "Greenland", "Naval", "Land", "Air", "Space", "Cyber", "Opinion", "Podcasts", "Events", "Jobs",
)  # fmt: skip
_TAGS = ("drones", "UAV", "uncrewed", "Belarus", "Minsk", "Lukashenko", "Arctic", "Greenland", "Svalbard", "NATO")
_TEASERS = (
    "A new drone unit took delivery of its first aircraft on Monday.", "Minsk said nothing about the claim…",
    "The Arctic is warming, and fleets are moving in.", "Greenland wants a say; Washington wants the island.",
    "Officials in Belarus opened a case against eleven reporters.", "How uncrewed boats changed the war at sea...",
)  # fmt: skip
_SHARE = ("Facebook", "X (Twitter)", "LinkedIn", "WhatsApp", "Telegram", "Email", "Print", "Copy link")
_COOKIES = "We use cookies to improve your experience.\nAccept all\nReject all\nManage settings"
_BOX = "Subscribe to Drone & Arctic Weekly\nGet the latest drone news in your inbox\nYour email\nSign up"
_FOOTER = "About us\nContact\nAdvertise\nPrivacy policy\nTerms of use\n© 2025 Northern Defence Review"


class Page:
    """One page's furniture, drawn anew for each article."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def headlines(self, count: int) -> list[str]:
        """Headlines in title case."""
        return [self._headline() for _ in range(count)]

    def _headline(self) -> str:
        deed = self._random.choice(_DEEDS).format(place=self._random.choice(_PLACES))
        return f"{self._random.choice(_SUBJECTS)} {deed}"

    def quiet_headlines(self, count: int) -> list[str]:
        """Headlines in sentence case, with names in capitals only."""
        return [_sentence_case(headline) for headline in self.headlines(count)]

    def some(self, words: tuple[str, ...], count: int) -> list[str]:
        return self._random.sample(words, min(count, len(words)))

    def date(self) -> str:
        return f"{self._random.choice(('October', 'May', 'March'))} {self._random.randint(1, 28)}, 2025"

    def place_in(self, paragraphs: list[str]) -> int:
        return self._random.randint(1, max(1, len(paragraphs) - 1))


def _sentence_case(headline: str) -> str:
    first, *others = headline.split(" ")
    keep = set(" ".join((*_PLACES, *_SUBJECTS)).split())
    return " ".join([first, *(word if word in keep else word.lower() for word in others)])


def _listed(page: Page) -> tuple[str, str]:
    menu = ["Menu", *page.some(_SECTIONS, 14), "Most Read", *page.headlines(6)]
    related = ["Related Posts"]
    for headline in page.headlines(8):
        related += ["", headline, "", page.date()]
    return "\n".join(menu), "\n".join([*related, *_SHARE, _FOOTER])


def in_lines(body: str, page: Page) -> str:
    """Menu and most-read list before, related posts with dates, share bar and footer after."""
    before, after = _listed(page)
    return f"{before}\n\n{body}\n\n{after}"


def in_bars(body: str, page: Page) -> str:
    """Menus, tags and related links each on one line, between bars and bullets."""
    before = " | ".join(page.some(_SECTIONS, 16)) + "\n" + " • ".join(page.headlines(5))
    after = f"Tags: {', '.join(page.some(_TAGS, 9))}\n" + " · ".join(page.some(_SECTIONS, 12)) + "\n"
    return f"{before}\n\n{body}\n\n{after}{' » '.join(page.headlines(6))}"


def with_teasers(body: str, page: Page) -> str:
    """Below the text, stories with a headline, a teaser and a date each; above it, a breadcrumb."""
    stories = ["More from Drones"]
    for headline in page.quiet_headlines(7):
        stories += [headline, page.some(_TEASERS, 1)[0], page.date(), ""]
    return f"Home » Drones » Ukraine\n\n{body}\n\n" + "\n".join(stories)


def in_the_middle(body: str, page: Page) -> str:
    """Between paragraphs, a box of popular stories, a newsletter box and single `Read more` lines."""
    paragraphs = [part for part in re.split(r"\n\s*\n", body) if part.strip()]
    box = "\n".join(["Trending", *page.headlines(5)])
    quiet = "\n".join(["Advertisement", *page.quiet_headlines(4)])
    pointers = [f"Read more: {one}" for one in page.quiet_headlines(3)] + [
        f"RELATED: {one}." for one in page.headlines(2)
    ]
    for block in (box, quiet, _BOX, *pointers):
        paragraphs.insert(page.place_in(paragraphs), block)
    return "\n\n".join(paragraphs)


def repeated(body: str, page: Page) -> str:
    """The same menu three times over, cookie notes, a tag cloud in small letters, comments."""
    menu = "\n".join(page.some(_SECTIONS, 9))
    cloud = "\n".join(page.some(_TAGS, 8)) + "\n" + ", ".join(tag.lower() for tag in _TAGS)
    comments = "Leave a Reply\n3 Comments\nYour name\nDrone Fan\nMay 4, 2025\nReply"
    return f"{_COOKIES}\n{menu}\n{menu}\n\n{body}\n\n{cloud}\n{comments}\n{menu}\n{_FOOTER}"


def flattened(body: str, page: Page) -> str:
    """Menus and related posts, and then all line breaks lost."""
    before, after = _listed(page)
    return re.sub(r"\s+", " ", f"{before} {body} {after}")


LAYOUTS: dict[str, Callable[[str, Page], str]] = {
    "in lines": in_lines,
    "in bars": in_bars,
    "teasers": with_teasers,
    "in the middle": in_the_middle,
    "repeated": repeated,
    "flattened": flattened,
}


def cluttered(body: str, layout: str, seed: int) -> str:
    """`body` as a page of that layout would have it."""
    return LAYOUTS[layout](body, Page(seed))
