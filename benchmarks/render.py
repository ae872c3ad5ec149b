"""How many mails a second, and what the fragments are worth against a template run for each person.

python benchmarks/render.py [--articles 200] [--seconds 2]
"""

from __future__ import annotations

import argparse
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle

from markupsafe import Markup

from worker.audience.tokens import LinkMaker, Tokens
from worker.compose.render import (
    CardArticle,
    DigestInput,
    EmailTemplates,
    PersonalLinks,
    personal_parts,
    placeholders,
    render_digest,
)
from worker.compose.render.prepared import Layout, prepare
from worker.compose.render.samples import sample_articles, sample_digest
from worker.compose.render.stationery import Occasion
from worker.compose.render.summary import summarise
from worker.compose.render.voice import Voice
from worker.message import Mailbox, Recipient, personal
from worker.resources import shipped

PER_MAIL = 8
_GIVEN = sample_digest(PER_MAIL)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--articles", type=int, default=200, help="articles to choose from")
    options.add_argument("--seconds", type=float, default=2.0, help="time for each row")
    chosen = options.parse_args()
    templates = EmailTemplates(shipped("templates") / "email")
    selections = unique_selections(sample_articles(chosen.articles))
    rows = [
        ("a template run for each person", by_template(templates, selections)),
        ("every selection unique, cards cached", by_fragments(templates, selections)),
        ("one cohort's body: personal parts, given links", by_cohort(given_links())),
        ("one cohort's body: personal parts, links signed", by_cohort(signed_links())),
        ("one cohort's body: parts put in (as SMTP needs it)", by_substitution(templates)),
    ]
    first = None
    print(f"{PER_MAIL} articles a mail, chosen from {chosen.articles}; one core\n")
    print(f"{'':54}{'mails/s':>12}{'us a mail':>12}{'ratio':>8}")
    for name, make in rows:
        rate = mails_per_second(make, chosen.seconds)
        first = first or rate
        print(f"{name:54}{rate:>12,.0f}{1e6 / rate:>12.1f}{rate / first:>8.1f}")
    content = render_digest(templates, _GIVEN)
    print(f"\nHTML {len(content.html.encode()):,} bytes, text {len(content.text.encode()):,} bytes")


def mails_per_second(make: Callable[[], object], seconds: float) -> float:
    """The rate by processor time once the caches are warm: the best of three rounds."""
    for _ in range(1_000):
        make()
    best = 0.0
    for _ in range(3):
        end, made, start = time.process_time() + seconds / 3, 0, time.process_time()
        while time.process_time() < end:
            for _ in range(50):
                make()
            made += 50
        best = max(best, made / (time.process_time() - start))
    return best


def unique_selections(articles: tuple[CardArticle, ...]) -> Iterator[DigestInput]:
    """Inputs of which no two are alike; nothing is kept by selection, so that going round again costs the same."""
    chance = random.Random(7)
    made = []
    for number in range(5_000):
        picked = tuple(chance.sample(articles, PER_MAIL))
        made.append(replace(_GIVEN, articles=picked, placeholder_key=f"{number:032x}"))
    return cycle(made)


def by_template(templates: EmailTemplates, selections: Iterator[DigestInput]) -> Callable[[], object]:
    """What the fragments replace: subject, text and HTML as whole templates, cards and all."""
    voice = templates.in_language("en")

    def make() -> object:
        given = next(selections)
        occasion = Occasion("digest", given.publication, given.site, given.shown_on)
        short = summarise(given.articles)
        subject = voice.render("digest/subject.txt", **vars(short))
        links = dict.fromkeys(("unsubscribe_url", "preferences_url", "view_url"), "https://mail.news.example/x/abc")
        context = {**occasion.context, **vars(short), **links, "subject": subject, "more": ""}
        html = _cards(voice, given, "html")
        text = _cards(voice, given, "txt")
        return (
            voice.render("digest/body.html", **context, cards=Markup(html)),
            voice.render("digest/body.txt", **context, cards=text),
        )

    return make


def _cards(voice: Voice, given: DigestInput, kind: str) -> str:
    made = []
    for place, article in enumerate(given.articles):
        layout = Layout.STANDARD if place else Layout.LEAD
        name = f"parts/{layout}.html" if kind == "html" else "parts/article.txt"
        made.append(voice.render(name, article=prepare(article, layout), exact=False))
    return "".join(made)


def by_fragments(templates: EmailTemplates, selections: Iterator[DigestInput]) -> Callable[[], object]:
    return lambda: render_digest(templates, next(selections))


def given_links() -> Callable[[], PersonalLinks]:
    links = PersonalLinks(
        *(f"https://mail.news.example/{name}/{'t' * 70}" for name in ("unsubscribe", "prefs", "view", "feedback"))
    )
    return lambda: links


def signed_links() -> Callable[[], PersonalLinks]:
    maker = LinkMaker("https://mail.news.example", Tokens("s" * 40))
    person, delivery = uuid.uuid4(), uuid.uuid4()
    return lambda: PersonalLinks(
        maker.unsubscribe_url(person, "daily"),
        maker.preferences_url(person),
        maker.view_url(delivery),
        maker.feedback_url(delivery),
    )


def by_cohort(links: Callable[[], PersonalLinks]) -> Callable[[], object]:
    """A recipient of a body that is there already."""
    marks, reference, mailbox = placeholders(_GIVEN.placeholder_key), uuid.uuid4(), Mailbox("reader@example.com")

    def make() -> object:
        substitutions, headers = personal_parts(marks, links())
        return Recipient(reference, mailbox, substitutions, headers)

    return make


def by_substitution(templates: EmailTemplates) -> Callable[[], object]:
    content = render_digest(templates, _GIVEN)
    substitutions, _ = personal_parts(placeholders(_GIVEN.placeholder_key), given_links()())
    return lambda: (personal(content.html, substitutions), personal(content.text, substitutions))


if __name__ == "__main__":
    main()
