"""Whether a page shows readers without a subscription only the beginning of its article."""

from __future__ import annotations

import re

from worker.collect.extract.told import Told, listed

_LOCKED = frozenset({"locked", "premium", "paid", "subscriber", "subscribers", "hard", "member", "members"})
_TIERS = (
    "article:content_tier",
    "content_tier",
    "content-tier",
    "access_level",
    "article:access",
    "paywall",
    "lp.type",
)
_PROMPT = re.compile(
    r"""(?:to\s+(?:view|read|see|continue\s+reading|access|unlock|keep\s+reading|finish)\s+(?:this|the|our)\s+(?:full\s+|whole\s+
        |entire\s+|rest\s+of\s+the\s+|complete\s+)?(?:story|article|post|content|report)\b.{0,60}\b(?:subscribe|subscription
        |sign|log|register|join|member|pay)
    | subscribe\s+(?:now\s+|today\s+)?(?:to|for)\b.{0,60}\b(?:full|whole|rest|continue|unlimited|access|read|keep)\b
    | (?:already|current)\s+(?:a\s+|an\s+)?(?:subscriber|member|subscribed|registered)\b.{0,80}\b(?:log|sign)\s*in
    | (?:log|sign)\s*in\b.{0,60}\b(?:full\s+(?:story|access)|immediate\s+access|continue\s+reading)
    | (?:this|the\s+full)\s+(?:article|content|story|post)\s+is\s+(?:only\s+)?(?:(?:available|reserved
        |exclusively)\s+(?:only\s+|exclusively\s+)?(?:to|for)|for)\s+(?:(?:our|paid|paying|premium|registered)\s+)?(?:subscribers|members)
    | (?:the\s+rest|the\s+remainder)\s+of\s+this\s+(?:article|story|post)\b.{0,60}\b(?:subscribers|members|subscription)
    | you(?:\s+have|['’]ve)\s+(?:reached|used|read)\b.{0,60}\b(?:free|limit|complimentary)\b
        .{0,40}\b(?:articles?|stories|limit)
    | (?:jetzt|bereits)\s+(?:abonnieren|abonnent|registriert|weiterlesen\s+mit)
    | (?:weiterlesen|lesen\s+sie\s+weiter)\s+mit\b.{0,40}\b(?:abo|plus|premium)
    | (?:article\s+|contenu\s+)?(?:réservé|reservado|riservato)\s+(?:aux|à\s+nos|a\s+los|a\s+nuestros|agli|ai)\s+
        (?:nos\s+)?(?:abonnés|suscriptores|abbonati)
    | il\s+vous\s+reste\s+[\d,.]+\s*%\s+de\s+cet\s+article)""",
    re.VERBOSE | re.IGNORECASE,
)
"""A call to subscribe that stands where the article goes on."""
_PROMPT_WORDS = (
    "subscri", "member", "sign", "log", "register", "pay", "free", "limit", "abonn", "registr", "abo", "plus",
    "premium", "suscriptor", "abbonat", "reste",
)  # fmt: skip
"""One of them is in every call; looking for them is much faster."""
_GATE_NAMES = (
    "leaky_paywall_message", "pmpro_content_message", "wc-memberships-restriction-message", "mepr-unauthorized",
    "rcp_restricted", "newspack-memberships__gate", "newspack-content-gate", "memberful-restricted",
)  # fmt: skip
_GATES = re.compile(rf"""class=["'][^"'<>]*(?:{"|".join(_GATE_NAMES)})""")
"""What membership plugins put in the place of the rest."""
_SHORT = 5_000
"""A longer text is no teaser; what looks like a gate is the plugin's own program, which all of its pages carry."""


def is_gated(html: str, text: str) -> bool:
    """Whether a plugin's gate stands where the article goes on, of which `text` was found on the page."""
    return len(text) < _SHORT and any(name in html for name in _GATE_NAMES) and _GATES.search(html) is not None


def is_prompt(line: str) -> bool:
    """Whether a line calls upon readers to subscribe."""
    small = line.casefold()
    return any(word in small for word in _PROMPT_WORDS) and _PROMPT.search(line) is not None


def says_paywalled(told: Told) -> bool:
    """Whether the page's own description says so: schema.org/isAccessibleForFree, content tiers."""
    free = _is_free(told.article.get("isAccessibleForFree"))
    if free is not None:
        return not free
    if any(_is_free(part.get("isAccessibleForFree")) is False for part in _parts(told)):
        return True
    return told.meta(*_TIERS).strip().lower() in _LOCKED


def _parts(told: Told) -> list[dict[str, object]]:
    return [part for part in listed(told.article.get("hasPart")) if isinstance(part, dict)]


def _is_free(value: object) -> bool | None:
    """schema.org wants a boolean; sites write texts too."""
    word = str(value).strip().lower().rpartition("/")[2]
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(word)
