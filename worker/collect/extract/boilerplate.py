"""What surrounds articles on pages and in feeds and is not the article."""

from __future__ import annotations

import re

DROP = ", ".join(
    (
        ".sharedaddy", ".jp-relatedposts", ".feedflare", ".addtoany_share_save_container", ".yarpp", ".yarpp-related",
        ".wp-block-jetpack-subscriptions", ".jp-post-flair", ".post-share", ".post-share-bot", ".author-box",
        ".wp-caption-text", ".related-posts", ".wpcnt", ".heateor_sss_sharing_container", ".crp_related",
    )
)  # fmt: skip
"""CSS selector of what plugins add to a feed's body."""
_APPEARED = re.compile(
    r"^(?:The post|The article|This (?:post|article|entry)|Der Beitrag|Der Artikel|L.article|El artículo|La entrada|"
    r"Het bericht|Artykuł|Запись|Сообщение)\b.{0,400}?\b"
    r"(?:(?:first )?appeared first on|was (?:first |originally )?(?:published|posted) (?:on|in|at)|erschien zuerst (?:auf|bei)|"
    r"est apparu en premier sur|apareció primero en|se publicó primero en|verscheen eerst op|pojawił się (?:poraz|po raz) pierwszy|"
    r"впервые появил\w+)\b.{0,200}$",
    re.IGNORECASE | re.DOTALL,
)
_READ_MORE = re.compile(
    r"^(?:(?:continue|keep) reading|read (?:more|the (?:rest|full)|on)|weiterlesen|mehr lesen|lire la suite)\b.{0,200}$",
    re.IGNORECASE | re.DOTALL,
)


def without_footers(text: str, *, title: str) -> str:
    """`text` without the "appeared first on" footer that WordPress adds to every item of a feed."""
    paragraphs = text.split("\n\n")
    while len(paragraphs) > 1 and _APPEARED.match(paragraphs[-1]):
        paragraphs.pop()
    if len(paragraphs) == 1 and _APPEARED.match(paragraphs[0]):
        return ""
    return "\n\n".join(paragraphs)
