"""Earlier cases of the same patient: dates and figures in a table, and a small chart over time beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise

from leukoscope.domain.findings import Label
from leukoscope.domain.percent import percent_text
from leukoscope.reports.content import EarlierCase, ReportContent
from leukoscope.reports.layout import SMALL, Block, PageLayout, space
from leukoscope.reports.painter import HAIR, INK, QUIET, VERDICT_COLORS
from leukoscope.reports.totals import Share

LISTED, CHARTED = 4, 12
"""So many of the last earlier cases have a line each, and so many have a point in the chart."""
_ROW, _SIZE = 11.5, 8.0
_COLUMNS = (0.0, 0.12, 0.38, 0.47, 0.62)
"""Where date and number begin, and where cells, percent and intervals end, of the width."""
_CHART = 0.66
_LOWEST_TOP = 0.1
"""The chart goes up to 10 % at least: small shares shall look small."""


def earlier_blocks(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Heading, table with chart, and what is not listed."""
    if not content.earlier:
        return
    words, shown = layout.words, content.earlier[-LISTED:]
    now = content.begun_at or content.created_at
    here = EarlierCase(content.header.number, now, content.totals.share(Label.LEUKEMIC), content.signed)
    yield layout.heading(words("Earlier cases of this patient"))
    # One block: the chart stands beside all lines.
    height = max(_ROW * (len(shown) + 2) + 1, 54.0)
    yield Block(
        height, partial(_draw, layout, (*shown, here), (*content.earlier[-CHARTED:], here), height), keep_with_next=True
    )
    told = words("Leukemic among all cells of each case, with 95 % Wilson intervals, as the cases stand today.")
    if len(content.earlier) > LISTED:
        told += " " + words("{n} earlier ones are not listed.", n=words.number(len(content.earlier) - LISTED))
    yield from layout.paragraph(told, SMALL, QUIET)
    yield space(10)


def _draw(
    layout: PageLayout, cases: Sequence[EarlierCase], charted: Sequence[EarlierCase], height: float, y: float
) -> None:
    words = layout.words
    ends = [layout.left + layout.width * part for part in _COLUMNS]
    painter = layout.painter
    painter.text(ends[0], y + 9, words("Begun"), SMALL, color=QUIET)
    painter.text(ends[1], y + 9, words("Case"), SMALL, color=QUIET)
    for end, text in zip(ends[2:], (words("Cells"), words("Leukemic"), words("95 % interval")), strict=True):
        painter.text(end, y + 9, text, SMALL, color=QUIET, align="right")
    for row, case in enumerate(cases, start=1):
        top, style = y + _ROW * row, "Medium" if case is cases[-1] else "Regular"
        painter.line(layout.left, top, ends[4], top)
        painter.text(ends[0], top + 8.5, f"{case.at:%Y-%m-%d}", _SIZE, style)
        number = words("this case") if case is cases[-1] else case.number
        if not case.signed and case is not cases[-1]:
            number = words("{number}, not signed", number=number)
        layout.fitted(ends[1], top + 8.5, number, (ends[2] - ends[1]) * 0.86, _SIZE, style)
        low, high = (f"{100 * bound:.0f}" for bound in case.leukemic.interval)
        known = case.leukemic.n > 0
        shown = (
            words.number(case.leukemic.n),
            percent_text(case.leukemic.value) if known else "–",
            words("{low} to {high} %", low=low, high=high) if known else "–",
        )
        for end, text in zip(ends[2:], shown, strict=True):
            painter.text(end, top + 8.5, text, _SIZE, style, align="right")
    left = layout.left + layout.width * _CHART
    _draw_chart(layout, [case for case in charted if case.leukemic.n], left, y + 4, layout.right - left, height - 8)


def _draw_chart(
    layout: PageLayout, cases: Sequence[EarlierCase], x: float, y: float, width: float, height: float
) -> None:
    """Shares as points with whiskers, at their dates; the last one is this case."""
    if len(cases) < 2:
        return
    painter = layout.painter
    left, right, bottom = x + 26, x + width - 6, y + height - 14
    top_share = _top([case.leukemic for case in cases])

    def up(share: float) -> float:
        return bottom - (bottom - y - 4) * share / top_share

    for share in (0.0, top_share):
        painter.line(left, up(share), right, up(share), HAIR)
        painter.text(left - 4, up(share) + 2.5, percent_text(share), SMALL, color=QUIET, align="right")
    places = _places([case.at for case in cases], left + 4, right - 4)
    points = [(place, up(case.leukemic.value)) for place, case in zip(places, cases, strict=True)]
    for (from_x, from_y), (to_x, to_y) in pairwise(points):
        painter.line(from_x, from_y, to_x, to_y, QUIET, 0.8)
    for (place, height_of), case in zip(points, cases, strict=True):
        low, high = case.leukemic.interval
        painter.line(place, up(low), place, up(min(high, top_share)), QUIET, 0.6)
        is_here = case is cases[-1]
        painter.verdict_shape(Label.HEALTHY, place, height_of, 7.0 if is_here else 5.0, color=INK)
        if is_here:
            painter.verdict_shape(Label.HEALTHY, place, height_of, 4.6, color=VERDICT_COLORS[Label.LEUKEMIC])
    painter.text(left, y + height, f"{cases[0].at:%Y-%m-%d}", SMALL, color=QUIET)
    painter.text(right, y + height, f"{cases[-1].at:%Y-%m-%d}", SMALL, color=QUIET, align="right")


def _top(shares: Sequence[Share]) -> float:
    """The top of the chart: a round share above all intervals."""
    highest = max(share.interval[1] for share in shares)
    return next((top for top in (_LOWEST_TOP, 0.2, 0.5) if highest <= top), 1.0)


def _places(moments: Sequence[datetime], left: float, right: float) -> list[float]:
    """Where moments lie between two edges, by time; evenly where all are one moment."""
    seconds = [moment.timestamp() for moment in moments]
    first, span = min(seconds), max(seconds) - min(seconds)
    if span <= 0:
        return [left + (right - left) * place / max(1, len(seconds) - 1) for place in range(len(seconds))]
    return [left + (right - left) * (one - first) / span for one in seconds]
