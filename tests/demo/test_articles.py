"""The sample articles themselves: enough of them, well formed, labelled, never too many at once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.newsroom.archive import Archive
from demo.newsroom.feeds import ITEMS
from demo.newsroom.images import draw
from demo.newsroom.manuscript import BadManuscript, Manuscript, read_manuscript, read_manuscripts
from demo.newsroom.markup import blocks_of, excerpt_of, to_html, typeset, words_of

MANUSCRIPTS = read_manuscripts()


def test_there_is_enough_of_every_topic_and_more_that_is_about_none() -> None:
    labels = Counter(label for manuscript in MANUSCRIPTS for label in manuscript.labels)

    assert len(MANUSCRIPTS) >= 36
    assert set(labels) == {"drones", "belarus", "arctic"}
    assert min(labels.values()) >= 6
    assert sum(not manuscript.labels for manuscript in MANUSCRIPTS) >= 15
    assert sum(len(manuscript.labels) == 2 for manuscript in MANUSCRIPTS) >= 3


@pytest.mark.parametrize(
    ("slug", "word"),
    [
        ("garrison-town-arctic-monkeys", "Arctic Monkeys"),
        ("arctic-blast-closes-ranges", "arctic blast"),
        ("diary-of-an-office-drone", "office drone"),
        ("seven-hours-on-spare-parts", "droned on"),
        ("failed-ceasefire-lessons-for-monitors", "Minsk agreements"),
        ("military-biathlon-results", "(Belarus)"),
        ("engineers-bridge-flooded-valley", "Drone footage"),
        ("tank-crews-relearn-winter-gunnery", "drone"),
        ("film-review-the-long-watch", "drones under"),
        ("antarctic-resupply-flight", "Antarctic"),
    ],
)
def test_hard_negatives_name_a_topic_without_being_about_it(slug: str, word: str) -> None:
    manuscript = next(manuscript for manuscript in MANUSCRIPTS if manuscript.slug == slug)

    assert word.lower() in manuscript.text.lower()
    assert manuscript.labels == frozenset()


@pytest.mark.parametrize("manuscript", MANUSCRIPTS, ids=lambda manuscript: manuscript.slug)
def test_every_article_is_of_a_readable_length_in_several_paragraphs(manuscript: Manuscript) -> None:
    blocks = blocks_of(manuscript.text)

    assert 250 <= len(words_of(blocks)) <= 450
    assert sum(block.kind == "paragraph" for block in blocks) >= 4
    assert (manuscript.image is None) == (manuscript.alt == "")


def test_polling_every_half_hour_sees_every_article_in_the_feed() -> None:
    base = datetime(2026, 3, 2, tzinfo=UTC)
    archive = Archive(MANUSCRIPTS, base=base)
    seen = {
        article.slug
        for half_hour in range(4 * 48)
        for article in archive.published(base + timedelta(minutes=30 * half_hour))[:ITEMS]
    }

    assert seen == {manuscript.slug for manuscript in MANUSCRIPTS}


def test_every_newsroom_day_has_something_of_every_topic() -> None:
    for day in range(4):
        labels = {label for m in MANUSCRIPTS if m.offset.days == day for label in m.labels}
        assert labels == {"drones", "belarus", "arctic"}


def test_words_are_typeset_as_printers_do() -> None:
    assert typeset("\"It's 'late',\" he said -- then...") == (
        "\u201cIt\u2019s \u2018late\u2019,\u201d he said \u2013 then\u2026"
    )


def test_blocks_become_the_html_of_a_block_editor() -> None:
    blocks = blocks_of("One <b> & two\nlines.\n\n## Head\n\n- first\n- second\n  half\n\n> said")

    assert to_html(blocks).split("\n\n") == [
        "<p>One &lt;b&gt; &amp; two lines.</p>",
        '<h2 class="wp-block-heading">Head</h2>',
        '<ul class="wp-block-list"><li>first</li><li>second half</li></ul>',
        '<blockquote class="wp-block-quote"><p>said</p></blockquote>',
    ]


def test_an_excerpt_ends_in_a_bracketed_ellipsis_only_where_there_is_more() -> None:
    assert excerpt_of(blocks_of("Short enough.")) == "Short enough."
    assert excerpt_of(blocks_of("word " * 80)).endswith("word […]")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no front matter", "between two lines"),
        ("---\ntitle: A\nauthor: B\n---\nText", "lacks day, hour, categories"),
        ("---\ntitel: A\n---\nText", "'titel: A'"),
        ("---\ntitle: A\nday: x\nhour: 7:00\nauthor: B\ncategories: C\n---\nText", "day is a number"),
    ],
)
def test_a_faulty_manuscript_is_named_with_what_to_mend(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "broken.md"
    path.write_text(text)

    with pytest.raises(BadManuscript, match="broken.md.*" + complaint):
        read_manuscript(path)


def test_a_picture_is_the_same_each_time_and_of_the_kind_its_name_says() -> None:
    png, png_type = draw("harbour.png")
    svg, svg_type = draw("harbour.svg")

    assert (png_type, svg_type) == ("image/png", "image/svg+xml")
    assert png.startswith(b"\x89PNG")
    assert b"IEND" in png
    assert len(png) < 20_000
    assert svg.startswith(b"<svg ")
    assert draw("harbour.png")[0] == png != draw("desert.png")[0]
