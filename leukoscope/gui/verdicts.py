"""The three verdicts as a person sees them: a color, always with a shape and a word (Okabe and Ito's palette)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

from leukoscope.domain import cell_sentence
from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_sentence import NOTHING_SAID
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


def brief_reason(why: UnsureReason) -> str:
    """The same in a few words, as it stands within a sentence."""
    translate = QCoreApplication.translate
    return {
        UnsureReason.IMAGE_QUALITY: translate("Verdicts", "image not good enough"),
        UnsureReason.FOREIGN: translate("Verdicts", "unlike anything known"),
        UnsureReason.NOVELTY: translate("Verdicts", "unlike its training cells"),
        UnsureReason.DISAGREEMENT: translate("Verdicts", "models disagree"),
        UnsureReason.BAND: translate("Verdicts", "inside the unsure band"),
        UnsureReason.PRECURSOR: translate("Verdicts", "a precursor"),
        UnsureReason.NO_WHITE_CELL: translate("Verdicts", "no white cell"),
        UnsureReason.UNNAMED: translate("Verdicts", "not named"),
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


class WindowWords:
    """The words of the window for the sentence of a cell."""

    def verdict(self, label: Label) -> str:
        """Leukemic, healthy, unsure."""
        return word(label).lower()

    def class_name(self, code: str) -> str:
        """What a cell class is called."""
        return class_word(code)

    def figure(self, probability: float) -> str:
        """Two digits, never certainty."""
        return figure(probability)

    def reason(self, why: UnsureReason) -> str:
        """Why the program abstains, in a few words."""
        return brief_reason(why)

    def not_named(self) -> str:
        """That the probability is too low for a name."""
        return QCoreApplication.translate("Verdicts", "not named")

    def leans(self, side: str) -> str:
        """To which side an unsure cell leans."""
        return QCoreApplication.translate("Verdicts", "leans {0}").format(side)

    def program(self, said: str) -> str:
        """The program's part."""
        return QCoreApplication.translate("Verdicts", "Program: {0}.").format(said)

    def person(self, said: str) -> str:
        """The person's part; a dash needs no stop."""
        if said == NOTHING_SAID:
            return QCoreApplication.translate("Verdicts", "You: –")
        return QCoreApplication.translate("Verdicts", "You: {0}.").format(said)


WORDS: Final = WindowWords()


def program_says(finding: Finding) -> str:
    """The program's part of a cell's sentence: “lymphocyte 0.94, healthy 0.88”."""
    return cell_sentence.program_says(finding, WORDS)


def whose(cell: CaseCell) -> str:
    """The sentence of a cell: “Program: lymphocyte 0.94, healthy 0.88. You: blast.”."""
    return cell_sentence.cell_sentence(cell.finding, cell.decision.said if cell.decision else None, WORDS)


def counted_word(cell: CaseCell) -> str:
    """The verdict that counts, capitalized; the class of what a person named and that is none of the three."""
    if cell.counted is not None:
        return word(cell.counted)
    return said_word(cell.decision.said) if cell.decision else word(cell.label)
