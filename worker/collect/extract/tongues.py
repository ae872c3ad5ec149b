"""What pages say around their articles in other languages than English: headings, labels, calls to subscribe."""

from __future__ import annotations

import re

_HEADINGS = (
    # German, Dutch
    "ähnliche artikel|verwandte (?:artikel|beiträge|themen)|mehr zum thema|weitere artikel|siehe auch|das könnte "
    "(?:sie|dich) auch interessieren|(?:diesen |den )?(?:artikel|beitrag) teilen|newsletter(?: abonnieren)?|kommentare|"
    "kommentar schreiben|meistgelesen|schlagwörter|lees ook|zie ook|deel dit (?:artikel|bericht)|gerelateerde "
    "(?:artikelen|berichten)|reacties|meest gelezen",
    # Norwegian, Danish, Swedish, Finnish
    "les også|les mer|se også|relaterte (?:artikler|saker)|del (?:denne )?(?:artikkelen|saken)|mest lest|kommentarer|"
    "legg igjen en kommentar|læs også|læs mere|relaterede artikler|del artiklen|mest læste|läs (?:också|även|mer)|"
    "se även|relaterade artiklar|dela(?: artikeln)?|mest lästa|lue myös|katso myös|jaa artikkeli|luetuimmat|kommentit",
    # French, Spanish, Portuguese, Italian, Romanian
    "(?:à )?lire aussi|voir aussi|partager(?: cet article)?|commentaires|(?:les )?plus lus|lea también|ver también|"
    "compartir(?: esta noticia)?|comentarios|(?:lo )?más leído|leia também|veja também|compartilh(?:e|ar)|partilhar|"
    "comentários|mais lidas|leggi anche|condividi(?: questo articolo)?|commenti|(?:i )?più letti|citește și|distribuie",
    # Polish, Czech, Slovak
    "czytaj (?:też|także|więcej)|zobacz (?:też|także|również)|udostępnij|komentarze|najczęściej czytane|polecane|"
    "čtěte (?:také|též)|přečtěte si také|související (?:články|zprávy)|sdílet(?: článek)?|komentáře|čítajte aj",
    # Russian, Ukrainian, Belarusian, Bulgarian
    "(?:читайте|смотрите) также|(?:похожие|связанные) (?:статьи|новости|материалы|записи)|(?:материалы|(?:ещё|еще)) по "
    "теме|по теме|другие новости|последние новости|популярное|самое читаемое|рекомендуем|комментарии|(?:оставить|"
    "добавить) комментарий|поделиться(?: новостью| статьей)?|об авторе|теги|(?:читайте|дивіться) також|(?:схожі|"
    "пов'язані) (?:статті|новини|матеріали|записи)|матеріали (?:за темою|по темі)|за темою|інші новини|"
    "останні новини|популярне|рекомендуємо|коментарі|(?:залишити|додати) коментар|поділитися|поширити|"
    "про автора|чытайце таксама|"
    "прочетете още|вижте също|коментари|сподели",
    # Turkish, Arabic, Hebrew, Persian
    "ilgili (?:haberler|yazılar|içerikler)|bunlar da ilginizi çekebilir|paylaş|yorumlar|مقالات ذات صلة|مواضيع ذات صلة|"
    "(?:اقرأ|إقرأ) (?:أيضا|أيضاً|المزيد)|قد يعجبك أيضا(?:ً)?|شارك(?: المقال| الخبر)?|التعليقات|קרא(?:ו)? (?:גם|עוד)|"
    "כתבות (?:נוספות|קשורות)|שתפו?|תגובות|بیشتر بخوانید|مطالب مرتبط",
)  # fmt: skip
HEADING = re.compile(rf"^\W*(?:{'|'.join(_HEADINGS)})(?:\s*\(\d+\))?\W*$", re.IGNORECASE)
"""A line that is nothing but the heading of related articles, share buttons or comments."""

