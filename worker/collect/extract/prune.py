"""Takes out of a page's tree what is never the article: menus, sidebars, share bars, related posts, comments."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

_NEVER_TEXT = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "button", "select",
    "input", "textarea", "map", "audio", "video", "math",
)  # fmt: skip
_FURNITURE = frozenset({"form", "nav", "aside", "footer", "dialog", "menu"})
_KEPT_WHOLE = frozenset({"html", "body", "main", "article", "head", "h1", "p", "title"})
_WORDS = re.compile(
    r"""(?:^|\s)(?:widget(?:-?area|s)?|(?:main-?|primary-?|secondary-?|site-?|page-?|blog-?|post-?|article-?|content-?|td-?ss-main-)?side-?bar(?:-\w+)?)(?=$|[\s_])|(?:^|[\s_])(?:[\w-]{0,20}?-)??(?:
      (?:off-?canvas|mobile|main|primary|secondary|site|top|footer|header)-?(?:menu|nav|navigation)
    | nav(?:bar|igation|igate)?(?:-(?:posts?|links?|menu|main|single|below))?
    | breadcrumbs?(?:-\w+)? | menu(?:-\w+)?
    | rail
    | (?:post-?|entry-?|article-?|social-?|addtoany_?|sharing-?|simple-?)?(?:share|sharing|shares|sharedaddy
        |share-?bar|share-?(?:buttons?|icons?|links?|list|tools|box|float|bot))(?:-[\w-]+)?
    | social(?:-?(?:media|icons?|links?|bar|buttons?|share|sharing|follow|networks?))? | jp-relatedposts
        | yarpp(?:-related)?
    | (?!(?:read-?)?more-?(?:content|text|container|wrapper|block|section)(?:$|[\s_]))
      (?:related|recommended|recommendation|recirc|more|similar|read-?more|also|trending|popular|latest|further
        |next|prev(?:ious)?)-?(?:posts?|articles?|stor(?:y|ies)|news|content|links?|reads?|items?|topics?
        |videos?|coverage|container|block|wrapper|section|list|widget|box|module)(?:-[\w-]+)?
    | related | recommendations? | outbrain | taboola(?:-\w+)? | OUTBRAIN | trc_related_container
    | (?:author|about-?the-?author|about-?author|writer)-?(?:box|bio|info|card|description|profile|details
        |block|section|about|area|widget) | authorbox | bio-?(?:box|container)
    | (?:comments?|comment-?(?:list|section|area|form|respond|wrapper|box|container|thread)|respond
        |disqus(?:_thread)?|discussion|livefyre|fb-comments)
    | (?:newsletter|subscribe|subscription|signup|sign-up|mailing-?list|mc4wp|mailchimp|optin)(?:-?(?:form|box
        |block|widget|signup|section|container|promo|cta|module|wrapper|banner|inline))?(?:-\w+)?
    | paywall(?:-\w+)? | piano-\w+ | regwall | memberful-\w+
    | (?:cookie|consent|gdpr)(?:-?(?:banner|notice|bar|message|popup|consent|law|info))(?:-\w+)?
    | ads? | advert(?:isement|ising|orial)?(?:-[\w-]+)? | ad-?(?:slot|unit|container|wrapper|box|banner|block
        |placeholder|zone|label) | banner-ad | promo(?:tion|tional)?(?:-?(?:box|block|unit|bar|banner|module
        |container|card|inline))? | sponsor(?:ed)?(?:-?(?:content|post|links?|box))? | dfp(?:-\w+)? | gpt-ad
    | modal(?:-\w+)? | popup(?:-\w+)? | overlay | lightbox | auth-modal | search-?modal | login(?:-?(?:form|box
        |modal))?
    | (?:post|article|entry)-?(?:tags?|footer|nav|navigation|meta|metadata|utilities|actions|rating) | tag(?:s
        |cloud|-?links|-?list|_list) | tags-?(?:box|area|block|container|wrap) | cat-?links | posted-in
        | byline-?block
    | visually-?hidden | screen-reader-text | sr-only | skip-?link | toc(?:_container)? | ez-toc[\w-]*
        | table-of-contents | lwptoc
    | (?:wp-)?caption(?:-?text)? | image-?(?:caption|credit|source) | photo-?(?:caption|credit)
        | media-?(?:caption|credit) | figcaption | credit | fig-?caption
    | print(?:-?(?:only|button|link))? | printfriendly | wp-?polls? | rating | gallery-?(?:caption|nav)
        | copyright | disclaimer | imprint
    | wp-block-latest-posts(?:__\w+)? | wp-block-jetpack-subscriptions(?:__\w+)? | wpcnt | crp_related
        | feedflare | post-?views | read-?time | reading-?time
    )(?=$|[\s_])""",
    re.VERBOSE | re.IGNORECASE,
)
_ROLES = frozenset(
    {"navigation", "complementary", "search", "banner", "contentinfo", "dialog", "alertdialog", "menu", "menubar"}
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NAMED = etree.XPath(
    ".//*[@class or @id or @role or @style or @hidden or @aria-hidden"
    f" or {' or '.join(f'self::{tag}' for tag in sorted(_FURNITURE))}]"
)
"""Elements that could be furniture, chosen in C: touching every element from Python takes twice as long."""
_SENTENCE = 60
_SHARE_OF_PAGE = 0.35
"""An element with more of the page's paragraph text than this is not furniture, whatever it is called."""


def prune(tree: HtmlElement) -> HtmlElement:
    """The same tree without furniture. An element that holds much of the page's text stays, whatever its name."""
    for element in list(tree.iter(*_NEVER_TEXT)):
        if element.getparent() is not None:
            element.drop_tree()
    prose = _prose_by_element(tree)
    limit = _SHARE_OF_PAGE * prose.get(tree, 0)
    for element in [element for element in cast(list[HtmlElement], _NAMED(tree)) if _is_furniture(element)]:
        if (
            element.getparent() is not None
            and prose.get(element, 0) <= limit
            and next(element.iter("h1"), None) is None
        ):
            element.drop_tree()
    return tree


def _is_furniture(element: HtmlElement) -> bool:
    tag, get = element.tag, element.get
    if tag in _KEPT_WHOLE:
        return False
    if tag in _FURNITURE or _names_furniture(get("class"), get("id")):
        return True
    if get("role") in _ROLES or get("aria-hidden") == "true" or get("hidden") is not None:
        return True
    style = get("style")
    return style is not None and _HIDDEN.search(style) is not None


@lru_cache(maxsize=50_000)
def _names_furniture(classes: str | None, identifier: str | None) -> bool:
    """Cached: a page uses the same few names over and over, and a site's pages the same."""
    names = f"{classes or ''} {identifier or ''}"
    return 1 < len(names) < 1000 and _WORDS.search(names) is not None


def _prose_by_element(tree: HtmlElement) -> dict[HtmlElement, int]:
    """For every element that holds sentences, how many characters of them."""
    prose: dict[HtmlElement, int] = {}
    for text in tree.xpath(".//text()[string-length() > $least]", least=_SENTENCE):
        holder = text.getparent()
        element = holder.getparent() if text.is_tail else holder
        while element is not None:
            prose[element] = prose.get(element, 0) + len(text)
            element = element.getparent()
    return prose


def prose_length(element: HtmlElement) -> int:
    """How many characters of an element stand in pieces long enough to be sentences."""
    return sum(length for text in element.itertext() if (length := len(text)) > _SENTENCE)
