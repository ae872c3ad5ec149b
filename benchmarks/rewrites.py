"""How one newsroom's article comes back from another: light rewrites of a text; and reports that only share a form."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
_INSTEAD = {
    "said": "told reporters", "about": "around", "however": "but", "because": "since", "before": "ahead of",
    "after": "following", "near": "close to", "large": "big", "began": "started", "several": "a number of",
    "many": "a lot of", "during": "in the course of", "also": "as well",
}  # fmt: skip
_WORD = re.compile(rf"\b({'|'.join(_INSTEAD)})\b")
_SMALL_NUMBER = re.compile(r"\b\d{1,3}\b")


def sentences(text: str) -> list[str]:
    """The text's sentences."""
    return _SENTENCE.split(text)


def sentences_dropped(text: str, chance: random.Random) -> str:
    """One sentence in eight is missing, never the first."""
    kept = sentences(text)
    for _ in range(max(1, len(kept) // 8)):
        kept.pop(chance.randrange(1, len(kept)))
    return " ".join(kept)


def lead_rewritten(text: str, _: random.Random) -> str:
    """The first sentence is the other newsroom's own."""
    return f"It was a day that few had seen coming, and one that will be talked of. {' '.join(sentences(text)[1:])}"


def numbers_changed(text: str, chance: random.Random) -> str:
    """One small number in five was counted anew."""
    every = iter(range(1_000_000))
    return _SMALL_NUMBER.sub(
        lambda found: str(int(found.group()) + chance.randrange(1, 9)) if next(every) % 5 == 2 else found.group(), text
    )


def agency_header(text: str, _: random.Random) -> str:
    """A place, a date and the desk's names around it."""
    return f"HARBOUR CITY, March 3 (North Wire) - {text}\n\nReporting by the harbour desk; editing by the night desk."


def trimmed(text: str, _: random.Random) -> str:
    """The first three fifths."""
    return text[: int(len(text) * 0.6)].rsplit(". ", 1)[0] + "."


def reworded(text: str, chance: random.Random) -> str:
    """Other words here and there, and a sentence less."""
    return _WORD.sub(lambda found: _INSTEAD[found.group()], sentences_dropped(text, chance))


def reworded_and_trimmed(text: str, chance: random.Random) -> str:
    """Both."""
    return trimmed(reworded(text, chance), chance)


REWRITES: dict[str, Callable[[str, random.Random], str]] = {
    "a sentence dropped": sentences_dropped,
    "lead rewritten": lead_rewritten,
    "numbers changed": numbers_changed,
    "agency header": agency_header,
    "trimmed to 60 %": trimmed,
    "reworded": reworded,
    "reworded and trimmed": reworded_and_trimmed,
}

_NAMES = (
    "Orlan", "Bergvik", "Castellane", "Dunmore", "Eskild", "Farrow", "Grenholm", "Hartmann", "Ilves", "Jansson", "Kovarik",
    "Lindqvist", "Marwood", "Novak", "Ostrava", "Pellew", "Quist", "Rask", "Solberg", "Tarnow", "Ulmer", "Vance",
)  # fmt: skip


def market_close(chance: random.Random) -> str:
    """The daily report of a stock exchange."""
    up = chance.random() < 0.5
    low, high = ("closed higher", "rose") if up else ("closed lower", "fell")
    one, two, three = chance.sample(_NAMES, 3)
    return (
        f"Shares of defence companies {low} on the exchange on {_day(chance)} as investors weighed new orders. "
        f"The main index {high} {_pct(chance)} percent to {chance.randrange(7000, 9000)} points, while the index of "
        f"smaller companies {high} {_pct(chance)} percent. Shipbuilder {one} gained {_pct(chance)} percent to "
        f"{chance.randrange(20, 200)} crowns, engine maker {two} lost {_pct(chance)} percent, and {three} was unchanged "
        f"in heavy trading of {chance.randrange(10, 99)} million shares. Turnover on the exchange was "
        f"{chance.randrange(2, 9)}.{chance.randrange(1, 9)} billion crowns, compared with an average of "
        f"{chance.randrange(2, 9)}.{chance.randrange(1, 9)} billion over the past month. Analysts expect trading to stay "
        f"nervous until the central bank decides on rates on {_day(chance)}. The yield of ten-year bonds stood at "
        f"{_pct(chance)} percent, and the crown traded at {chance.randrange(9, 12)}.{chance.randrange(10, 99)} to the dollar."
    )


def marine_forecast(chance: random.Random) -> str:
    """The daily forecast for those in small boats."""
    one, two = chance.sample(_NAMES, 2)
    return (
        f"The coast guard warns small boats of strong winds off {one} on {_day(chance)}. Winds of "
        f"{chance.randrange(20, 40)} to {chance.randrange(41, 60)} knots are expected from the north, with gusts of up to "
        f"{chance.randrange(60, 80)} knots near {two}. Waves will reach {chance.randrange(2, 5)} to "
        f"{chance.randrange(6, 9)} metres in open water, and visibility will drop to {chance.randrange(200, 900)} metres in "
        f"showers. The temperature of the sea is {chance.randrange(3, 14)} degrees. Skippers should listen to channel 16, "
        f"check their life jackets and stay in port where they can. The next forecast is due at "
        f"{chance.randrange(1, 12)} in the morning of {_day(chance)}. Ferries between {two} and {one} may be cancelled at "
        f"short notice; passengers should ask the company before they leave home."
    )


def briefing(chance: random.Random) -> str:
    """What happened on one day of a long war."""
    places = chance.sample(_NAMES, 5)
    verbs = chance.sample(
        ["shelled", "took", "left", "mined", "crossed the river near", "lost a bridge at", "fought over", "fortified"],
        5,
    )
    told = " ".join(
        f"Troops {verb} {place}, where {chance.randrange(2, 90)} people were hurt and {chance.randrange(3, 60)} houses "
        f"burnt, the governor said."
        for verb, place in zip(verbs, places, strict=True)
    )
    return (
        f"Here is what we know on day {chance.randrange(300, 900)} of the war. {told} The general staff counted "
        f"{chance.randrange(40, 200)} clashes along the front. What we say about losses comes from the parties to the "
        f"war and could not be checked. Read yesterday's briefing for what happened before, and our guide for the places."
    )


def earnings(chance: random.Random) -> str:
    """A company's quarter, as an agency's machine writes it."""
    one = chance.choice(_NAMES)
    return (
        f"{one} Industries reported a quarterly profit of {chance.randrange(10, 400)} million crowns, up from "
        f"{chance.randrange(10, 400)} million a year earlier. Revenue rose to {chance.randrange(1, 9)}."
        f"{chance.randrange(1, 9)} billion crowns from {chance.randrange(1, 9)}.{chance.randrange(1, 9)} billion. Earnings "
        f"per share were {chance.randrange(1, 9)}.{chance.randrange(10, 99)} crowns; analysts had expected "
        f"{chance.randrange(1, 9)}.{chance.randrange(10, 99)}. The company raised its forecast for the year and will pay "
        f"a dividend of {chance.randrange(1, 9)}.{chance.randrange(10, 99)} crowns on {_day(chance)}. Its order book stood "
        f"at {chance.randrange(10, 90)} billion crowns at the end of the quarter. The results were prepared by a machine "
        f"from the company's report and checked by an editor."
    )


FORMS: dict[str, Callable[[random.Random], str]] = {
    "market close": market_close,
    "marine forecast": marine_forecast,
    "war briefing": briefing,
    "earnings": earnings,
}


def _pct(chance: random.Random) -> str:
    return f"{chance.randrange(0, 5)}.{chance.randrange(1, 9)}"


def _day(chance: random.Random) -> str:
    return chance.choice(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