LABEL = (
    "siehe auch|lesen sie (?:auch|mehr|dazu)|zie ook|les (?:også|mer)|se (?:også|även|mer)|læs (?:også|mere)|"
    "läs (?:också|även|mer)|lue (?:myös|lisää)|katso myös|voir aussi|ver también|lea (?:también|además)|"
    "te puede interesar|citește și|zobacz (?:też|także|również)|čtěte (?:také|též|více)|přečtěte si (?:také|též|více)|"
    "čítajte aj|(?:читайте|смотрите|смотри) (?:также|ещё|еще)|(?:по|материалы по) теме|(?:читайте|"
    "дивіться) (?:також|ще|більше)|"
    "(?:за темою|по темі)|чытайце таксама|прочетете (?:още|също)|вижте (?:още|също)|ilgili haber|"
    "(?:اقرأ|إقرأ) (?:أيضا|أيضاً|المزيد)|קראו? (?:גם|עוד)|بیشتر بخوانید|"
    "lees ook|(?:à )?lire aussi|(?:leia|veja) (?:também|mais)|leggi anche|czytaj (?:też|także|więcej)"
)
"""What stands before a link to one other article."""
_MAIL_OR_NETWORK = (
    r"(?:newsletter|nyhetsbrev\w*|uutiskir\w+|nieuwsbrief|infolettre|bolet[ií]n|biuletyn\w*|newsletter\w*|рассылк\w+|розсилк\w+|"
    r"канал\w*|[-\w]*telegram[-\w]*|т[еі]л[еє]грам\w*|whatsapp\w*|facebook\w*|фейсбу\w+|twitter|instagram\w*|youtube|google|viber|"
    r"linkedin|страниц\w+|сторінк\w+|kanal\w*|canal\w*|bluesky|mastodon)"
)
_CALL = (
    r"(?:abonnieren|bestellen|folgen)\s+sie\s+(?:uns|unsere[nm]?|jetzt|den|hier)|(?:melden\s+sie\s+sich|hier)\s+(?:für|zum)|"
    r"schrijf\s+(?:je|u)\s+in|abonneer\s+(?:je|u)?|volg\s+ons|meld\s+deg\s+på|abonn[eé]r\s+på|følg\s+oss|tilmeld\s+dig|følg\s+os|"
    r"prenumerera\s+på|anmäl\s+dig|följ\s+oss|tilaa|seuraa\s+meitä|abonnez-vous|inscrivez-vous|suivez-nous|recevez|"
    r"suscr[ií]b[ea]\w*|s[ií]g[ue]+nos|assine|inscreva-se|siga-nos|siga\s+o|iscriv\w+|seguici|"
    r"zapisz\s+się|zasubskrybuj|obserwuj\s+nas|přihlaste\s+se|sledujte\s+nás|"
    r"подп(?:исывайтесь|ишитесь)|присоединяйтесь|следите\s+за\s+нами|читайте\s+нас|підп(?:исуйтесь|исуйтеся|ишіться)|"
    r"долучайтеся|приєднуйтесь|(?:слідкуйте|стежте)\s+за\s+нами|падпісвайцеся"
)
INTERJECTION = re.compile(
    rf"^\W*(?:(?:{LABEL})\s*[:|–—>»].{{0,250}}|(?:{_CALL})\b.{{0,200}}?\b{_MAIL_OR_NETWORK}\b.{{0,120}})$",
    re.IGNORECASE,
)
"""A link to another article behind a label, or a call to follow or subscribe."""

_LONGEST_PROMPT = 250
_PROMPT = re.compile(
    r"""(?:dieser?|der)\s+(?:\w+\s+)?(?:artikel|inhalt|beitrag|text)\s+ist\b.{0,40}\b(?:abonnent|mitglieder|abo\b)
    | (?:weiterlesen|lesen\s+sie\s+weiter)\b.{0,30}\b(?:abonnent|\w*-?abo\b)
    | (?:dit\s+artikel|verder\s+lezen)\b.{0,40}\b(?:abonn|inlogg)
    | (?:denne|denna|dette|den\s+här)\b.{0,40}\b(?:kun|bare|endast|forbeholdt)\b.{0,30}\b(?:abonnent|prenumerant|medlem)
    | (?:artikeln|artikkelen|artiklen|saken)\s+(?:er|är)\s.{0,20}\bf[oö]r\s+(?:abonnent|prenumerant|medlem)
    | bliv?\s+(?:abonnent|prenumerant|medlem)\b.{0,60}\b(?:les|læs|läs)\w*
    | (?:les|læs|läs)\s+(?:hele|hela)\s+(?:saken|artikk?el\w*)\b.{0,40}\b(?:abonn|prenum|logg)
    | log(?:g|ga)?\s+in[nd]?\s+f(?:or\s+å|or\s+at|ör\s+att)\s+(?:lese|læse|läsa)
    | (?:artykuł|treść|tekst)\s+(?:jest\s+)?dostępn\w+\s+(?:tylko|wyłącznie)\s+dla\s+(?:subskryb|prenum|abonen|zalog)
    | (?:contenido|artículo|conteúdo|artigo|contenuto|articolo)\b.{0,30}
        \b(?:exclusiv[oa]|esclusivo|solo|apenas|reservad[oa])\b.{0,30}\b(?:suscriptor|assinante|abbonat|soci[oa])
    | чтобы\s+(?:прочитать|продолжить|дочитать|читать)\b.{0,60}\b(?:подпи|оформите|войдите|авториз|зарегистр)
    | (?:статья|материал|текст)\s+доступ\w+\s+(?:только\s+)?(?:по\s+подписке|(?:для\s+)?(?:платн\w+\s+)?подписчик)
    | щоб\s+(?:прочитати|продовжити|дочитати|читати)\b.{0,60}\b(?:підпи|передплат|оформ|увійд|авториз|зареєстр)
    | (?:стаття|матеріал|текст)\s+доступ\w+\s+(?:лише|тільки)\s+(?:для\s+)?(?:передплатник|підписник)""",
    re.VERBOSE | re.IGNORECASE,
)


def is_prompt(line: str) -> bool:
    """Whether a line calls upon readers to subscribe, where the article goes on."""
    return len(line) <= _LONGEST_PROMPT and _PROMPT.match(line.lstrip(' \t*>«"„“→-')) is not None
