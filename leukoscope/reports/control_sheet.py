"""The control sheet of a month: Levey-Jennings charts of one instrument, its runs, and a line to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from leukoscope.domain.findings import Label
from leukoscope.reports.layout import PAGE_SIZES
from leukoscope.reports.painter import HAIR, INK, QUIET, VERDICT_COLORS, WASH, Painter
from leukoscope.reports.part_file import part_file
from leukoscope.reports.shaping import Typesetter
from leukoscope.reports.words import Words
from leukoscope.reports.wrapping import wrap

MARGIN, HEAD, FOOT = 40.0, 44.0, 46.0
PLOT, GAP = 74.0, 18.0
SMALL, LEADING = 8.0, 10.0
"""Size of sentences and of the table, and the distance of their lines."""
BANDS = 3
"""Standard deviations on each side of the mean that have a line."""
SPAN = 4.0
"""Standard deviations that the plot reaches; a point beyond it stands at its edge."""
_ALARM = VERDICT_COLORS[Label.LEUKEMIC]


@dataclass(frozen=True)
class SheetPoint:
    """One run on a chart: when, its value, the rules that it breaks, and whether a person left it out."""

    at: datetime
    value: float
    rules: tuple[str, ...] = ()
    excluded: bool = False


@dataclass(frozen=True)
class SheetChart:
    """One figure.

    Parameters
    ----------
    title, unit, decimals
        What it is called, in what it is measured, as many decimals are shown.
    points
        Of the month, in order of time.
    mean, sd
        ``None`` while there are too few runs for limits.
    sentence
        How it stands, and what to do.
    """

    title: str
    unit: str
    decimals: int
    points: tuple[SheetPoint, ...]
    mean: float | None
    sd: float | None
    sentence: str


@dataclass(frozen=True)
class SheetRun:
    """One line of the list of runs."""

    number: int
    at: datetime
    who: str
    fields: int
    rules: str
    note: str


@dataclass(frozen=True)
class ControlSheet:
    """What the sheet says.

    Parameters
    ----------
    instrument
        Camera and objective.
    month
        As ``2026-11``.
    laboratory
        May be empty.
    words
        Its language.
    """

    instrument: str
    month: str
    laboratory: str
    charts: tuple[SheetChart, ...]
    runs: tuple[SheetRun, ...]
    words: Words


def write_control_sheet(sheet: ControlSheet, path: Path, page_size: str = "A4") -> None:
    """Write the PDF.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    with part_file(path) as stream:
        painter = Painter(stream, PAGE_SIZES.get(page_size, PAGE_SIZES["A4"]), Typesetter(), sheet.words.language)
        painter.describe(
            sheet.words("Quality control"), "LeukoScope", sheet.words("Decision support, not a medical device")
        )
        _SheetPages(painter, sheet).write()
        painter.save()


