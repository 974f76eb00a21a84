"""The models that spoke: version, SHA-256, thresholds, calibration, training."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.findings import Label
from leukoscope.reports.content import ReportContent, ReportModel
from leukoscope.reports.layout import BODY, SMALL, Block, PageLayout, space
from leukoscope.reports.painter import QUIET, VERDICT_COLORS, tint
from leukoscope.reports.words import Words

_LABEL_WIDTH = 88


def model_blocks(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """One part for each model."""
    if not content.models:
        return
    yield layout.heading(layout.words("Models"))
    for model in content.models:
        yield from _model(layout, model)
    yield space(8)


def _model(layout: PageLayout, model: ReportModel) -> Iterator[Block]:
    painter, words = layout.painter, layout.words
    value_x, value_width = layout.left + _LABEL_WIDTH, layout.width - _LABEL_WIDTH

    def draw_title(y: float) -> None:
        painter.line(layout.left, y, layout.right, y)
        width = layout.fitted(layout.left, y + 16, model.title, 300, 10, "Medium")
        version = f"{model.bundle.name}  {model.bundle.version}"
        layout.fitted(layout.left + width + 8, y + 16, version, layout.width - width - 16, BODY, color=QUIET)

    yield Block(24, draw_title, keep_with_next=True)
    yield _thresholds(layout, model, value_x)
    for label, value in (
        (words("Network"), model.architecture),
        (words("Calibration"), model.calibration),
        (words("Training"), model.training),
    ):
        for index, line in enumerate(layout.lines(value, value_width, 8) if value else []):

            def draw(y: float, text: str = line, name: str = label if index == 0 else "") -> None:
                layout.fitted(layout.left, y + 9, name, _LABEL_WIDTH - 6, SMALL, color=QUIET)
                painter.text(value_x, y + 9, text, 8)

            yield Block(12, draw, keep_with_next=index == 0)

    def draw_hash(y: float) -> None:
        painter.text(layout.left, y + 9, "SHA-256", SMALL, color=QUIET)
        painter.text(value_x, y + 9, model.bundle.sha256, 7, "Mono")

    yield Block(20, draw_hash)


def _thresholds(layout: PageLayout, model: ReportModel, value_x: float) -> Block:
    painter, band, words = layout.painter, model.thresholds, layout.words
    text = _thresholds_text(model, words)

    def draw(y: float) -> None:
        layout.fitted(layout.left, y + 9, words("Thresholds"), _LABEL_WIDTH - 6, SMALL, color=QUIET)
        if band is None:
            layout.fitted(value_x, y + 9, text, layout.right - value_x, 8)
            return
        x, width, height = value_x, 96.0, 6.0
        low, high = x + width * band.low, x + width * band.high
        painter.rect(x, y + 3, low - x, height, fill=tint(VERDICT_COLORS[Label.HEALTHY], 0.75))
        painter.rect(low, y + 3, high - low, height, fill=tint(VERDICT_COLORS[Label.UNSURE], 0.75))
        painter.rect(high, y + 3, x + width - high, height, fill=tint(VERDICT_COLORS[Label.LEUKEMIC], 0.75))
        layout.fitted(x + width + 12, y + 9, text, layout.right - x - width - 12, 8)

    return Block(14, draw, keep_with_next=True)


def _thresholds_text(model: ReportModel, words: Words) -> str:
    if model.thresholds is not None:
        low, high = (words.decimal(f"{one:.2f}") for one in (model.thresholds.low, model.thresholds.high))
        return words("healthy below {low}, leukemic above {high}, unsure between", low=low, high=high)
    if model.confident is None:
        return "–"
    low, high = (words.decimal(f"{one:.2f}") for one in model.confident)
    if low == high:
        return words("names a cell from a probability of {low} on", low=low)
    return words("names a cell from a probability of {low} to {high} on, by its class", low=low, high=high)
