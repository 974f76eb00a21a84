"""The models that spoke: version, SHA-256, thresholds, calibration, training."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.findings import Label
from leukoscope.reports.content import ReportContent, ReportModel
from leukoscope.reports.layout import BODY, SMALL, Block, Sheet, space
from leukoscope.reports.paper import QUIET, VERDICT_COLORS, tint

_LABEL_WIDTH = 88


def model_blocks(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """One part for each model."""
    if not content.models:
        return
    yield sheet.heading(sheet.words("Models"))
    for model in content.models:
        yield from _model(sheet, model)
    yield space(8)


def _model(sheet: Sheet, model: ReportModel) -> Iterator[Block]:
    paper, words = sheet.paper, sheet.words
    value_x, value_width = sheet.left + _LABEL_WIDTH, sheet.width - _LABEL_WIDTH

    def draw_title(y: float) -> None:
        paper.line(sheet.left, y, sheet.right, y)
        width = paper.text(sheet.left, y + 16, sheet.short(model.title, 300, 10, "Medium"), 10, "Medium")
        version = sheet.short(f"{model.bundle.name}  {model.bundle.version}", sheet.width - width - 16, BODY)
        paper.text(sheet.left + width + 8, y + 16, version, BODY, color=QUIET)

    yield Block(24, draw_title, keep_with_next=True)
    yield _thresholds(sheet, model, value_x)
    for label, value in (
        (words("Network"), model.architecture),
        (words("Calibration"), model.calibration),
        (words("Training"), model.training),
    ):
        for index, line in enumerate(sheet.lines(value, value_width, 8) if value else []):

            def draw(y: float, text: str = line, name: str = label if index == 0 else "") -> None:
                paper.text(sheet.left, y + 9, sheet.short(name, _LABEL_WIDTH - 6, SMALL), SMALL, color=QUIET)
                paper.text(value_x, y + 9, text, 8)

            yield Block(12, draw, keep_with_next=index == 0)

    def draw_hash(y: float) -> None:
        paper.text(sheet.left, y + 9, "SHA-256", SMALL, color=QUIET)
        paper.text(value_x, y + 9, model.bundle.sha256, 7, "Mono")

    yield Block(20, draw_hash)


def _thresholds(sheet: Sheet, model: ReportModel, value_x: float) -> Block:
    paper, band, words = sheet.paper, model.thresholds, sheet.words
    text = words(
        "healthy below {low}, leukemic above {high}, unsure between",
        low=words.decimal(f"{band.low:.2f}"),
        high=words.decimal(f"{band.high:.2f}"),
    )

    def draw(y: float) -> None:
        label = sheet.short(words("Thresholds"), _LABEL_WIDTH - 6, SMALL)
        paper.text(sheet.left, y + 9, label, SMALL, color=QUIET)
        x, width, height = value_x, 96.0, 6.0
        low, high = x + width * band.low, x + width * band.high
        paper.rect(x, y + 3, low - x, height, fill=tint(VERDICT_COLORS[Label.HEALTHY], 0.75))
        paper.rect(low, y + 3, high - low, height, fill=tint(VERDICT_COLORS[Label.UNSURE], 0.75))
        paper.rect(high, y + 3, x + width - high, height, fill=tint(VERDICT_COLORS[Label.LEUKEMIC], 0.75))
        paper.text(x + width + 12, y + 9, sheet.short(text, sheet.right - x - width - 12, 8), 8)

    return Block(14, draw, keep_with_next=True)
