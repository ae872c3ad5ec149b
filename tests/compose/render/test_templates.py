"""Templates that an operator has changed: each mistake is named with its file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from worker.compose.render import EmailTemplates, TemplateError, check_templates, render_digest
from worker.compose.render.samples import sample_digest
from worker.resources import shipped


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "email"
    shutil.copytree(shipped("templates") / "email", path)
    return path


def change(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def found(directory: Path) -> list[str]:
    return [str(fault) for fault in check_templates(directory)]


def line_of(directory: Path, file: str, text: str) -> int:
    return next(n for n, line in enumerate((directory / file).read_text().splitlines(), 1) if text in line)


def test_the_shipped_templates_have_no_fault() -> None:
    assert check_templates(shipped("templates") / "email") == []


def test_every_missing_file_is_named(directory: Path) -> None:
    (directory / "digest/body.txt").unlink()
    (directory / "style.css").unlink()
    faults = found(directory)
    assert [fault.partition(":")[0] for fault in faults] == ["style.css", "digest/body.txt"]
    with pytest.raises(TemplateError, match=r"digest/body\.txt: is missing"):
        EmailTemplates(directory)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("digest/body.html", "<!--% endblock %-->", "<!--% endblok %-->", "endblok"),
        ("digest/body.txt", "{% if topics %}", "{% if topics | nothing %}", "nothing"),
        ("layout.html", "{{ site.name }}", "{{ site.name }", "site.name"),
    ],
)
def test_a_mistake_in_the_syntax_is_named_with_its_line(
    directory: Path, file: str, old: str, new: str, says: str
) -> None:
    change(directory, file, old, new)
    (fault,) = check_templates(directory)
    assert fault.file == file
    assert fault.line is not None
    assert abs(fault.line - line_of(directory, file, says)) <= 1


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("layout.html", "{{ site.postal_address }}", "{{ site.postal_adress }}", "postal_adress"),
        ("parts/standard.html", "{{ article.lead }}", "{{ article.leed }}", "leed"),
        ("parts/more.txt", "{{ lines }}", "{{ liness }}", "liness"),
        ("welcome/body.txt", "{% include", "{{ nobody }}{% include", "nobody"),
        ("digest/subject.txt", "{{ headline }}", "{{ article_title }}", "article_title"),
        ("edition.html", "{{ site.contact }}", "{{ sight.contact }}", "sight"),
    ],
)
def test_an_unknown_name_is_found_by_making_the_mails(
    directory: Path, file: str, old: str, new: str, says: str
) -> None:
    change(directory, file, old, new)
    faults = [fault for fault in check_templates(directory) if says in fault.message]
    assert faults
    assert {fault.file for fault in faults} == {file}
    assert faults[0].line == line_of(directory, file, says)


def test_a_name_in_a_branch_that_no_sample_takes_is_found_too(directory: Path) -> None:
    change(
        directory, "digest/body.txt", "{% if topics %}", "{% if count > 99999 %}{{ nobody }}{% endif %}{% if topics %}"
    )
    assert any("'nobody' is unknown" in fault for fault in found(directory))


def test_a_row_outside_of_a_table_is_found_because_it_would_be_lost(directory: Path) -> None:
    change(directory, "parts/line.html", "<li ", "<tr><td>x</td></tr><li ")
    assert found(directory) == ["parts/line.html: holds a <tr> or <td> outside of a <table>: an HTML parser drops it"]


def test_a_sentence_without_translation_is_named(directory: Path) -> None:
    change(directory, "layout.html", '_("View in browser")', '_("Read this on the web")')
    change(directory, "edition.txt", '_("View in browser")', '_("Read this on the web")')
    assert found(directory) == ["language/de.po: has no translation of 'Read this on the web'"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('msgstr "Kontakt"', 'mgstr "Kontakt"', "language/de.po:31: cannot be read"),
        ("Absender: %(name)s", "Absender: %(nam)s", "language/de.po:"),
        ('msgstr "Kontakt"', 'msgstr ""', "language/de.po: has no translation of 'Contact us'"),
    ],
)
def test_a_fault_in_a_catalogue_is_named(directory: Path, old: str, new: str, says: str) -> None:
    change(directory, "language/de.po", old, new)
    assert any(fault.startswith(says) for fault in found(directory))


def test_a_file_that_is_named_after_no_language_is_a_fault(directory: Path) -> None:
    (directory / "language/klingon.po").write_text('msgid ""\nmsgstr ""\n')
    assert any("klingon" in fault and "name the file de.po" in fault for fault in found(directory))


def test_another_language_is_just_a_file(directory: Path) -> None:
    (directory / "language/nl.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "View in browser"\nmsgstr "In de browser lezen"\n'
    )
    templates = EmailTemplates(directory)
    assert templates.languages == ("en", "de", "nl")
    html = render_digest(templates, sample_digest(language="nl")).html
    assert "In de browser lezen" in html
    assert "maandag 2 maart 2026" in html
    assert "Unsubscribe" in html, "what is not translated stays English"


def test_styles_are_inlined_and_those_for_dark_and_small_screens_kept(templates: EmailTemplates) -> None:
    html = render_digest(templates, sample_digest()).html
    assert html.count("<style") == 2
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
    assert 'style="' in html
    assert "<!--%" not in html
    assert "<!--#" not in html
