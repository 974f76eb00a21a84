"""The page with the result: what a lab hands on, in the order that its template gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from leukoscope.domain.findings import Label
from leukoscope.domain.percent import percent_text
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.content import ReportContent
from leukoscope.reports.differential import differential_blocks
from leukoscope.reports.earlier import earlier_blocks
from leukoscope.reports.facts import fact_blocks
from leukoscope.reports.labelled import labelled
from leukoscope.reports.layout import BODY, SMALL, Block, PageLayout, space
from leukoscope.reports.painter import INK, QUIET, VERDICT_COLORS, WASH
from leukoscope.reports.report_header import report_header
from leukoscope.reports.signatures import signature_blocks
from leukoscope.reports.template import PageBlock

ORDER = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)
_SAID = 10.5
_TIGHTEST = 0.15
"""Distances shrink down to this part of themselves so that the result stays on one page."""


def first_page_blocks(layout: PageLayout, content: ReportContent) -> list[Block]:
    """Head, facts and the blocks of the template; set closer where they would not have one page otherwise."""
    parts: dict[PageBlock, Callable[[PageLayout, ReportContent], Iterator[Block]]] = {
        PageBlock.CONCLUSION: _conclusion,
        PageBlock.DIFFERENTIAL: differential_blocks,
        PageBlock.LEUKEMIC: _verdicts,
        PageBlock.QUALITY: _quality,
        PageBlock.LIMITS: _limits,
        PageBlock.SIGNATURES: signature_blocks,
        PageBlock.EARLIER: earlier_blocks,
    }
    blocks = [*report_header(layout, content), *fact_blocks(layout, content)]
    if not content.totals.n:
        blocks += [layout.heading(layout.words("Result"))]
        blocks += layout.paragraph(layout.words("No cell was judged in this case."))
        blocks += [space(12)]
    for name in content.template.blocks:
        blocks += parts[name](layout, content)
    return _on_one_page(blocks, layout.room)


def _on_one_page(blocks: list[Block], room: float) -> list[Block]:
    """The same blocks with smaller distances, as small as they have to be."""
    free = sum(block.height for block in blocks if block.empty)
    over = sum(block.height for block in blocks) - room
    if over <= 0 or not free:
        return blocks
    part = max(_TIGHTEST, 1 - over / free)
    return [replace(block, height=block.height * part) if block.empty else block for block in blocks]


def _conclusion(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """What a person concludes, on a light ground: it is what others read first."""
    text = content.header.conclusion.strip()
    if not text:
        return
    yield layout.heading(layout.words("Conclusion"))
    lines = [""] if not text else layout.lines(text, layout.width - 24, _SAID)
    for index, line in enumerate(lines):
        above, below = 5.0 * (index == 0), 6.0 * (index == len(lines) - 1)
        yield Block(14.5 + above + below, partial(_draw_said, layout, line, above, 14.5 + above + below))
    yield space(12)


def _draw_said(layout: PageLayout, line: str, above: float, height: float, y: float) -> None:
    # A hair taller: no white lines between the strips on the screen.
    layout.painter.rect(layout.left, y, layout.width, height + 0.3, fill=WASH)
    layout.painter.rect(layout.left, y, 2.5, height + 0.3, fill=INK)
    layout.painter.text(layout.left + 14, y + above + 11, line, _SAID)


# Verdicts ------------------------------------------------------------------------------------------------------


def _verdicts(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Leukemic, healthy and unsure with their intervals, and whose labels they are."""
    totals, words = content.totals, layout.words
    if not totals.n:
        return
    yield layout.heading(words("Result"))
    yield Block(31, partial(_draw_counts, layout, content), keep_with_next=True)
    yield Block(12, partial(_draw_bar, layout, content), keep_with_next=True)
    decided = (
        words(
            "A person has decided {n} of {total} cells; their label counts.",
            n=words.number(totals.decided),
            total=words.number(totals.n),
        )
        if totals.decided
        else words("No person has decided on any cell yet: these are the program’s labels.")
    )
    disagreeing = words.counted(
        totals.disagreeing,
        "The models lean to different sides on {n} cell.",
        "The models lean to different sides on {n} cells.",
    )
    cells = words.counted(totals.n, "n = {n} cell", "n = {n} cells")
    note = f"{cells}; {words('95 % Wilson intervals.')} {decided} {disagreeing}"
    yield from layout.paragraph(note, SMALL, QUIET)
    yield space(14)


def _draw_counts(layout: PageLayout, content: ReportContent, y: float) -> None:
    painter, words, column = layout.painter, layout.words, layout.width / 3
    for index, label in enumerate(ORDER):
        x, share = layout.left + column * index, content.totals.share(label)
        width = max(painter.text(x, y + 24, words.number(share.count), 20, "Medium"), 14) + 8
        low, high = (f"{bound * 100:.0f}" for bound in share.interval)
        interval = words("95 % interval {low} to {high} %", low=low, high=high)
        used = layout.verdict(x + width, y + 13, label, BODY)
        painter.text(x + width + used + 6, y + 13, percent_text(share.value), BODY, "Medium")
        layout.fitted(x + width, y + 24, interval, column - width - 8, SMALL, color=QUIET)


def _draw_bar(layout: PageLayout, content: ReportContent, y: float) -> None:
    totals, x, gap = content.totals, layout.left, 1.5
    shown = [label for label in ORDER if totals.share(label).count]
    room = layout.width - gap * (len(shown) - 1)
    for label in shown:
        width = room * totals.share(label).value
        layout.painter.rect(x, y, width, 7, fill=VERDICT_COLORS[label])
        x += width + gap


# Lines with a name beside them ---------------------------------------------------------------------------------


def _quality(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Image quality in one line."""
    if not content.frames:
        return
    words = layout.words
    readable = [frame.quality for frame in content.frames if frame.quality is not None]
    verdicts = Counter(quality.verdict for quality in readable)
    n = words.number
    told = [
        (verdicts[QualityVerdict.OK], words("good: {n}", n=n(verdicts[QualityVerdict.OK]))),
        (verdicts[QualityVerdict.WARN], words("with a warning: {n}", n=n(verdicts[QualityVerdict.WARN]))),
        (verdicts[QualityVerdict.REFUSE], words("not good enough: {n}", n=n(verdicts[QualityVerdict.REFUSE]))),
        (
            len(content.frames) - len(readable),
            words("not readable: {n}", n=n(len(content.frames) - len(readable))),
        ),
    ]
    images = words.counted(len(content.frames), "{n} image", "{n} images")
    text = f"{images}; {', '.join(part for count, part in told if count)}."
    advice = Counter(sentence for quality in readable for sentence in quality.sentences)
    if advice:
        text += " " + words("Most often: {advice}", advice=words(advice.most_common(1)[0][0]))
    yield from labelled(layout, words("Image quality"), text)


def _limits(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """What the program cannot know, and which models spoke."""
    words = layout.words
    known = words(
        "The program judges single cells in the images of this case. It does not know the patient’s history, other "
        "findings, marrow, immunophenotype or genetics, and not what lies outside the images."
    )
    foreign = words(
        "On stains, cameras and specimens unlike its training data it can be wrong with great confidence. A qualified "
        "person looks at the cells and decides."
    )
    yield from labelled(layout, words("What the program cannot know"), f"{known} {foreign}")
    if content.models:
        named = "; ".join(f"{model.title} ({model.bundle.name} {model.bundle.version})" for model in content.models)
        text = words("{models}. Their thresholds and figures stand on the last pages.", models=named)
        yield from labelled(layout, words("Models"), text)
    yield space(10)
