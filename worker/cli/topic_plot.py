"""Precision over recall: as characters in the terminal, as SVG, and as a page with the table beside it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from lxml import etree

from worker.errors import InvalidInput
from worker.match.calibration import Stretch, stretches
from worker.match.evaluation import Figures, TopicEvaluation

_WIDTH, _HEIGHT = 61, 16
_COLOURS = ("#1f5f8b", "#b3421b", "#3d7a35", "#6b4aa0", "#8a6d0b", "#444b54")
_DASHES = ("", "7,3", "2,3", "10,3,2,3", "1,4", "12,6")
_SVG = "{http://www.w3.org/2000/svg}"


def _leave_imports_alone() -> None:
    """Take out the hook that pygal puts into Python's imports for plugins: its kind is gone since Python 3.12."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]


def grid(evaluation: TopicEvaluation) -> str:
    """Precision (upwards) over recall (to the right), in characters; `#` is the threshold in force."""
    rows = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    for step in stretches(evaluation):
        _put(rows, step.figures, "*")
    _put(rows, evaluation.figures(), "#")
    lines = [
        f"{'1.0' if number == 0 else '0.0' if number == _HEIGHT - 1 else '   '} |{''.join(row)}"
        for number, row in enumerate(rows)
    ]
    axis = f"    +{'-' * _WIDTH}\n     0.0{'recall (precision upwards)':^{_WIDTH - 6}}1.0"
    return "\n".join([f"{evaluation.slug}: # is the threshold in force", *lines, axis])


def _put(rows: list[list[str]], figures: Figures, mark: str) -> None:
    rows[round((1 - figures.precision) * (_HEIGHT - 1))][round(figures.recall * (_WIDTH - 1))] = mark


def write_plot(path: Path, results: Mapping[str, TopicEvaluation]) -> None:
    """The curves as `.svg`, or as `.html` with the table; InvalidInput for another ending or a place that is shut."""
    if path.suffix.lower() not in (".svg", ".html"):
        raise InvalidInput(f"--plot {path}: the file's name must end in .svg or .html")
    svg = draw(results)
    content = svg if path.suffix.lower() == ".svg" else _page(svg, results)
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"--plot {path} cannot be written: {error.strerror}") from error


def draw(results: Mapping[str, TopicEvaluation]) -> str:
    """An SVG that stands alone: no script, nothing fetched, its title and figures in words for who cannot see it."""
    import pygal
    from pygal.style import Style

    _leave_imports_alone()

    chart = pygal.XY(
        js=[],
        style=Style(background="#ffffff", plot_background="#ffffff", colors=_COLOURS, font_family="sans-serif"),
        x_title="Recall: the share of what is about the topic that is found",
        y_title="Precision: the share of what is found that is right",
        range=(0, 1),
        xrange=(0, 1),
        show_dots=True,
        dots_size=3,
        legend_at_bottom=True,
        disable_xml_declaration=True,
        pretty_print=False,
    )
    for number, (slug, evaluation) in enumerate(results.items()):
        points = [(step.figures.recall, step.figures.precision) for step in stretches(evaluation)]
        chart.add(slug, points, stroke_style={"width": 2, "dasharray": _DASHES[number % len(_DASHES)]})
    return _plain(chart.render(is_unicode=True), results)


def _plain(svg: str, results: Mapping[str, TopicEvaluation]) -> str:
    """Without scripts and hover boxes, with a title and a description that screen readers find."""
    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in list(root.iter()):
        parent = element.getparent()
        unwanted = element.tag is etree.Comment or element.tag in (f"{_SVG}script", f"{_SVG}desc", f"{_SVG}title")
        hover = element.get("class") in ("tooltip", "text-overlay") if isinstance(element.tag, str) else False
        if parent is not None and (unwanted or hover):
            parent.remove(element)
    root.set("role", "img")
    root.set("aria-labelledby", "plot-title plot-desc")
    title, description = etree.Element(f"{_SVG}title", id="plot-title"), etree.Element(f"{_SVG}desc", id="plot-desc")
    title.text = "Precision over recall by topic"
    description.text = " ".join(_in_words(slug, evaluation) for slug, evaluation in results.items())
    root.insert(0, title)
    root.insert(1, description)
    return str(etree.tostring(root, encoding="unicode"))


def _in_words(slug: str, evaluation: TopicEvaluation) -> str:
    figures = evaluation.figures()
    points = "; ".join(
        f"threshold {threshold:g}: precision {each.precision:.2f}, recall {each.recall:.2f}"
        for threshold, each in evaluation.curve(12)
    )
    return (
        f"{slug}: at the threshold in force precision {figures.precision:.2f}, recall {figures.recall:.2f}, "
        f"F1 {figures.f1:.2f}. {points}."
    )


def _page(svg: str, results: Mapping[str, TopicEvaluation]) -> str:
    tables = "\n".join(_table(slug, evaluation) for slug, evaluation in results.items())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Precision over recall by topic</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
body {{ color: #14181d; background: #fff; }}
svg {{ width: 100%; height: auto; }}
table {{ border-collapse: collapse; margin: 0 0 2rem; }}
caption {{ text-align: left; font-weight: bold; padding: 0.5rem 0; }}
th, td {{ border-bottom: 1px solid #8b959e; padding: 0.2rem 1rem 0.2rem 0; text-align: right; }}
</style>
</head>
<body>
<h1>Precision over recall by topic</h1>
{svg}
{tables}
</body>
</html>
"""


def _table(slug: str, evaluation: TopicEvaluation) -> str:
    rows = "\n".join(_row(step) for step in stretches(evaluation))
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("threshold up to", "precision", "recall", "F1"))
    return f"<table>\n<caption>{escape(slug)}</caption>\n<tr>{heads}</tr>\n{rows}\n</table>"


def _row(step: Stretch) -> str:
    figures: Any = step.figures
    cells = "".join(f"<td>{share:.3f}</td>" for share in (figures.precision, figures.recall, figures.f1))
    return f'<tr><th scope="row">{step.high:g}</th>{cells}</tr>'
