"""The shipped topics in the languages they have word lists for: about, only mentioned, or something else."""

from __future__ import annotations

import pytest

from worker.match.matcher import Matcher
from worker.match.text import ArticleText
from worker.resources import shipped
from worker.schedules.topics import load_topics

FILLER = {
    "ru": "Комиссия вновь собралась после обеда и заслушала нескольких свидетелей по вопросу о бюджете города. ",
    "uk": "Комісія знову зібралася після обіду та заслухала кількох свідків щодо бюджету міста. ",
    "be": "Камісія зноў сабралася пасля абеду і выслухала некалькіх сведак наконт бюджэту горада. ",
    "de": "Der Ausschuss kam am Nachmittag wieder zusammen und hörte mehrere Zeugen zum Haushalt der Stadt an. ",
    "no": "Komiteen møttes igjen om ettermiddagen og hørte flere vitner om budsjettet for byen og fylket. ",
}


def rows_of(table: str) -> list[tuple[str, ...]]:
    """Language, topic, title and text of each line."""
    return [tuple(cell.strip() for cell in line.split(" | ")) for line in table.strip().split("\n")]


ABOUT = rows_of(
    """
ru | drones | Рой дронов атаковал порт | Беспилотники подошли с моря. Два морских дрона взорвались у причала.
ru | drones | Армия закупит квадрокоптеры | Операторы БПЛА получат новые FPV. Барражирующими боеприпасами займутся позже.
uk | drones | Безпілотники вдарили по заводу | Вночі дрони влучили в завод. Сили безпілотних систем показали відео.
uk | drones | «Шахеди» над областю | Збито сорок шахедів і двадцять дронів. Мобільні групи полювали на «Ланцети».
de | drones | Bundeswehr kauft Kampfdrohnen | Die Drohnen kommen aus Ulm. Auch unbemannte Boote sind bestellt.
de | drones | Flughafen wegen Drohne gesperrt | Eine Drohne kreiste über der Bahn. Die Drohnenabwehr wurde gerufen.
no | drones | Droneangrep mot havnen | Tre sjødroner gikk inn i havnen. Dronene var ubemannede og fulle av sprengstoff.
no | drones | Forsvaret vil ha flere droner | Droneoperatørene skal læres opp. Ubemannede fly blir en egen gren.
ru | belarus | Лукашенко помиловал заключённых | Двадцать человек вышли на свободу в Минске. Белорусские власти молчат.
ru | belarus | Белоруссия закрыла границу | Пункты под Гродно закрыты. Тихановская назвала это шантажом.
uk | belarus | Білорусь почала навчання | Навчання йдуть під Гомелем. Білоруська армія підняла резерв.
uk | belarus | Тихановська закликала до санкцій | Вона просить карати банки Лукашенка. Мінськ пообіцяв відповісти.
be | belarus | Лукашэнка правёў нараду | У Мінску гаварылі пра ўраджай. Беларускія фермеры чакаюць дажджу.
be | belarus | Ціханоўская ў Вільні | Яна сустрэлася з беларусамі замежжа. Беларусь, сказала яна, вернецца ў Еўропу.
de | belarus | Lukaschenko lässt Häftlinge frei | In Belarus kamen zwanzig Menschen frei. Weißrusslands Opposition bleibt vorsichtig.
de | belarus | Weißrussische Ballons über Litauen | Belarussische Schmuggler schicken Ballons. Vilnius schließt die Grenze zu Belarus.
no | belarus | Lukasjenko løslater fanger | Tjue fanger er ute i Hviterussland. Den hviterussiske opposisjonen jubler.
no | belarus | Belarus åpner grensen | Belarusiske myndigheter åpner tre overganger. Tikhanovskaja tviler.
ru | arctic | Атомный ледокол вышел в море | Он идёт по Северному морскому пути из Мурманска. В Арктике ранний лёд.
ru | arctic | Северный флот провёл стрельбы | Корабли стреляли в Баренцевом море. Учения у Новой Земли продолжаются.
uk | arctic | Росія зміцнює Арктику | Північний флот отримав криголам. Бази на Новій Землі розширюють.
uk | arctic | Гренландія чекає на вибори | Гренландські партії сперечаються про рудник. Арктична рада зібралася в Нууку.
de | arctic | Eisbrecher für die Arktis | Die Eisbrecher sollen Grönland versorgen. In arktischen Gewässern taut das Eis.
de | arctic | Kabel vor Spitzbergen zerstört | Das Kabel lag im Nordmeer. Der Nördliche Seeweg führt dort nicht vorbei, Murmansk aber liegt nah.
no | arctic | Svalbard får ny kabel | Kabelen går fra Longyearbyen. Nordområdene trenger den, sier Finnmarkingene.
no | arctic | Nordflåten øver i Barentshavet | Øvelsen varer en uke ved Kolahalvøya. Arktis blir kaldere for alle.
"""  # noqa: E501 - one row of the table each
)

