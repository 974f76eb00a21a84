"""The three verdicts as a person sees them: a color, always with a shape and a word (Okabe and Ito's palette)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.findings import Finding, Label, UnsureReason
from leukoscope.domain.labels import PersonLabel
from leukoscope.gui.class_words import class_word

COLORS: Final = MappingProxyType({Label.LEUKEMIC: "#D55E00", Label.HEALTHY: "#009E73", Label.UNSURE: "#E69F00"})
EDGES: Final = MappingProxyType({Label.UNSURE: "#8A6000"})
"""Amber alone has 2.2:1 on white; WCAG 2.2 (1.4.11) wants 3:1 of a mark, which its edge has there."""
ORDER: Final = (Label.UNSURE, Label.LEUKEMIC, Label.HEALTHY)
"""What needs a person comes first."""
ICON_SIZE: Final = QSize(18, 12)
"""Of a verdict's icon in a button, in device-independent pixels."""


def color(label: Label) -> QColor:
    """The verdict's color, the same in both themes and in print."""
    return QColor(COLORS[label])


def word(label: Label) -> str:
    """The verdict's word, capitalized."""
    translate = QCoreApplication.translate
    return {
        Label.LEUKEMIC: translate("Verdicts", "Leukemic"),
        Label.HEALTHY: translate("Verdicts", "Healthy"),
        Label.UNSURE: translate("Verdicts", "Unsure"),
    }[label]


def reason(why: UnsureReason) -> str:
    """Why the program abstains, in plain words."""
    translate = QCoreApplication.translate
    return {
        UnsureReason.IMAGE_QUALITY: translate("Verdicts", "The image is not good enough to be judged."),
        UnsureReason.FOREIGN: translate("Verdicts", "The cell is unlike anything that the program knows."),
        UnsureReason.NOVELTY: translate(
            "Verdicts", "The cell is unlike the mononuclear cells that the leukemia models know."
        ),
        UnsureReason.DISAGREEMENT: translate("Verdicts", "The models disagree."),
        UnsureReason.BAND: translate("Verdicts", "The cell is neither clearly leukemic nor clearly healthy."),
        UnsureReason.PRECURSOR: translate("Verdicts", "The cell looks like a precursor; a person has to name it."),
        UnsureReason.NO_WHITE_CELL: translate("Verdicts", "This does not look like a white blood cell."),
        UnsureReason.UNNAMED: translate("Verdicts", "The program cannot say what kind of cell this is."),
    }[why]


def said_within(said: PersonLabel) -> str:
    """What a person said, as it stands within a sentence: the class where one was named, else the verdict."""
    return word(said.label).lower() if said.code is None else class_word(said.code)


def said_word(said: PersonLabel) -> str:
    """The same, capitalized."""
    name = said_within(said)
    return name[:1].upper() + name[1:]


def draw_shape(painter: QPainter, label: Label, box: QRectF, *, outline: QColor | None = None) -> None:
    """Draw the verdict's shape, filling ``box``: triangle, disc or diamond."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(color(label))
    edge = outline or (QColor(EDGES[label]) if label in EDGES else None)
    painter.setPen(Qt.PenStyle.NoPen if edge is None else edge)
    if label is Label.HEALTHY:
        inset = box.width() * 0.06
        painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
    elif label is Label.LEUKEMIC:
        top, bottom = box.top() + box.height() * 0.06, box.bottom() - box.height() * 0.06
        corners = [QPointF(box.center().x(), top), QPointF(box.right(), bottom), QPointF(box.left(), bottom)]
        painter.drawPolygon(QPolygonF(corners))
    else:
        middle = box.center()
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(middle.x(), box.top()),
                    QPointF(box.right(), middle.y()),
                    QPointF(middle.x(), box.bottom()),
                    QPointF(box.left(), middle.y()),
                ]
            )
        )
    painter.restore()


def shape_pixmap(label: Label, side: int = 12, ratio: float = 1.0) -> QPixmap:
    """The verdict's shape as a picture of ``side`` device-independent pixels."""
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_shape(painter, label, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def shape_icon(label: Label) -> QIcon:
    """The verdict's shape as an icon of ``ICON_SIZE``: with room towards the text, sharp up to 200 %."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        pixmap = QPixmap(ICON_SIZE * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        draw_shape(painter, label, QRectF(0, 0, ICON_SIZE.height(), ICON_SIZE.height()))
        painter.end()
        result.addPixmap(pixmap)
    return result


def figure(probability: float | None) -> str:
    """A probability with two digits; never 0.00 or 1.00, which no model can know; a dash where none was asked."""
    if probability is None:
        return "–"
    return f"{min(max(probability, 0.01), 0.99):.2f}"


def leukemic(probability: float | None) -> str:
    """A probability with what it is of: “leukemic 0.52”."""
    return f"{word(Label.LEUKEMIC).lower()} {figure(probability)}"


def told(finding: Finding) -> str:
    """The program's verdict with its probability, and of what: “healthy 0.88”, “unsure (leukemic 0.52)”."""
    said, probability = word(finding.label).lower(), finding.probability
    if probability is None:
        return said
    if finding.label is Label.UNSURE:
        return f"{said} ({leukemic(probability)})"
    return f"{said} {figure(probability if finding.label is Label.LEUKEMIC else 1 - probability)}"


def program_says(finding: Finding) -> str:
    """The program's name for a cell and its verdict, each with its probability: “lymphocyte 0.94, healthy 0.88”."""
    naming = finding.naming
    if naming is None:
        return told(finding)
    unnamed = QCoreApplication.translate("Verdicts", "not named")
    name = f"{class_word(naming.code)} {figure(naming.probability)}" if naming.is_confident else unnamed
    return f"{name}, {told(finding)}"


def program_word(finding: Finding) -> str:
    """The same as short as can be: a granulocyte's name alone, for it says *healthy* already."""
    naming = finding.naming
    if naming is not None and naming.is_confident and finding.probability is None and not finding.unsure:
        return f"{class_word(naming.code)} {figure(naming.probability)}"
    if finding.label is not Label.UNSURE or finding.probability is None:
        return program_says(finding)
    # It stands in brackets: no others within.
    doubt = f"{word(Label.UNSURE).lower()}, {leukemic(finding.probability)}"
    named = naming is not None and naming.is_confident
    return f"{class_word(naming.code)} {figure(naming.probability)}, {doubt}" if naming and named else doubt


def whose(cell: CaseCell) -> str:
    """Whose word is whose, and of what each figure is; a person's label comes first.

    “You: lymphocyte (program: neutrophil 0.96)”, and “Program: lymphocyte 0.94, healthy 0.88. You: –” before.
    """
    translate = QCoreApplication.translate
    if cell.decision is None:
        return translate("Verdicts", "Program: {0}. You: –").format(program_says(cell.finding))
    mine, its = said_within(cell.decision.said), program_word(cell.finding)
    return translate("Verdicts", "You: {0} (program: {1})").format(mine, its)


def counted_word(cell: CaseCell) -> str:
    """The verdict that counts, capitalized; the class of what a person named and that is none of the three."""
    if cell.counted is not None:
        return word(cell.counted)
    return said_word(cell.decision.said) if cell.decision else word(cell.label)
