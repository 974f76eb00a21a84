"""The first pages: who and what, the result, why cells are unsure, image quality, the models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.quality import QualityVerdict
from leukoscope.reports.content import ReportContent, ReportModel
from leukoscope.reports.layout import (
    BODY,
    LEADING,
    SMALL,
    TITLE,
    Block,
    Sheet,
    count_text,
    moment_text,
    percent_text,
    space,
)
from leukoscope.reports.paper import HAIR, QUIET, VERDICT_COLORS, tint

_ORDER = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)
_GRID_COLUMNS = 4
_GRID_LINES = 3
_LONG_TITLE = 14.0


def summary_blocks(sheet: Sheet, content: ReportContent) -> list[Block]:
    """Everything that comes before the fields and the cells."""
    return [
        *_masthead(sheet, content),
        *_facts(sheet, content),
        *_result(sheet, content),
        *_reasons_and_quality(sheet, content),
        *_models(sheet, content),
        *_failed(sheet, content),
    ]


def _masthead(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    paper = sheet.paper
    laboratory = content.laboratory or content.software.split(" ", maxsplit=1)[0]
    for index, line in enumerate(sheet.lines(laboratory, sheet.width - 160, BODY, "Medium")):

        def draw_top(y: float, text: str = line, first: bool = index == 0) -> None:
            paper.text(sheet.left, y + 8, text, BODY, "Medium")
            if first:
                paper.text(sheet.right, y + 8, moment_text(content.created_at), BODY, color=QUIET, align="right")

        yield Block(LEADING, draw_top, keep_with_next=True)
    yield space(20)
    title = f"Case {content.header.number or '–'}"
    size = TITLE if paper.text_width(title, TITLE, "Medium") <= sheet.width else _LONG_TITLE
    for line in sheet.lines(title, sheet.width, size, "Medium"):
        yield sheet.text_line(line, size, round(size * 1.27), style="Medium")
    about = "White blood cells judged by machine, to support the people who decide. Not a medical device."
    yield sheet.text_line(about, BODY, 16, QUIET)
    yield space(16)


def _facts(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """Short facts in a grid; what is too long for it stands below, over the whole width."""
    header, totals = content.header, content.totals
    facts = [
        ("Patient", header.patient, 2),
        ("Specimen", header.specimen, 1),
        ("Stain", header.stain, 1),
        ("Operator", header.operator, 1),
        ("Images", f"{len(content.frames):,}", 1),
        ("Cells", f"{content.cell_count:,}", 1),
        ("Decided by a person", f"{totals.decided:,} of {totals.n:,} cells", 1),
    ]
    column = sheet.width / _GRID_COLUMNS
    long: list[tuple[str, str]] = []
    row: list[tuple[float, str, list[str]]] = []
    place = 0
    for label, value, span in facts:
        lines = sheet.lines(value or "–", column * span - 16, 10)
        if len(lines) > _GRID_LINES:
            long.append((label, value))
            lines = ["see below"]
        row.append((sheet.left + column * place, label, lines))
        place += span
        if place == _GRID_COLUMNS:
            yield _fact_row(sheet, row)
            row, place = [], 0
    if header.notes:
        long.append(("Notes", header.notes))
    for label, value in long:
        yield Block(17, partial(_label_at, sheet, label), keep_with_next=True)
        yield from sheet.paragraph(value, 10)
        yield space(6)
    yield space(18)


def _label_at(sheet: Sheet, label: str, y: float) -> None:
    sheet.paper.line(sheet.left, y, sheet.right, y)
    sheet.paper.text(sheet.left, y + 13, label, SMALL, color=QUIET)


def _fact_row(sheet: Sheet, row: list[tuple[float, str, list[str]]]) -> Block:
    def draw(y: float) -> None:
        sheet.paper.line(sheet.left, y, sheet.right, y)
        for x, label, lines in row:
            sheet.paper.text(x, y + 13, label, SMALL, color=QUIET)
            for index, line in enumerate(lines):
                sheet.paper.text(x, y + 27 + 13 * index, line, 10)

    return Block(24 + 13 * max(len(lines) for _, _, lines in row), draw)


def _result(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    totals, paper = content.totals, sheet.paper
    yield sheet.heading("Result")
    if not totals.n:
        yield from sheet.paragraph("No cell was judged in this case.")
        yield space(24)
        return
    column = sheet.width / 3

    def draw_counts(y: float) -> None:
        for index, label in enumerate(_ORDER):
            x, share = sheet.left + column * index, totals.share(label)
            sheet.verdict(x, y + 14, label, 10)
            width = paper.text(x, y + 44, f"{share.count:,}", 28, "Medium")
            low, high = (f"{bound * 100:.0f}" for bound in share.interval)
            paper.text(x + width + 8, y + 33, percent_text(share.value), BODY, "Medium")
            paper.text(x + width + 8, y + 44, f"95 % interval {low} to {high} %", SMALL, color=QUIET)

    def draw_bar(y: float) -> None:
        x, gap = sheet.left, 1.5
        shown = [label for label in _ORDER if totals.share(label).count]
        room = sheet.width - gap * (len(shown) - 1)
        for label in shown:
            width = room * totals.share(label).value
            paper.rect(x, y, width, 10, fill=VERDICT_COLORS[label])
            x += width + gap

    yield Block(56, draw_counts, keep_with_next=True)
    yield Block(16, draw_bar, keep_with_next=True)
    decided = (
        f"A person has decided {totals.decided:,} of {totals.n:,} cells; their label counts."
        if totals.decided
        else "No person has decided on any cell yet: these are the program’s labels."
    )
    disagreeing = f"The models lean to different sides on {count_text(totals.disagreeing, 'cell', 'cells')}."
    note = f"n = {count_text(totals.n, 'cell', 'cells')}; 95 % Wilson intervals. {decided} {disagreeing}"
    yield from sheet.paragraph(note, SMALL, QUIET)
    yield space(24)


def _reasons_and_quality(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    column = (sheet.width - 24) / 2
    left = _count_lines(sheet, _reason_counts(content), column)
    right = _count_lines(sheet, _quality_counts(content), column)

    def draw(y: float) -> None:
        for x, title, lines in (
            (sheet.left, "Why cells are unsure", left),
            (sheet.left + column + 24, "Image quality", right),
        ):
            sheet.paper.text(x, y + 14, title, 12, "Medium")
            baseline = y + 34
            for count, text in lines:
                sheet.paper.text(x + 24, baseline, count, BODY, "Medium", align="right")
                sheet.paper.text(x + 32, baseline, text, BODY)
                baseline += LEADING

    yield Block(32 + LEADING * max(len(left), len(right)), draw)
    yield space(20)


def _count_lines(sheet: Sheet, counts: list[tuple[int, str]], width: float) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for count, text in counts:
        for index, line in enumerate(sheet.few_lines(text, width - 32, 2, BODY)):
            lines.append(("" if index else f"{count:,}", line))
    return lines


def _reason_counts(content: ReportContent) -> list[tuple[int, str]]:
    counts = [(content.totals.reasons.get(reason, 0), reason.sentence) for reason in UnsureReason]
    return [pair for pair in counts if pair[0]] or [(0, "No cell is unsure by the program’s judgment.")]


def _quality_counts(content: ReportContent) -> list[tuple[int, str]]:
    readable = [frame.quality for frame in content.frames if frame.quality is not None]
    verdicts = Counter(quality.verdict for quality in readable)
    counts = [
        (verdicts[QualityVerdict.OK], "good."),
        (verdicts[QualityVerdict.WARN], "usable, with a warning."),
        (verdicts[QualityVerdict.REFUSE], "not good enough to be judged."),
        (len(content.frames) - len(readable), "not readable."),
    ]
    named = [(count, f"{'image' if count == 1 else 'images'} {text}") for count, text in counts if count]
    advice = Counter(sentence for quality in readable for sentence in quality.sentences)
    return [
        *(named or [(0, "images in this case.")]),
        *((count, f"with: {sentence}") for sentence, count in advice.most_common(3)),
    ]


def _models(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    if not content.models:
        return
    yield sheet.heading("Models")
    for model in content.models:
        yield from _model(sheet, model)
    yield space(8)


def _model(sheet: Sheet, model: ReportModel) -> Iterator[Block]:
    paper, band = sheet.paper, model.thresholds
    value_x, value_width = sheet.left + 88, sheet.width - 88

    def draw_title(y: float) -> None:
        paper.line(sheet.left, y, sheet.right, y)
        width = paper.text(sheet.left, y + 16, sheet.short(model.title, 300, 10, "Medium"), 10, "Medium")
        version = sheet.short(f"{model.bundle.name}  {model.bundle.version}", sheet.width - width - 16, BODY)
        paper.text(sheet.left + width + 8, y + 16, version, BODY, color=QUIET)

    yield Block(24, draw_title, keep_with_next=True)

    def draw_thresholds(y: float) -> None:
        paper.text(sheet.left, y + 9, "Thresholds", SMALL, color=QUIET)
        x, width, height = value_x, 96.0, 6.0
        low, high = x + width * band.low, x + width * band.high
        paper.rect(x, y + 3, low - x, height, fill=tint(VERDICT_COLORS[Label.HEALTHY], 0.75))
        paper.rect(low, y + 3, high - low, height, fill=tint(VERDICT_COLORS[Label.UNSURE], 0.75))
        paper.rect(high, y + 3, x + width - high, height, fill=tint(VERDICT_COLORS[Label.LEUKEMIC], 0.75))
        words = f"healthy below {band.low:.2f}, leukemic above {band.high:.2f}, unsure between"
        paper.text(x + width + 12, y + 9, words, 8)

    yield Block(14, draw_thresholds, keep_with_next=True)
    for label, value in (
        ("Network", model.architecture),
        ("Calibration", model.calibration),
        ("Training", model.training),
    ):
        for index, line in enumerate(sheet.lines(value, value_width, 8) if value else []):

            def draw(y: float, text: str = line, name: str = label if index == 0 else "") -> None:
                paper.text(sheet.left, y + 9, name, SMALL, color=QUIET)
                paper.text(value_x, y + 9, text, 8)

            yield Block(12, draw, keep_with_next=index == 0)

    def draw_hash(y: float) -> None:
        paper.text(sheet.left, y + 9, "SHA-256", SMALL, color=QUIET)
        paper.text(value_x, y + 9, model.bundle.sha256, 7, "Mono")

    yield Block(20, draw_hash)


def _failed(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    failed = [frame for frame in content.frames if frame.error]
    if not failed:
        return
    yield sheet.heading(f"{count_text(len(failed), 'image', 'images')} not judged")
    for frame in failed:
        column = sheet.width * 0.4
        names = sheet.lines(frame.name, column - 16, 8)
        sentences = sheet.lines(frame.error or "", sheet.width - column, 8)
        height = 11 * max(len(names), len(sentences)) + 7

        def draw(y: float, left: list[str] = names, right: list[str] = sentences, x: float = column) -> None:
            sheet.paper.line(sheet.left, y, sheet.right, y, HAIR)
            for index, line in enumerate(left):
                sheet.paper.text(sheet.left, y + 12 + 11 * index, line, 8, "Medium")
            for index, line in enumerate(right):
                sheet.paper.text(sheet.left + x, y + 12 + 11 * index, line, 8)

        yield Block(height, draw)
