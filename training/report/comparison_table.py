"""A comparison of runs as a table of text and as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.report.comparison import ABSENT, LEAKY_HEADING, Row
from training.report.page import environment
from training.report.words import TITLES, shown, spread
from training.report.words import signed as difference

HEADING = "Held-out subjects"


def tables(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Honest and leaky runs apart, each under its heading; an empty table is left out."""
    parted = ((HEADING, False), (LEAKY_HEADING, True))
    return [(heading, own) for heading, leaky in parted if (own := [row for row in rows if row.leaky is leaky])]


def as_text(rows: Sequence[Row]) -> str:
    """Every table with one line for each figure and one column for each run."""
    return "\n\n".join("\n".join(_lines(heading, own)) for heading, own in tables(rows))


def _lines(heading: str, rows: list[Row]) -> Iterator[str]:
    body: list[tuple[str, list[str]]] = [("", [row.name for row in rows])]
    body += [(key, [row.differing.get(key, ABSENT) for row in rows]) for key in _keys(rows)]
    body += [(f"AUROC, fold {number}", [_text(row.folds.get(number)) for row in rows]) for number in _folds(rows)]
    body += [(f"{TITLES[key]}, mean of folds", [_text(row.mean[key]) for row in rows]) for key in rows[0].mean]
    body.append(("AUROC less the first run's, paired", [_text(row.difference, signed=True) for row in rows]))
    first = max(len(title) for title, _ in body)
    widths = [max(len(cells[i]) for _, cells in body) for i in range(len(rows))]
    yield heading
    for title, cells in body:
        yield "  ".join([title.ljust(first), *(c.rjust(w) for c, w in zip(cells, widths, strict=True))]).rstrip()


def _keys(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row.differing))


def _folds(rows: Sequence[Row]) -> list[str]:
    return sorted({number for row in rows for number in row.folds}, key=int)


def _text(figure: dict[str, float] | None, *, signed: bool = False) -> str:
    if figure is None:
        return ABSENT
    value = difference(figure["value"]) if signed else shown(figure["value"])
    return f"{value} ({spread(figure)})"


def write_comparison(path: Path, rows: Sequence[Row]) -> None:
    """Write the page, whole or not at all."""
    parted = [(heading, own, _keys(own), _folds(own)) for heading, own in tables(rows)]
    page = (
        environment()
        .get_template("comparison.html.j2")
        .render(tables=parted, leaky_heading=LEAKY_HEADING, titles=TITLES, absent=ABSENT)
    )
    part = path.with_suffix(".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)