MENTIONS = rows_of(
    """
ru | drones | О ходе войны | По городу выпустили ракеты, упал и один дрон.
uk | drones | Про перебіг війни | По місту випустили ракети, впав і один дрон.
de | drones | Zum Stand des Krieges | Raketen trafen die Stadt, auch eine Drohne fiel.
no | drones | Om krigens gang | Raketter traff byen, og en drone falt ned.
ru | belarus | Итоги турнира | Третьей стала спортсменка из Белоруссии.
uk | belarus | Підсумки турніру | Третьою стала спортсменка з Білорусі.
de | belarus | Das Turnier ist zu Ende | Dritte wurde eine Läuferin aus Belarus.
no | belarus | Turneringen er over | På tredjeplass kom en løper fra Hviterussland.
ru | arctic | Биография капитана | В юности он ходил и в Арктику.
uk | arctic | Біографія капітана | Замолоду він ходив і в Арктику.
de | arctic | Das Leben eines Kapitäns | In jungen Jahren fuhr er auch in die Arktis.
no | arctic | En kapteins liv | Som ung seilte han også i Arktis.
"""
)

SOMETHING_ELSE = rows_of(
    """
ru | drones | Собор с высоты | Смотрите видео с дрона: собор на рассвете. Фото с дрона продают у входа.
uk | drones | Собор з висоти | Дивіться відео з дрона: собор на світанку. Фото з дрона продають біля входу.
de | drones | Der Dom von oben | Das Drohnenvideo zeigt den Dom im Morgenlicht. Drohnenaufnahmen gibt es an der Kasse.
no | drones | Domkirken ovenfra | Se dronevideo av domkirken ved daggry. Dronebilder selges ved inngangen.
ru | belarus | Минские соглашения мертвы | О Минских соглашениях никто не говорит. Минский процесс окончен, сказал посол.
uk | belarus | Мінські угоди мертві | Про Мінські домовленості ніхто не згадує. Мінський процес завершено, сказав посол.
de | belarus | Das Minsker Abkommen ist tot | Vom Minsker Abkommen spricht niemand. Der Minsker Prozess ist zu Ende, sagt der Botschafter.
no | belarus | Minsk-avtalen er død | Ingen snakker om Minsk-avtalen. Minsk-prosessen er over, sier ambassadøren.
ru | arctic | В город пришёл арктический воздух | Арктический холод продержится до среды. Арктический антициклон уйдёт потом.
uk | arctic | Місто накрило арктичне повітря | Арктичні морози протримаються до середи. Арктичне повітря відступить згодом.
de | arctic | Arktische Kälte im ganzen Land | Die arktische Luft bleibt bis Mittwoch. Arktische Temperaturen sind selten.
no | arctic | Arktisk kulde over hele landet | Arktiske temperaturer varer til onsdag. Arktisk luft er sjelden her.
"""  # noqa: E501 - one row of the table each
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load_topics(shipped("schedules") / "topics")[0].values())


def judged(matcher: Matcher, language: str | None, title: str, body: str) -> dict[str, str]:
    verdicts = matcher.judge(ArticleText(title, body=body, language=language))
    return {slug: verdict.verdict for slug, verdict in verdicts.items() if verdict.verdict != "none"}


@pytest.mark.parametrize(("language", "slug", "title", "body"), ABOUT)
@pytest.mark.parametrize("known", [True, False])
def test_what_an_article_is_about(
    matcher: Matcher, language: str, slug: str, title: str, body: str, known: bool
) -> None:
    body = body + " " + FILLER[language] * 3
    assert judged(matcher, language if known else None, title, body) == {slug: "about"}


@pytest.mark.parametrize(("language", "slug", "title", "body"), MENTIONS)
def test_what_it_only_mentions(matcher: Matcher, language: str, slug: str, title: str, body: str) -> None:
    body = FILLER[language] * 8 + body + " " + FILLER[language] * 12
    assert judged(matcher, language, title, body) == {slug: "mention"}


@pytest.mark.parametrize(("language", "slug", "title", "body"), SOMETHING_ELSE)
def test_what_means_something_else(matcher: Matcher, language: str, slug: str, title: str, body: str) -> None:
    assert judged(matcher, language, title, f"{body} {FILLER[language]}").get(slug) != "about"


@pytest.mark.parametrize("language", FILLER)
def test_ordinary_text_is_about_nothing(matcher: Matcher, language: str) -> None:
    assert judged(matcher, language, FILLER[language][:40], FILLER[language] * 5) == {}