class _SheetPages:
    """The pages of one sheet."""

    def __init__(self, painter: Painter, sheet: ControlSheet) -> None:
        self._painter, self._sheet, self._words = painter, sheet, sheet.words
        self._room = painter.width - 2 * MARGIN
        self._y, self._page = HEAD, 1

    def write(self) -> None:
        """Draw everything."""
        self._title()
        for chart in self._sheet.charts:
            self._chart(chart)
        self._need(60)
        self._runs()
        self._need(70)
        self._signature()
        self._end_page()

    def _need(self, height: float) -> None:
        if self._y + height > self._painter.height - FOOT:
            self._end_page()
            self._page, self._y = self._page + 1, HEAD

    def _end_page(self) -> None:
        foot = self._painter.height - FOOT / 2
        said = [self._sheet.instrument, self._sheet.month, self._words("decision support, not a medical device")]
        self._painter.text(MARGIN, foot, "  ·  ".join(said), 7, color=QUIET)
        page = self._words("Page {page}", page=self._page)
        self._painter.text(self._painter.width - MARGIN, foot, page, 7, color=QUIET, align="right")
        self._painter.end_page()

    def _title(self) -> None:
        painter = self._painter
        painter.text(MARGIN, self._y + 16, self._words("Quality control"), 20, style="Medium")
        painter.text(painter.width - MARGIN, self._y + 16, self._sheet.month, 12, color=QUIET, align="right")
        who = "  ·  ".join(one for one in (self._sheet.instrument, self._sheet.laboratory) if one)
        painter.text(MARGIN, self._y + 34, who, 10, color=QUIET)
        self._y += 54

    def _chart(self, chart: SheetChart) -> None:
        painter, last = self._painter, chart.points[-1]
        lines = self._lines(chart.sentence, self._room)
        self._need(20 + LEADING * len(lines) + PLOT + GAP)
        painter.text(MARGIN, self._y + 9, chart.title, 10, style="Medium")
        value = f"{self._words.decimal(f'{last.value:.{chart.decimals}f}')} {chart.unit}".rstrip()
        painter.text(painter.width - MARGIN, self._y + 9, value, 10, style="Medium", align="right")
        self._y += 12
        self._write(MARGIN, lines, _ALARM if last.rules else QUIET)
        top = self._y + LEADING * len(lines) + 6
        self._plot(chart, top)
        self._y = top + PLOT + GAP

    def _plot(self, chart: SheetChart, top: float) -> None:
        painter, middle = self._painter, top + PLOT / 2
        painter.rect(MARGIN, top, self._room, PLOT, fill=WASH)
        values = [one.value for one in chart.points]
        mean = sum(values) / len(values) if chart.mean is None else chart.mean
        sd = (max(map(abs, (one - mean for one in values))) or 1.0) / 2 if chart.sd is None else chart.sd
        if chart.sd is not None:
            for band in range(-BANDS, BANDS + 1):
                y = middle - band * PLOT / (2 * SPAN)
                painter.line(MARGIN, y, MARGIN + self._room, y, QUIET if band == 0 else HAIR, 0.7 if band == 0 else 0.5)
                sign = "" if band == 0 else f"{band:+d} s"
                painter.text(MARGIN + self._room - 3, y - 1.5, sign, 5.5, color=QUIET, align="right")
        places = [
            (MARGIN + x, middle - _clipped((one.value - mean) / sd) * PLOT / (2 * SPAN))
            for x, one in zip(self._across([one.at for one in chart.points]), chart.points, strict=True)
        ]
        for (x1, y1), (x2, y2) in pairwise(places):
            painter.line(x1, y1, x2, y2, QUIET, 0.8)
        before: tuple[str, ...] = ()
        for (x, y), point in zip(places, chart.points, strict=True):
            # A shift breaks rules day after day: each is written where it is first broken.
            self._mark((x, y), top, point, next((rule for rule in point.rules if rule not in before), ""))
            before = point.rules
        self._days(chart.points[0].at, top + PLOT)

    def _days(self, month: datetime, bottom: float) -> None:
        days = [month.replace(day=day, hour=0, minute=0) for day in (1, 8, 15, 22, 28)]
        for x, day in zip(self._across(days), days, strict=True):
            self._painter.line(MARGIN + x, bottom - 2, MARGIN + x, bottom, QUIET)
            self._painter.text(MARGIN + x, bottom + 7, str(day.day), 5.5, color=QUIET, align="center")

    def _mark(self, place: tuple[float, float], top: float, point: SheetPoint, rule: str) -> None:
        x, y = place
        if point.excluded:
            self._painter.rect(x - 2.2, y - 2.2, 4.4, 4.4, fill=(1.0, 1.0, 1.0), stroke=QUIET, line=0.8)
            return
        half = 2.6 if point.rules else 1.7
        self._painter.rect(x - half, y - half, 2 * half, 2 * half, fill=_ALARM if point.rules else INK)
        if rule:
            above = y - 5 if y > top + 12 else y + 10
            self._painter.text(x, above, rule, 6, color=_ALARM, align="center")

    def _across(self, moments: Sequence[datetime]) -> list[float]:
        """Distance from the left edge: by day of the month, runs of a day side by side."""
        inner = self._room - 60
        return [20 + inner * ((at.day - 1) + (at.hour + at.minute / 60) / 24) / 31 for at in moments]

    def _runs(self) -> None:
        painter, words = self._painter, self._words
        painter.text(MARGIN, self._y + 10, words("Runs"), 12, style="Medium")
        self._y += 22
        columns = (
            (words("Number"), 0.09), (words("When"), 0.17), (words("Who"), 0.18), (words("Fields"), 0.12),
            (words("Rules"), 0.14), (words("Note"), 0.30),
        )  # fmt: skip
        for run in (None, *self._sheet.runs):
            texts = (
                [name for name, _ in columns] if run is None else
                [str(run.number), f"{run.at:%Y-%m-%d %H:%M}", run.who, str(run.fields), run.rules, run.note]
            )  # fmt: skip
            self._row(texts, [share for _, share in columns], QUIET if run is None else INK)

    def _row(self, texts: Sequence[str], shares: Sequence[float], color: tuple[float, float, float]) -> None:
        cells = [self._lines(text, share * self._room - 6) for text, share in zip(texts, shares, strict=True)]
        height = LEADING * max(map(len, cells)) + 4
        self._need(height)
        x = MARGIN
        for lines, share in zip(cells, shares, strict=True):
            self._write(x, lines, color)
            x += share * self._room
        self._y += height
        self._painter.line(MARGIN, self._y - 2, MARGIN + self._room, self._y - 2)

    def _lines(self, text: str, width: float) -> list[str]:
        """The text in as many lines as it needs: nothing is cut off on paper."""
        return wrap(text, width, lambda part: self._painter.text_width(part, SMALL))

    def _write(self, x: float, lines: Sequence[str], color: tuple[float, float, float]) -> None:
        for place, line in enumerate(lines):
            self._painter.text(x, self._y + 8 + LEADING * place, line, SMALL, color=color)

    def _signature(self) -> None:
        self._y += 40
        half = self._room / 2 - 12
        words = self._words
        for x, text in ((MARGIN, words("Reviewed by")), (MARGIN + half + 24, words("Date and signature"))):
            self._painter.line(x, self._y, x + half, self._y, QUIET)
            self._painter.text(x, self._y + 11, text, 8, color=QUIET)


def _clipped(z: float) -> float:
    return max(-SPAN + 0.2, min(SPAN - 0.2, z))
