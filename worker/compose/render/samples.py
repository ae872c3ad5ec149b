"""Sample articles and choices: for the rehearsal that `sitrep check` holds, and to look at the mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from worker.compose.render.articles import CardArticle
from worker.compose.render.inputs import Choice, DigestInput, NoticeInput, Publication, Site, TopicChange
from worker.message import Mailbox

_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_TOLD = (
    (
        "Norway opens a second drone school north of the Arctic Circle",
        "Recruits will learn to fly, repair and jam small aircraft at temperatures that stop most batteries. "
        "The first class of forty starts in August, and half of the places are kept for the reserve.",
        ("Drones", "Arctic"),
    ),
    (
        "Minsk invites observers to its spring exercise, and names their route",
        "Belarus says that visitors may see two of the five training areas. Neighbours ask what happens in the others.",
        ("Belarus",),
    ),
    (
        "A cheap net stops a costly drone: what the trials on the coast have shown",
        "Nine of ten approaching aircraft were caught. The tenth flew below the net, and that is the next problem.",
        ("Drones",),
    ),
    (
        "Icebreaker yard wins the order for two more ships",
        "Steel will be cut in the autumn. Delivery is planned for 2030, two years later than the coast guard asked.",
        ("Arctic",),
    ),
    (
        "Who guards the cable? Three coast guards agree on one watch",
        "From June the three countries share one radar picture of the strait, and one duty officer at a time.",
        ("Arctic",),
    ),
    (
        "Parliament in Minsk passes a longer military service",
        "",
        ("Belarus",),
    ),
    (
        "The workshop that builds a reconnaissance drone from a garden catalogue",
        "Bamboo, tape and a motor from a hedge trimmer: a visit to the engineers who fly what they find.",
        ("Drones",),
    ),
    (
        "Opinion: the north is not empty, and never was",
        "Planners draw arrows across villages. It is time that somebody asked the people who live in them.",
        ("Arctic",),
    ),
)


def sample_site() -> Site:
    return Site(
        name="Example Defence News",
        url="https://news.example",
        base_url="https://mail.news.example",
        contact="https://news.example/contact",
        postal_address="Example Defence News, 1 Sample Street, 10115 Berlin, Germany",
        list_domain="news.example",
        sender=Mailbox("updates@news.example", "Example Defence News"),
    )


def sample_articles(count: int = len(_TOLD)) -> tuple[CardArticle, ...]:
    """As many articles, no two alike: with and without a picture, an author, a lead."""
    made = []
    for number in range(count):
        title, lead, topics = _TOLD[number % len(_TOLD)]
        made.append(
            CardArticle(
                id=number + 1,
                revision=1,
                url=f"https://news.example/2026/03/article-{number + 1}/",
                title=title,
                lead=lead,
                author=("Ida Holm", "", "Piotr Wrona")[number % 3],
                source="Example Defence News" if number % 4 else "Coast Gazette",
                published_at=None if number % 7 == 5 else _AT - timedelta(hours=3 * number),
                image_url=None if number % 3 == 2 else f"https://news.example/pictures/{number + 1}.jpg",
                image_alt="" if number % 2 else "A small aircraft over snow",
                topics=topics,
                also_reported_by=(("Harbour Times", "https://harbour.example/story"),) if number % 4 == 0 else (),
                corrected=number % 5 == 1,
                language="en",
            )
        )
    return tuple(made)


def sample_publication(frequency: str = "daily") -> Publication:
    title = {"instant": "Instant Alert", "daily": "Daily Digest", "weekly": "Weekly Digest"}[frequency]
    return Publication(slug=frequency if frequency != "instant" else "alert", title=title, frequency=frequency)


def sample_digest(count: int = len(_TOLD), *, frequency: str = "daily", language: str = "en") -> DigestInput:
    return DigestInput(
        publication=sample_publication(frequency),
        site=sample_site(),
        articles=sample_articles(count),
        shown_on=date(2026, 3, 2),
        language=language,
        placeholder_key="0123456789abcdef0123456789abcdef",
    )


def bare_digest(*, frequency: str = "daily", language: str = "en") -> DigestInput:
    """One article of which nothing but the title is known."""
    article = CardArticle(id=1, revision=1, url="", title="A title and nothing else")
    return replace(sample_digest(1, frequency=frequency, language=language), articles=(article,))


def sample_notice(language: str = "en") -> NoticeInput:
    return NoticeInput(
        site=sample_site(),
        language=language,
        choices=(Choice("Drones", "instant"), Choice("Belarus", "daily"), Choice("Arctic", "weekly")),
        zone="Europe/Berlin",
        hour=7,
        weekday=0,
        expires_at=_AT + timedelta(days=3),
        confirm_url="https://mail.news.example/confirm/sample",
        preferences_url="https://mail.news.example/preferences/sample",
        unsubscribe_url="https://mail.news.example/unsubscribe/sample",
        change=TopicChange("merged", "Uncrewed aircraft", "Drones"),
    )
