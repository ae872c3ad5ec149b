"""Says why in one sentence that a subscriber understands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
    reasons = _reasons(definition, evidence, found)
    uncounted = _uncounted(excluded)
    if verdict == "about":
        return f"About {definition.title} because {_and(reasons)}{uncounted}."
    if verdict == "mention":
        return f"Only mentions {definition.title}: {_and(reasons)}, which is too little to be about it{uncounted}."
    if excluded:
        return f"Not about {definition.title}{uncounted}."
    return f"Not about {definition.title}: none of its terms was found."


def _reasons(definition: TopicDefinition, evidence: Sequence[Evidence], found: Found) -> list[str]:
    in_title = [f"'{_readable(piece.term)}'" for piece in evidence if piece.field == "title"]
    in_text: Counter[str] = Counter()
    for piece in evidence:
        if piece.field in ("summary", "body"):
            in_text[_readable(piece.term)] += piece.count
    in_tags = [f"'{_readable(piece.term)}'" for piece in evidence if piece.field == "tags"]
    reasons = []
    if in_title:
        reasons.append(f"the title says {_and(in_title[:_NAMED_TERMS])}")
    if in_text:
        reasons.append(_speaks(in_text, named=bool(in_title)))
    if in_tags:
        reasons.append(f"its tags say {_and(in_tags[:_NAMED_TERMS])}")
    elif found.in_category:
        reasons.append("its source files it so")
    return reasons or ["nothing in it that counts was found"]


def _speaks(terms: Counter[str], *, named: bool) -> str:
    times = _times(sum(terms.values()))
    common = [f"'{term}'" for term, _ in terms.most_common(_NAMED_TERMS)]
    more = ", ..." if len(terms) > _NAMED_TERMS else ""
    if named and len(terms) == 1:
        return f"the text speaks of it {times}"
    return f"the text speaks of it {times} ({', '.join(common)}{more})"


def _uncounted(excluded: Sequence[Evidence]) -> str:
    if not excluded:
        return ""
    terms = list(dict.fromkeys(f"'{_readable(piece.term)}'" for piece in excluded))
    return f" ({_and(terms[:_NAMED_TERMS])} not counted: something else is meant)"


def _readable(term: str) -> str:
    return term.replace("*", "...")


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _and(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
