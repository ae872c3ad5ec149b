"""Line by line after the extractor: what it leaves of a page's furniture around and inside an article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from worker.collect.extract import tongues
from worker.collect.extract.boilerplate import without_footers
from worker.collect.extract.paywall import is_prompt
from worker.collect.extract.people_notes import is_credits, without_bios

_RELATED = re.compile(
    r"""^\W*(?:
      (?:related|recommended|similar|popular|trending)\s+(?:posts?|articles?|stor(?:y|ies)|news|reading|content
          |coverage)
    | you\s+(?:may|might)\s+(?:also\s+)?(?:like|enjoy|be\s+interested).{0,30} | you'?ll\s+also\s+like
    | (?:leave|post|write)\s+an?\s+(?:reply|comment).{0,30} | about\s+the\s+(?:author|writer)s?
    | (?:ähnliche|verwandte)\s+(?:artikel|beiträge|themen).{0,20} | das\s+könnte\s+(?:sie|dich|ihnen
        |dir)\s+auch\b.{0,30}
    | (?:você|voce)\s+(?:pode|também|vai)\b.{0,30} | (?:artigos|posts|notícias|artículos
        |noticias)\s+relacionad[oa]s.*
    | articles?\s+(?:similaires|liés|connexes).* | articoli\s+correlati.*
    )\W*$""",
    re.VERBOSE | re.IGNORECASE,
)
_TRAILING_HEADING = re.compile(
    r"""^\W*(?:
      (?:latest|recent|more|further|other|additional)\s+(?:posts?|articles?|stor(?:y|ies)|news|reading|content
          |coverage|links?|topics|headlines|videos?|from\b.*|on\s+this\b.*|in\s+this\s+series)
    | related | also\s+(?:on|read|see)\b.{0,40}
    | (?:read|see|watch|learn|find\s+out)\s+(?:more|next|also)(?:\s+(?:about|on|from|stories).{0,60})?
        | read\s+(?:the\s+)?original.{0,60} | up\s+next | what\s+to\s+read\s+next | don'?t\s+miss
    | share\s+(?:this|the|on|via|it)\b.{0,40} | share | (?:like|love)\s+this(?:\s+(?:article|post
        |story))?(?:\?.*)? | like\s+loading.* | spread\s+the\s+word
    | (?:leave|post|write|add|submit)\s+an?\s+(?:reply|comment|response).{0,30} | (?:\d+\s+)?(?:comments?
        |responses?|replies|thoughts?\s+on\b.*)(?:\s*\(\d+\))? | join\s+the\s+(?:conversation
        |discussion).{0,40} | view\s+comments? | comments?\s+are\s+closed.*
    | (?:about|meet|more\s+about)\s+the\s+(?:author|writer|team|contributor)s? | author\s+bio | written\s+by
    | (?:previous|next)\s+(?:article|post|story).{0,150} | post\s+navigation
    | (?:tags?|topics?|categor(?:y|ies)|filed\s+under|posted\s+in|tagged(?:\s+with)?|labels)\s*:.{0,300}
        | tags | filed\s+under.*
    | (?:most\s+(?:read|popular|viewed|shared)|editor'?s?\s+(?:picks?|choice)|top\s+stories|trending(?:\s+now)?
        |our\s+picks|what'?s\s+hot|in\s+case\s+you\s+missed\s+it)
    | (?:subscribe|sign\s+up|register|stay)\s+(?:to|for|in)\b.{0,60}(?:newsletter|updates|touch
        |informed).{0,40} | newsletter
    | (?:ähnliche|verwandte|weitere|mehr|das\s+könnte|auch\s+interessant|lesen\s+sie\s+auch|mehr\s+zum\s+thema
        |teilen|diesen\s+beitrag\s+teilen|schlagwörter|kommentare?|schreibe\s+einen\s+kommentar
        |über\s+den\s+autor|über\s+die\s+autorin)\b.{0,50}
    | (?:você|voce)\s+(?:pode|também|vai)\b.{0,30} | (?:leia|veja)\s+(?:também|mais)\b.{0,40} | (?:artigos
        |posts|notícias)\s+relacionad[oa]s.*
    | (?:articles?|contenus?)\s+(?:similaires|liés|connexes).* | (?:à\s+lire\s+aussi|lire\s+aussi
        |sur\s+le\s+même\s+sujet)\b.{0,60} | laisser\s+un\s+commentaire.*
    | (?:artículos|noticias|entradas)\s+relacionad[oa]s.* | (?:también\s+te\s+puede|te\s+puede
        |quizás\s+te)\b.{0,40} | deja\s+(?:un|una)\s+(?:comentario|respuesta).*
    | (?:potrebbe(?:ro)?|articoli\s+correlati|leggi\s+anche)\b.{0,40} | gerelateerde?\b.{0,40}
        | lees\s+ook\b.{0,60} | (?:podobne|powiązane)\s+(?:artykuły|wpisy).*
    )\W*$""",
    re.VERBOSE | re.IGNORECASE,
)
_INTERJECTION = re.compile(
    r"""^\W*(?:
      (?:also\s+read|read\s+(?:also|more|next|on|this|it|here|the\s+(?:full|rest))|see\s+(?:also|more)
          |related(?:\s+(?:stor(?:y|ies)|articles?|news|video|reading|content|link|posts?|coverage))?
          |more\s*(?:on\s+this|from|stories)|recommended|watch(?:\s+(?:also|now|more|live))?|listen|must\s+read
          |don'?t\s+miss|up\s+next|next\s+up|trending|editor'?s\s+note:?\s+sign|further\s+reading|previously
          |opinion|exclusive\s+offer|in\s+pictures|lees\s+ook|lesen\s+sie\s+(?:auch|mehr)|mehr\s+(?:dazu
          |zum\s+thema)|lire\s+aussi|à\s+lire(?:\s+aussi)?|leia\s+(?:também|mais)|veja\s+também|lea\s+también
          |leer\s+más|leggi\s+anche|czytaj\s+(?:też|także|więcej)|читайте\s+также|funda\s+(?:olunye|okunye
          |futhi))\s*(?:[:|–—>»]|-(?=\s)|(?<=\s)-).{0,250}
    | (?:share|tweet|pin|print|email|e-mail|facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|reddit
        |copy\s+link|share\s+(?:on|via|this).{0,60}|loading\W*|advertisement|advertising
        |anzeige(?:,\s+enthält\s+affiliate[\s-]links?)?|werbung|publicité|publicidad|sponsored(?:\s+content)?
        |(?:story\s+continues|article\s+continues|continue\s+reading|scroll\s+(?:down\s+)?(?:to|for)).{0,60}
        |\d+\s+(?:min(?:ute)?s?\s+read|shares?|comments?|views?)|no\s+comments|posted\s+on|last\s+updated
        |play\s+video|click\s+here\b.{0,100}|view\s+(?:gallery|image|in\s+browser).{0,40}
        |image\s+\d+\s+of\s+\d+|(?:photo|image|picture|foto|bild)\s*:\s.{0,100}|getty\s+images.{0,40})
    | (?:sign\s+up|subscribe|register)\s+(?:now|today|here|to|for|and)\b.{0,80}\b(?:newsletter|inbox|updates?
        |alerts?|emails?|edition|story|stories|channel|podcast|free|news|briefing|access
        |subscription)\b.{0,120} | (?:get
        |receive)\s+(?:the\s+(?:latest|best|day'?s)|our|all\s+the|today'?s|breaking|free
        |unlimited)\b.{0,60}\b(?:news|inbox|newsletter|email|updates|alerts|headlines|access|delivered
        |stories)\b.{0,120}
    | (?:follow|like|find|join|connect\s+with)\s+(?:us|me|him|her|them|our
        |@?\w+(?:\s+\w+){0,3})\s+on\s+(?:facebook|twitter|x|instagram|linkedin|telegram|whatsapp|youtube
        |google\s+news|bluesky|mastodon|threads|tiktok)\b.{0,160}
    | (?:for\s+(?:the\s+)?(?:latest|more|breaking)\b.{0,80}\b)?download\s+(?:the|our)\b.{0,80}\bapps?\b.{0,80}
        | for\s+(?:the\s+)?latest\b.{0,80}\bdownload\b.{0,120}
    | (?:this|the)\s+(?:article|post|story|page)\s+(?:may\s+)?contains?\s+affiliate.{0,200}
        | .{0,80}\bmay\s+(?:earn|receive)\s+an?\s+(?:affiliate\s+)?commission\b.{0,120} | affiliate\s+(?:links?
        |disclosure)\b.{0,200}
    | support\s+(?:our|independent|quality)\b.{0,60}\b(?:journalism|work|site|us)\b.{0,120}
        | we\s+use\s+cookies.{0,200} | (?:if\s+you\s+(?:like|enjoy)(?:ed)?\s+(?:this
        |what)\b.{0,60}\b(?:subscribe|share|support|consider|follow|join|become|proposition)\b.{0,150})
    | ©.{0,150} | copyright\s+(?:©|\(c\)|\d{4}).{0,150} | all\s+rights\s+reserved.{0,80} | (?:\W*_{3,}\W*
        |\W*\*{3,}\W*|\W*-{3,}\W*)
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_NEW_TAB = re.compile(r",?\s*\(?\bopens?\s+(?:in\s+)?(?:a\s+)?new\s+(?:tab|window)\b\)?", re.IGNORECASE)
"""What pages whisper to screen readers behind their links."""
_POLICY = re.compile(
    r"\b(?:privacy\s+(?:policy|notice)|terms\s+(?:of\s+(?:use|service)|and\s+conditions)|datenschutzerklärung)\b",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:sign(?:ing)?\s+up|subscrib\w+|newsletter|special\s+offers?|promotions?|unsubscribe|check\s+out\s+at\s+any\s+time|your\s+"
    r"(?:e-?mail|inbox)|recaptcha|cookies?)\b",
    re.IGNORECASE,
)

_CALL = re.compile(
    r"^\W*(?:share\s+(?:this|on|via)|subscribe|sign\s+up|(?:like|love)\s+this|tags?\s*:|filed\s+under|posted\s+in|read\s+also)\b",
    re.IGNORECASE,
)
"""Furniture that may be written as a sentence."""
_SENTENCE = re.compile(r"(?:[^.…][.]|[!?。؟।])[\"”’'»)\]]*$")
_FEWEST_WORDS = 4
_LOOKED_AT = 200
"""Lines below a heading that tell whether the article goes on: a hostile page has very many of both."""
_LABELLED = re.compile(
    rf"^\W*(?:(?:read|see|watch)\s+(?:also|more|next)|also\s+(?:read|see)|related|{tongues.LABEL})\s*[:|–—>»]\s*\w",
    re.IGNORECASE,
)
"""A link to one other article: another paragraph may follow."""
_BETWEEN = (_INTERJECTION, tongues.INTERJECTION, tongues.HEADING)

_BULLET = re.compile(r"^[-•*▪◦·]\s+")
_LONGEST_INTERJECTION = 500
_SAME = 0.85
_SHORT = 100
_PARAGRAPH = 200
_MIN_BEFORE_CUT = 200
_ENOUGH_TO_GO_ON = 3
"""Paragraphs below links after which the article is not over."""
_CUT_SHORT = ("…", "...", "[…]", "[...]")
_AS_MUCH = 0.5
"""With more prose than this share of what stood before it, the article goes on after a call to subscribe."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The article's paragraphs, parted by blank lines; `is_teaser` where a call to subscribe ended them."""

    text: str
    is_teaser: bool


def clean_lines(text: str, *, title: str, author: str) -> Cleaned:
    """The article among an extractor's lines."""
    lines = [_BULLET.sub("", " ".join(_NEW_TAB.sub("", line).split())) for line in text.split("\n")]
    lines = _without_title([line for line in lines if line], title, author)
    lines, is_teaser = _before_furniture(lines)
    lines = [line for line in lines if not _is_interjection(line)]
    return Cleaned(without_footers("\n\n".join(without_bios(lines, title=title, author=author))), is_teaser)


def _is_interjection(line: str) -> bool:
    """Whether a line between two paragraphs is about something else than the article."""
    if len(line) > _LONGEST_INTERJECTION:
        return False
    if any(furniture.match(line) for furniture in _BETWEEN) or is_credits(line):
        return True
    return _POLICY.search(line) is not None and _OFFER.search(line) is not None


def _without_title(lines: list[str], title: str, author: str) -> list[str]:
    """The heading and the byline above the text are known already."""
    for _ in range(4):
        if len(lines) > 1 and (
            _is_title(lines[0], title) or _is_byline(lines[0], author) or _INTERJECTION.match(lines[0])
        ):
            lines = lines[1:]
    return lines


def _is_title(line: str, title: str) -> bool:
    if not title or len(line) > 2 * len(title) + 20:
        return False
    first, second = line.casefold(), title.casefold()
    if first == second:
        return True
    match = SequenceMatcher(None, first, second)
    return all(ratio() > _SAME for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))


def _is_byline(line: str, author: str) -> bool:
    bare = re.sub(r"^(?:by|von|par|por)\s+", "", line, flags=re.IGNORECASE).strip(" ,|·•")
    return len(line) < 80 and bool(author) and bare.casefold() == author.casefold()


def _before_furniture(lines: list[str]) -> tuple[list[str], bool]:
    """Everything before a heading that opens related posts, comments and the like, or a call to subscribe; and whether
    it was the latter."""
    kept: list[str] = []
    length = 0
    prose_left = sum(map(_prose, lines))
    among_links = False
    for position, line in enumerate(lines):
        prose_left -= _prose(line)
        among_links = among_links and not _is_paragraph(line)
        if among_links:
            continue
        if length >= _MIN_BEFORE_CUT:
            if len(line) < _SHORT and _opens_furniture(line, prose_left <= length):
                if not _goes_on(lines[position + 1 : position + _LOOKED_AT]):
                    return kept, False
                among_links = True
                continue
            if _is_prompt(line) and prose_left <= _AS_MUCH * length:
                return kept, True
        length += len(line)
        kept.append(line)
    return [line for line in kept if not _is_prompt(line)], False


def _goes_on(lines: list[str]) -> bool:
    """Whether the article goes on below links in its middle: in paragraphs, not in teasers with their headlines."""
    first = next((number for number, line in enumerate(lines) if _is_paragraph(line)), len(lines))
    rest = lines[first:]
    paragraphs = sum(map(_is_paragraph, rest))
    cut_short = sum(line.endswith(_CUT_SHORT) for line in lines)
    return paragraphs >= _ENOUGH_TO_GO_ON and 3 * paragraphs >= 2 * len(rest) and 4 * cut_short < paragraphs


def _is_paragraph(line: str) -> bool:
    return len(line) >= _SHORT and _SENTENCE.search(line) is not None


def _is_prompt(line: str) -> bool:
    return len(line) <= _LONGEST_INTERJECTION and (is_prompt(line) or tongues.is_prompt(line))


def _prose(line: str) -> int:
    """How much of a line is prose: all of a long one."""
    return len(line) if len(line) > _PARAGRAPH else 0


def _opens_furniture(line: str, at_the_end: bool) -> bool:
    """Whether a line may head what is no article; a "share this" or "read more" may stand in its middle."""
    if _RELATED.match(line):
        return True
    if not at_the_end or _LABELLED.match(line) or (_is_sentence(line) and not _CALL.match(line)):
        return False
    return _TRAILING_HEADING.match(line) is not None or tongues.HEADING.match(line) is not None


def _is_sentence(line: str) -> bool:
    """Whether a line is said of something: "More from the east arrived on Monday." is no heading."""
    return _SENTENCE.search(line) is not None and len(line.split()) >= _FEWEST_WORDS
