"""Says why in one sentence that a subscriber understands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from worker.match.evidence import Evidence
from worker.match.scoring import Found, Weighed
from worker.schedules.topics import TopicDefinition

_NAMED_TERMS = 3


def sentence_for(
    verdict: str,
    definition: TopicDefinition,
    evidence: Sequence[Evidence],
    excluded: Sequence[Evidence],
    found: Found,
    weighed: Weighed,
) -> str:
    """Such as: About Belarus because the title says 'Belarus' and the text speaks of it 11 times."""
    title = definition.title
    reasons = _reasons(evidence, found)
    if verdict == "about":
        return f"About {title} because {_and(reasons)}{_contrary(excluded)}."
    if weighed.score >= definition.threshold:  # enough, but for what is required
        return f"Not about {title}: none of the terms that it requires was found, though {_and(reasons)}."
    if verdict == "mention":
        return f"Only mentions {title}: {_and(reasons)}, which is too little to be about it{_contrary(excluded)}."
    if evidence:
        hints = _shown(evidence)[:_NAMED_TERMS]
        return f"Not about {title}: it is not named, only touched on ({_and(hints)}){_contrary(excluded)}."
    if excluded:
        return f"Not about {title}: {_something_else(excluded)}."
    return f"Not about {title}: none of its terms was found."


def _reasons(evidence: Sequence[Evidence], found: Found) -> list[str]:
    in_title = _shown(piece for piece in evidence if piece.field == "title")
    in_text = [piece for piece in evidence if piece.field in ("summary", "body")]
    in_tags = _shown(piece for piece in evidence if piece.field == "tags")
    reasons = []
    if in_title:
        reasons.append(f"the title says {_and(in_title[:_NAMED_TERMS])}")
    if in_text:
        reasons.append(_speaks(in_text, in_title))
    if in_tags:
        reasons.append(f"{'it is tagged' if len(in_tags) == 1 else 'its tags are'} {_and(in_tags[:_NAMED_TERMS])}")
    elif found.in_category:
        reasons.append("its source files it so")
    if found.in_source:
        reasons.append("its source is dedicated to it")
    return reasons


def _speaks(pieces: Sequence[Evidence], in_title: Sequence[str]) -> str:
    """How often the text speaks of it, and in which words, unless the title has told them."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for piece in pieces:
        counts[piece.term] += piece.count
        written.setdefault(piece.term, piece.shown or piece.term)
    times = _times(sum(counts.values()))
    common = list(dict.fromkeys(f"'{written[term]}'" for term, _ in counts.most_common(_NAMED_TERMS)))
    if len(counts) == 1 and [word.casefold() for word in common] == [word.casefold() for word in in_title]:
        return f"the text speaks of it {times}"
    more = ", ..." if len(counts) > _NAMED_TERMS else ""
    return f"the text speaks of it {times} ({', '.join(common)}{more})"


def _contrary(excluded: Sequence[Evidence]) -> str:
    return f" ({_something_else(excluded)})" if excluded else ""


def _something_else(excluded: Sequence[Evidence]) -> str:
    terms = _shown(excluded)
    named = _and([*terms[:_NAMED_TERMS], "others"] if len(terms) > _NAMED_TERMS else terms)
    return f"{named} {'speaks' if len(terms) == 1 else 'speak'} of something else"


def _shown(pieces: Iterable[Evidence]) -> list[str]:
    """The terms as the article writes them, each once whatever its capitals."""
    shown = {(piece.shown or piece.term).casefold(): piece.shown or piece.term for piece in reversed(list(pieces))}
    return [f"'{written}'" for written in reversed(shown.values())]


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _and(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
