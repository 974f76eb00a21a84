"""The cell classes as a person sees them: a color, always with a shape, a word and the key that names it."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_classes import Glyph, cell_class
from leukoscope.domain.findings import Finding, Label
from leukoscope.gui import class_words, theme, verdicts

SIDE = 12
_CORNERS = {Glyph.TRIANGLE: (3, -90.0), Glyph.SQUARE: (4, -45.0), Glyph.DIAMOND: (4, -90.0), Glyph.PENTAGON: (5, -90.0)}
_CORNERS |= {Glyph.HEXAGON: (6, 0.0)}
_STAR_INNER = 0.45
_OUTLINE_OPACITY = 150


def short_text(cell: CaseCell) -> str:
    """A person's own word, else the program's figure with what it is of."""
    if cell.decision is not None:
        said = cell.decision.said
        return class_words.short_word(said.code) if said.code else verdicts.word(said.label)
    return program_text(cell.finding)


def program_text(finding: Finding) -> str:
    """The class in few letters with its figure, where the cell has a name; else the figure of leukemic.

    What is called leukemic has that figure whatever its name.
    """
    naming = finding.naming
    of_class = naming is not None and naming.is_confident and finding.label is not Label.LEUKEMIC
    if naming is not None and (of_class or finding.probability is None):
        return f"{class_words.short_word(naming.code)} {verdicts.figure(naming.probability)}"
    if finding.probability is None:
        return verdicts.figure(None)
    return f"{QCoreApplication.translate('CellClasses', 'LEUK')} {verdicts.figure(finding.probability)}"


def draw_glyph(painter: QPainter, code: str, box: QRectF) -> None:
    """Draw a class's shape, filling ``box``; an outline in the color of words keeps it legible in both themes."""
    known = cell_class(code)
    ink = theme.current().color("text")
    ink.setAlpha(_OUTLINE_OPACITY)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner = box.adjusted(0.75, 0.75, -0.75, -0.75)
    if known.glyph is Glyph.RING:
        painter.setPen(QPen(ink, 1.0))
        painter.setBrush(QColor(known.color))
        painter.drawEllipse(inner)
        painter.setBrush(theme.current().color("surface"))
        hole = inner.width() * 0.28
        painter.drawEllipse(inner.adjusted(hole, hole, -hole, -hole))
    elif known.glyph is Glyph.CROSS:
        gray = theme.current().color("muted")
        painter.setPen(QPen(gray, 2.2, c=Qt.PenCapStyle.RoundCap))
        reach = inner.adjusted(1.5, 1.5, -1.5, -1.5)
        painter.drawLine(reach.topLeft(), reach.bottomRight())
        painter.drawLine(reach.topRight(), reach.bottomLeft())
    else:
        painter.setPen(QPen(ink, 1.0))
        painter.setBrush(QColor(known.color))
        if known.glyph is Glyph.CIRCLE:
            painter.drawEllipse(inner)
        else:
            painter.drawPolygon(_polygon(known.glyph, inner))
    painter.restore()


def _polygon(glyph: Glyph, box: QRectF) -> QPolygonF:
    """Corners on the circle around the middle; every second one of a star lies nearer to it."""
    radius, middle = box.width() / 2, box.center()
    if glyph is Glyph.SQUARE:
        inset = box.width() * 0.1
        return QPolygonF(box.adjusted(inset, inset, -inset, -inset))
    count, first = (10, -90.0) if glyph is Glyph.STAR else _CORNERS[glyph]
    corners = []
    for place in range(count):
        far = radius * (_STAR_INNER if glyph is Glyph.STAR and place % 2 else 1.0)
        angle = math.radians(first + 360 * place / count)
        corners.append(QPointF(middle.x() + far * math.cos(angle), middle.y() + far * math.sin(angle)))
    return QPolygonF(corners)


def glyph_pixmap(code: str, side: int = SIDE, ratio: float = 1.0) -> QPixmap:
    """A class's shape as a picture of ``side`` device-independent pixels."""
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_glyph(painter, code, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def glyph_icon(code: str) -> QIcon:
    """A class's shape as an icon, sharp up to 200 %, in the colors of the theme in use."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        result.addPixmap(glyph_pixmap(code, SIDE, ratio))
    return result


ICON_SIZE = QSize(SIDE, SIDE)
