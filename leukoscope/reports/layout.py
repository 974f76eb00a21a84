"""What all pages have in common: the grid, the sizes of type, the foot, and blocks that flow from page to page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leukoscope.domain.cases import CaseState
from leukoscope.domain.findings import Label, Thresholds
from leukoscope.domain.keys import fitted
from leukoscope.domain.report_status import ReportStatus
from leukoscope.reports.content import ReportContent
from leukoscope.reports.painter import INK, QUIET, VERDICT_COLORS, Color, Painter, tint
from leukoscope.reports.tagging import HEADING as HEADING_TAG
from leukoscope.reports.words import ENGLISH, Words
from leukoscope.reports.wrapping import wrap

PAGE_SIZES = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}
"""Width and height in points."""

MARGIN, TOP, FOOT = 40.0, 48.0, 56.0
TITLE, HEADING, BODY, SMALL, TINY = 20.0, 12.0, 9.0, 7.0, 5.8
LEADING = 12.0
_SMALLEST = 1.5
_FOOT_NUMBER = 32
"""Bytes of a case number in the foot; of a longer one its end and a mark of the whole stand there."""


@dataclass(frozen=True)
class Block:
    """A strip of a page as wide as the text.

    Parameters
    ----------
    height
        In points.
    draw
        Draws it, given the y of its upper edge.
    keep_with_next
        A heading: never the last on a page.
    empty
        Nothing but distance: dropped where a page begins.
    """

    height: float
    draw: Callable[[float], None]
    keep_with_next: bool = False
    empty: bool = False


def space(height: float) -> Block:
    """Nothing but distance."""
    return Block(height, lambda _: None, empty=True)


def paginate(blocks: Iterable[Block], room: float) -> list[list[Block]]:
    """Spread blocks over pages with ``room`` points of height each; distance at the top of a page is dropped."""
    pages: list[list[Block]] = []
    page: list[Block] = []
    used = 0.0
    for group in _groups(blocks):
        height = sum(block.height for block in group)
        empty = all(block.empty for block in group)
        if empty and (not page or used + height > room):
            continue
        if page and used + height > room:
            pages.append(page)
            page, used = [], 0.0
        page.extend(group)
        used += height
    return [*pages, page] if page else pages


def _groups(blocks: Iterable[Block]) -> Iterable[list[Block]]:
    group: list[Block] = []
    for block in blocks:
        group.append(block)
        if not block.keep_with_next:
            yield group
            group = []
    if group:
        yield group


class PageLayout:
    """The paper of one report with its recurring parts; lengths in points."""

    def __init__(self, painter: Painter, content: ReportContent) -> None:
        self.painter = painter
        self.left, self.right = MARGIN, painter.width - MARGIN
        self.width = self.right - self.left
        self.bottom = painter.height - FOOT
        self.room = self.bottom - TOP
        self.page, self.pages = 0, 0
        self.words = content.words
        self._content = content

    def measure(self, size: float, style: str = "Regular") -> Callable[[str], float]:
        """Width of a text at one size."""
        return lambda text: self.painter.text_width(text, size, style)

    def lines(self, text: str, width: float, size: float = BODY, style: str = "Regular") -> list[str]:
        """Break text into lines."""
        return wrap(text, width, self.measure(size, style))

    def few_lines(
        self, text: str, width: float, count: int, size: float, style: str = "Regular"
    ) -> tuple[list[str], float]:
        """At most ``count`` lines, and how large they fit: on paper nothing is left out; no line for an empty text."""
        if not text:
            return [], size
        lines = self.lines(text, width, size, style)
        while len(lines) > count and size > _SMALLEST:
            size *= 0.92
            lines = self.lines(text, width, size, style)
        return lines, size

    def fitted(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float,
        style: str = "Regular",
        color: Color = INK,
        align: str = "left",
    ) -> float:
        """Draw one line as large as it fits, at most ``size``: nothing is left out on paper; returns its width."""
        needed = self.painter.text_width(text, size, style)
        if needed > width > 0:
            size *= width / needed
        return self.painter.text(x, y, text, size, style, color, align)

    # Blocks ----------------------------------------------------------------------------------------------------

    def heading(self, text: str) -> Block:
        """Heading of a section, kept with what follows."""
        draw = _line_at(self.painter, self.left, text, HEADING, INK, "Medium")
        return self.tagged(Block(20.0, lambda y: draw(y + 1), keep_with_next=True), HEADING_TAG)

    def tagged(self, block: Block, tag: str) -> Block:
        """The same block, read aloud as what its tag says."""

        def draw(y: float) -> None:
            self.painter.part(tag)
            block.draw(y)

        return replace(block, draw=draw)

    def text_line(self, text: str, size: float, height: float, color: Color = INK, style: str = "Regular") -> Block:
        """One line of text, drawn as it is."""
        return Block(height, _line_at(self.painter, self.left, text, size, color, style))

    def paragraph(self, text: str, size: float = BODY, color: Color = INK, width: float | None = None) -> list[Block]:
        """Running text, one block for each line, so that it can go on on the next page."""
        leading = round(size * 1.4)
        return [self.text_line(line, size, leading, color) for line in self.lines(text, width or self.width, size)]

    # Pages -----------------------------------------------------------------------------------------------------

    def draw_page(self, blocks: Sequence[Block]) -> None:
        """Draw blocks from the top of a page on, then finish the page."""
        y = TOP
        for block in blocks:
            self.painter.part()
            block.draw(y)
            y += block.height
        self.end_page()

    def end_page(self) -> None:
        """Draw the foot and finish the page."""
        self.page += 1
        with self.painter.ornament():
            self._draw_foot()
        self.painter.end_page()

    def _draw_foot(self) -> None:
        painter, y = self.painter, self.painter.height - 28
        painter.line(self.left, y - 12, self.right, y - 12)
        words, content = self.words, self._content
        page = words("Page {page} of {pages}", page=self.page, pages=self.pages)
        painter.text(self.right, y, page, SMALL, color=QUIET, align="right")
        number = words("Case {number}", number=fitted(content.header.number or "–", _FOOT_NUMBER))
        parts = [number, moment_text(content.created_at), content.software]
        parts += self._foot_status()
        parts += [f"SHA-256 {content.fingerprint[:12]}…"] if content.fingerprint else []
        foot = "  ·  ".join([*parts, words("decision support, not a medical device")])
        room = self.width - painter.text_width(page, SMALL) - 12
        self.fitted(self.left, y, foot, room, SMALL, color=QUIET)

    def _foot_status(self) -> list[str]:
        if self._content.report_status is ReportStatus.REOPENED:
            return [self.words("preliminary: amended, not signed since")]
        return [] if self._content.signed else [self.words("preliminary")]

    def status_text(self) -> str:
        """Whether the report is signed, in a sentence that agrees with the signatures and amendments listed below."""
        content, words = self._content, self.words
        if content.report_status is ReportStatus.REOPENED:
            return self._reopened_text()
        if not content.signed:
            if content.state is CaseState.REVIEWED:
                return words("Preliminary: every cell has been looked at, and nobody has signed this report yet.")
            return words("Preliminary: nobody has signed this report.")
        last = content.signatures[-1]
        text = words("Signed by {name}, {moment}.", name=last.name, moment=moment_text(last.at))
        if content.amendments:
            text += " " + words("Amended; earlier reports stay.")
        return text

    def _reopened_text(self) -> str:
        """An earlier report is signed; the case was opened again after that, and this report stands for it as it is."""
        content, words = self._content, self.words
        last = content.signatures[-1]
        signed = words("{name} signed an earlier report, {moment}.", name=last.name, moment=moment_text(last.at))
        if not content.amendments:
            return f"{words('Preliminary: nobody has signed this report.')} {signed}"
        gone = content.amendments[-1]
        amended = words(
            "Preliminary: amended by {name}, {moment}, and not signed since.",
            name=gone.by or "–",
            moment=moment_text(gone.at),
        )
        return f"{amended} {signed}"

    def verdict_word(self, label: Label) -> str:
        """The word of a verdict."""
        words = self.words
        return {
            Label.LEUKEMIC: words("Leukemic"),
            Label.HEALTHY: words("Healthy"),
            Label.UNSURE: words("Unsure"),
        }[label]

    # Parts -----------------------------------------------------------------------------------------------------

    def probability_bar(self, x: float, y: float, width: float, probability: float, band: Thresholds) -> None:
        """Draw 0 to 1 as a track centered at ``y``, the unsure band in it, the probability as the verdict's shape."""
        height = 4.0
        self.painter.rect(x, y - height / 2, width, height, fill=(0.918, 0.925, 0.937))
        low, high = x + width * band.low, x + width * band.high
        if high > low:
            self.painter.rect(low, y - height / 2, high - low, height, fill=tint(VERDICT_COLORS[Label.UNSURE], 0.45))
        place = x + width * min(1.0, max(0.0, probability))
        label = band.label(probability)
        self.painter.verdict_shape(label, place, y, 9.0, color=(1.0, 1.0, 1.0))
        self.painter.verdict_shape(label, place, y, 6.5)

    def verdict(self, x: float, y: float, label: Label, size: float, style: str = "Medium") -> float:
        """Draw shape and word of a verdict with the baseline at ``y``; returns the width."""
        self.painter.verdict_shape(label, x + size * 0.42, y - size * 0.34, size * 0.84)
        return size * 1.25 + self.painter.text(x + size * 1.25, y, self.verdict_word(label), size, style)


def _line_at(
    painter: Painter, x: float, text: str, size: float, color: Color, style: str = "Regular"
) -> Callable[[float], None]:
    def draw(y: float) -> None:
        if text:
            painter.text(x, y + size, text, size, style, color)

    return draw


def probability_text(probability: float | None, words: Words = ENGLISH) -> str:
    """Two digits; what rounds to certainty is not called certain; a dash where no model was asked."""
    if probability is None:
        return "–"
    if probability < 0.005:
        return words.decimal("<0.01")
    return words.decimal(">0.99" if probability >= 0.995 else f"{probability:.2f}")


def moment_text(moment: datetime) -> str:
    """Date, time and time zone, the same in every country."""
    offset = moment.strftime("%z")
    zone = f" UTC{offset[:3]}:{offset[3:5]}" if offset else ""
    return f"{moment:%Y-%m-%d %H:%M}{zone}"
