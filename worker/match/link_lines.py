"""Words by which a line tells that it is a link, or heads links, in the languages that are supported."""

from __future__ import annotations

import re

_HEADS = (
    # English
    "read more", "read also", "read next", "read on", "also read", "also see", "must read", "must see",
    "further reading", "see also", "more from", "more on", "more stories", "more news", "more about", "more in",
    "related", "recommended", "recommendations", "you may like", "you may also like", "you might like",
    "you might also like", "don't miss", "trending", "popular", "most read", "most popular", "most viewed",
    "most shared", "top stories", "our picks", "editor's picks", "editors' picks", "editor's choice", "what's hot",
    "latest", "latest news", "up next", "next up", "next article", "next post", "next story", "next",
    "previous", "previous article", "previous post", "previous story", "share", "share this", "follow us", "subscribe",
    "sign up", "sign in", "log in", "login", "register", "newsletter", "newsletters", "tag", "tags", "tagged", "topics",
    "filed under", "categories", "category", "advertisement", "sponsored", "promoted", "menu", "close menu", "skip to",
    "navigation", "search", "comments", "comment", "leave a reply", "leave a comment", "no comments", "back to top",
    "print", "watch", "listen", "copyright", "©", "all rights", "privacy", "terms of", "cookies", "cookie",
    "we use cookies", "accept", "home", "in this section", "on this page", "elsewhere",
    # German
    "lesen sie", "mehr zum", "mehr aus", "mehr zu", "auch interessant", "verwandte", "meistgelesen", "schlagwörter",
    "schlagworte", "teilen", "anzeige", "startseite", "das könnte sie",
    # Norwegian
    "les også", "les mer", "relatert", "relaterte", "mest lest", "siste nytt", "del artikkelen", "annonse", "forsiden",
    # Russian, Ukrainian, Belarusian
    "читайте", "читать", "смотрите", "также по теме", "похожие", "по теме", "материалы по теме", "популярное",
    "поделиться", "теги", "метки", "реклама", "главная", "схожі", "дивіться", "читати", "також", "за темою",
    "популярне", "поділитися", "чытайце", "глядзіце", "тэгі", "па тэме",
    # French, Spanish, Polish
    "lire aussi", "à lire", "lire plus", "lea también", "le puede interesar", "czytaj", "zobacz", "polecane",
)  # fmt: skip

_POINTS = (
    "read", "read more", "read also", "read next", "also read", "see", "see also", "watch", "watch also", "listen",
    "related", "related article", "related story", "related stories", "related articles", "more", "more on this",
    "more on this story", "more from", "also on", "don't miss", "in pictures", "in case you missed it", "opinion",
    "lesen sie auch", "lesen sie mehr", "mehr dazu", "les også", "les mer", "se også", "читайте также", "читать также",
    "читайте ещё", "читайте по теме", "смотрите также", "читайте також", "дивіться також", "читати також",
    "чытайце таксама", "глядзіце таксама",
)  # fmt: skip


def _any_of(words: tuple[str, ...]) -> str:
    """A pattern of the words, the longest first, with either apostrophe."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace("'", "['’]") for word in longest_first)


_HEADING = re.compile(rf"(?:{_any_of(_HEADS)})(?![\w’'])", re.IGNORECASE)
_POINTER = re.compile(rf"(?:{_any_of(_POINTS)})\s*[:»>→–—]", re.IGNORECASE)
_HEADING_INITIALS = frozenset(word[0].lower() for word in _HEADS)
_POINTER_INITIALS = frozenset(word[0].lower() for word in _POINTS)


def heads_links(line: str) -> bool:
    """Whether a short line without a sentence's end begins as furniture does: `Related Posts`, `Share`, `Tags: ...`."""
    return line[0].lower() in _HEADING_INITIALS and _HEADING.match(line) is not None


def points_elsewhere(line: str) -> bool:
    """Whether a line only points at another article: `Read more: ...`, however it ends."""
    return line[0].lower() in _POINTER_INITIALS and _POINTER.match(line) is not None
