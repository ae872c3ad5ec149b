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
    r"""^(?:the\s+(?:post|article)|this\s+(?:post|article|entry)|der\s+(?:beitrag|artikel)|l.article|el\s+artículo|la\s+entrada
      |het\s+bericht|artykuł|wpis|post|запись|сообщение|допис|запис|innlegget|inlägget|indlægget|l.articolo|o\s+(?:post|artigo)
      |příspěvek|yazı|artikkeli)\b.{0,400}?\b
    (?:(?:first\s+)?appeared\s+first\s+on|was\s+(?:first\s+|originally\s+)?(?:published|posted)\s+(?:on|in|at)
      |erschien\s+zuerst\s+(?:auf|bei)|est\s+apparu\s+en\s+premier\s+sur|apareció\s+primero\s+en|se\s+publicó\s+primero\s+en
      |verscheen\s+eerst\s+op|pojawił\s+się\s+(?:poraz|po\s+raz)\s+pierwszy|впервые\s+появил\w+|aparece\s+primero\s+en
      |(?:вперше\s+з.явив|з.явив)\w*\s+(?:спочатку\s+)?на|dukket\s+først\s+opp|dök\s+först\s+upp|blev\s+først\s+(?:udgivet|vist)
      |proviene\s+da|(?:è\s+stato\s+)?pubblicato\s+per\s+la\s+prima\s+volta|apareceu\s+primeiro\s+em
      |(?:se\s+)?nejdříve\s+objevil|ilk\s+(?:olarak|önce)|julkaistiin\s+ensin)\b.{0,200}$""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


_LONGEST_FOOTER = 900


def without_footers(text: str) -> str:
    """`text` without the "appeared first on" footer that WordPress adds to every item of a feed."""
    end = len(text)
    while end > 0:
        before = text.rfind("\n\n", 0, end)
        begin = before + 2 if before >= 0 else 0
        if end - begin > _LONGEST_FOOTER or not _APPEARED.match(text[begin:end]):
            break
        end = max(before, 0)
    return text[:end]
