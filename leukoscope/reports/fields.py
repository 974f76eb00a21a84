"""Pages of fields: the picture with its boxes drawn as lines, and what is known of it beside or below."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.cells import View
from leukoscope.domain.findings import Label
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.content import CellMark, ReportContent, ReportFrame
from leukoscope.reports.layout import HEADING, SMALL, TOP, PageLayout
from leukoscope.reports.measures import measure_name, measure_value
from leukoscope.reports.painter import HAIR, INK, QUIET, VERDICT_COLORS, WHITE
from leukoscope.reports.words import Words

_LARGE_UP_TO = 6
"""So many fields get a page each."""

_SCALE_BARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def fields_of(content: ReportContent) -> tuple[ReportFrame, ...]:
    """Images that are printed with boxes."""
    return tuple(frame for frame in content.frames if frame.view is View.FIELD and frame.picture is not None)


def field_pages(fields: tuple[ReportFrame, ...]) -> list[tuple[ReportFrame, ...]]:
    """Which fields stand on which page."""
    per_page = 1 if len(fields) <= _LARGE_UP_TO else 2
    return [fields[start : start + per_page] for start in range(0, len(fields), per_page)]


def draw_field_page(layout: PageLayout, page: tuple[ReportFrame, ...], large: bool) -> None:
    """Draw one page of fields."""
    room = layout.room if large else layout.room / 2
    for index, frame in enumerate(page):
        layout.painter.part(shown=frame.name)
        _draw_field(layout, frame, TOP + index * room, room, large)
    layout.end_page()


def _draw_field(layout: PageLayout, frame: ReportFrame, top: float, room: float, large: bool) -> None:
    painter = layout.painter
    words = layout.words
    counts = [
        f"{words.number(sum(mark.label is label for mark in frame.marks))} {layout.verdict_word(label).lower()}"
        for label in Label
    ]
    cells = words.counted(len(frame.marks), "{n} cell", "{n} cells")
    used = painter.text(layout.right, top + 14, f"{cells}: {', '.join(counts)}", 8, color=QUIET, align="right")
    names, name_size = layout.few_lines(frame.name, layout.width - used - 16, 2, HEADING, "Medium")
    for place, line in enumerate(reversed(names)):
        painter.text(layout.left, top + 14 - place * name_size * 1.1, line, name_size, "Medium")
    width = layout.width if large else layout.width * 0.66
    height = (room - 190) if large else room - 48
    scale = min(width / frame.width, height / frame.height)
    width, height = frame.width * scale, frame.height * scale
    x, y = layout.left, top + 24
    assert frame.picture is not None
    painter.image(frame.picture(), x, y, width, height)
    painter.rect(x, y, width, height, stroke=HAIR)
    for mark in frame.marks:
        _draw_mark(layout, mark, x, y, scale, (width, height))
    if frame.um_per_px:
        _draw_scale_bar(layout, frame.um_per_px / scale, x, y, width, height)
    if large:
        _draw_facts(layout, frame, layout.left, y + height + 16, layout.width, columns=2)
    else:
        _draw_facts(layout, frame, layout.left + width + 16, y, layout.width - width - 16, columns=1)


def _draw_mark(
    layout: PageLayout, mark: CellMark, x: float, y: float, scale: float, picture: tuple[float, float]
) -> None:
    painter, color = layout.painter, QUIET if mark.label is None else VERDICT_COLORS[mark.label]
    left, top = x + mark.box.x * scale, y + mark.box.y * scale
    width, height = mark.box.width * scale, mark.box.height * scale
    painter.rect(left, top, width, height, stroke=WHITE, line=2.6)
    painter.rect(left, top, width, height, stroke=color, line=1.2)
    text = f"{mark.number}"
    tag_width = painter.text_width(text, 6.5, "Medium") + 13
    tag_y = top - 10.5 if top - 10.5 > y else min(top + height + 1, y + picture[1] - 10)
    tag_x = min(max(left - 0.6, x), x + picture[0] - tag_width)
    painter.rect(tag_x, tag_y, tag_width, 9.5, fill=WHITE)
    if mark.label is not None:
        painter.verdict_shape(mark.label, tag_x + 5, tag_y + 4.8, 5.5)
    painter.text(tag_x + 10, tag_y + 7.2, text, 6.5, "Medium")


def _draw_scale_bar(layout: PageLayout, um_per_pt: float, x: float, y: float, width: float, height: float) -> None:
    """A bar of a round length, at most a fifth of the picture."""
    fitting = [length for length in _SCALE_BARS if length / um_per_pt <= width / 5]
    if not fitting:
        return
    length = fitting[-1] / um_per_pt
    right, bottom = x + width - 10, y + height - 10
    layout.painter.rect(right - length - 6, bottom - 15, length + 12, 21, fill=WHITE)
    layout.painter.rect(right - length, bottom - 1, length, 2, fill=INK)
    layout.painter.text(right - length / 2, bottom - 5, f"{fitting[-1]} µm", SMALL, align="center")


def _draw_facts(layout: PageLayout, frame: ReportFrame, x: float, y: float, width: float, columns: int) -> None:
    painter = layout.painter
    column = (width - 24) / 2 if columns == 2 else width
    words = layout.words
    scale = words("not calibrated")
    if frame.um_per_px:
        scale = words("{n} µm per pixel", n=words.decimal(f"{frame.um_per_px:.3g}"))
    size = f"{frame.width} × {frame.height} px"
    pairs = [(words("Size"), size), (words("Scale"), scale)]
    if frame.microscope:
        pairs.append((words("Microscope"), frame.microscope))
    bottom = _pairs(layout, pairs, x, y, column)
    if frame.error:
        for line in layout.lines(words(frame.error), column, 8):
            painter.text(x, bottom + 8, line, 8)
            bottom += 11
    painter.text(x, bottom + 12, "SHA-256", SMALL, color=QUIET)
    for index, half in enumerate((frame.sha256[:32], frame.sha256[32:])):
        painter.text(x + column, bottom + 12 + 8 * index, half, 5.2 if columns == 1 else 6, "Mono", align="right")
    bottom += 20
    right = x + column + 24 if columns == 2 else x
    _draw_quality(layout, frame, right, y if columns == 2 else bottom + 8, column)


def _draw_quality(layout: PageLayout, frame: ReportFrame, x: float, y: float, width: float) -> None:
    if frame.quality is None:
        return
    for name, value in _measures(layout.words, frame):
        y = _pairs(layout, [(name, value)], x, y, width)
    for sentence in frame.quality.sentences[:2]:
        for line in layout.lines(layout.words(sentence), width, 8):
            layout.painter.text(x, y + 10, line, 8)
            y += 11


def _measures(words: Words, frame: ReportFrame) -> Iterator[tuple[str, str]]:
    assert frame.quality is not None
    for measure in frame.quality.measures[:9]:
        verdict = {
            QualityVerdict.OK: "",
            QualityVerdict.WARN: f"  ·  {words('warning')}",
            QualityVerdict.REFUSE: f"  ·  {words('not good enough')}",
        }[measure.verdict]
        yield measure_name(measure, words), measure_value(measure, words) + verdict


def _pairs(layout: PageLayout, pairs: list[tuple[str, str]], x: float, y: float, width: float) -> float:
    """Names with values, one a line; returns the y below."""
    for name, value in pairs:
        layout.fitted(x, y + 9, name, width * 0.48, 8, color=QUIET)
        layout.fitted(x + width, y + 9, value, width * 0.48, 8, align="right")
        layout.painter.line(x, y + 13, x + width, y + 13, HAIR, 0.4)
        y += 14
    return y
