"""Notes about who made an article: credits of an agency's report, and biographies behind the last paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ROLE = (
    r"(?i:writer|reporter|journalist|editor|author|correspondent|columnist|contributor|blogger|freelancer?|founder|co-founder|consultant|"
    r"professor|lecturer|fellow|researcher|analyst|director|producer|photographer|critic|historian|scholar|attorney|physician|"
    r"entrepreneur|podcaster|novelist|poet|staff|intern|student|specialist|strategist|expert|enthusiast)"
)
_BIO = re.compile(
    rf"^(?:[A-ZÀ-ÖØ-Þ][\w.'’-]+\s+){{1,4}}(?:\([^)]{{1,40}}\)\s+)?(?:is|writes|covers|works|serves)\s+(?:(?:a|an|the|our|currently|also|as)\s+|\w+['’]s\s+|about\s+|for\s+)?(?:[\w&!.,'’-]+\s+){{0,12}}?{_ROLE}\b|"
    r"^(?:[A-ZÀ-ÖØ-Þ][\w.'’-]+\s+){1,4}(?:studierte?|ist\s+(?:freie[rn]?\s+)?(?:Redakteur|Autor|Journalist|Chefredakteur|Gründer)|schreibt\s+(?:für|über|seit))"
)
_CONTACT = re.compile(
    r"\b(?i:you\s+can\s+(?:follow|reach|contact|e-?mail)\s+(?:him|her|them|me|the\s+(?:author|reporter|writer))\s+(?:on|at|via))\b|"
    r"(?:^|[.!?:;,]\s+|\b(?:and|or)\s+)(?:Follow|Reach|Contact|E-?mail)\s+(?:him|her|them|me|the\s+(?:author|reporter|writer))\s+(?:on|at|via)\b|"
    r"(?:^|\.\s+)(?:[A-Z][\w.'’-]+\s+){1,4}can\s+be\s+(?:reached|contacted|followed)\s+(?:on|at|via|by)\b"
)
_HELPED = re.compile(r"\bcontributed\s+to\s+this\s+(?:report|story|article)\.?$")
_LONGEST_NOTE = 250
_CREDITS = re.compile(
    r"^[\W_]*(?:(?:with|additional|further)\s+){0,2}(?:reporting|editing|writing|edited|reported|written|compiled|translated)"
    r"(?:\s+(?:and|&)\s+\w+)?\s+by\b.{0,300}$",
    re.IGNORECASE,
)
_ADDED = re.compile(r"^[\W_]*(?:with|additional|further)\s", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_][\w'’.-]*")
_AMONG_NAMES = frozenset({
    "and", "by", "in", "with", "for", "at", "of", "the", "from", "to", "on", "additional", "further", "reporting",
    "editing", "writing", "edited", "reported", "written", "compiled", "translated", "staff", "newsroom", "desk",
    "team", "agencies", "agency", "correspondent", "correspondents", "writer", "writers", "freelance", "our", "de",
    "la", "le", "van", "von", "der", "den", "dos", "da", "al", "bin", "el",
})  # fmt: skip
_LAST_PARAGRAPHS = 3
_PROSE = 80


def is_credits(line: str) -> bool:
    """Whether a line says who wrote a report; anywhere, because notes follow it. It is names, no sentence."""
    if not _CREDITS.match(line):
        return False
    return bool(_ADDED.match(line)) or all(
        word[0].isupper() or word.rstrip(".").casefold() in _AMONG_NAMES for word in _WORDS.findall(line)
    )


def without_bios(lines: Sequence[str], *, title: str, author: str) -> list[str]:
    """The lines without those among the last that tell about the author."""
    kept = list(lines[:-_LAST_PARAGRAPHS]) if len(lines) > _LAST_PARAGRAPHS else []
    told = " ".join([title, *(line for line in kept if len(line) > _PROSE)])
    for line in lines[len(kept) :]:
        if kept and not _is_about_one_of(line, told) and (_is_note(line) or _is_about(line, author)):
            continue
        kept.append(line)
    return kept


def _is_note(line: str) -> bool:
    return bool(_BIO.search(line) or _CONTACT.search(line) or (len(line) <= _LONGEST_NOTE and _HELPED.search(line)))


def _is_about_one_of(line: str, told: str) -> bool:
    """Whether a line begins with the name of somebody whom the article has told about; with its author's, seldom."""
    found = re.match(r"(?:[A-ZÀ-ÖØ-Þ][\w.'’-]+(?:\s+|$)){2,4}", line)
    return found is not None and found.group().split()[1].strip(".,'’") in _WORDS.findall(told)


def _is_about(line: str, author: str) -> bool:
    """A last paragraph that begins with the author's own name tells about the author."""
    return (
        len(author.split()) > 1
        and line.casefold().startswith(author.casefold())
        and '"' not in line
        and "“" not in line
    )
