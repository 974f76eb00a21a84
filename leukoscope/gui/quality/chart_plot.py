"""A Levey-Jennings chart: the runs of a figure over mean and standard deviations, one of them chosen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from leukoscope.gui import theme
from leukoscope.gui.theme import appearance, current

if TYPE_CHECKING:
    from leukoscope.workflow.control.overview import ChartFacts, PointFacts

# pyqtgraph is imported with the first chart: the window is to be there at once.
SHOWN_RUNS = 60
"""So many runs are seen; the monthly sheets have all."""
SPAN = 4.0
"""Standard deviations that the chart reaches; a point beyond it stands at its edge."""
EDGE = 3.6
HEIGHT = 168
LABELS_APART = 6
"""Runs between two names of rules that have room beside each other."""
LEAST_APART = 62
"""Pixels between two dates below the chart."""
BANDS = {0: (1.6, Qt.PenStyle.SolidLine), 1: (1.0, Qt.PenStyle.DotLine), 2: (1.0, Qt.PenStyle.DashLine),
         3: (1.4, Qt.PenStyle.SolidLine)}  # fmt: skip
"""Standard deviations from the mean -> how wide and in which way their line is drawn."""


def figure_text(value: float, decimals: int, unit: str = "") -> str:
    """A figure as it is written where the window's language is spoken."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    return f"{locale.toString(value, 'f', decimals)} {unit}".rstrip()


def _pen(token: str, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen whose width is in pixels, whatever the chart's scale is."""
    pen = QPen(current().color(token), width, style)
    pen.setCosmetic(True)
    return pen


class ChartPlot(QWidget):
    """Draws the last runs of a figure; arrow keys and the mouse choose one.

    Signals
    -------
    chosen(int)
        Number of the run that a person has chosen.
    """

    chosen = Signal(int)

    def __init__(self, facts: ChartFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from pyqtgraph import PlotWidget

        self._facts, self._number = facts, -1
        self.points: tuple[PointFacts, ...] = facts.points[-SHOWN_RUNS:]
        self._plot: Any = PlotWidget(self, background=current().color("surface"), enableMenu=False)
        # The page scrolls under the wheel, and the mouse is this widget's.
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAccessibleName(facts.title)
        self._plot.hideButtons()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self._plot)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Chart: {0}").format(facts.title))
        self.setAccessibleDescription(facts.sentence)
        appearance().changed.connect(self.draw)
        self.draw()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(420, HEIGHT)

    # What it shows ---------------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """Number of the run that is marked; -1 when none is."""
        return self._number

    def mark(self, number: int) -> None:
        """Mark a run, as it was chosen here or on another chart."""
        if number != self._number:
            self._number = number
            self.draw()

    def heights(self) -> list[float]:
        """How far each shown point is from the middle, in standard deviations where there are limits."""
        facts, values = self._facts, [one.value for one in self.points]
        mean = sum(values) / len(values) if facts.mean is None else facts.mean
        spread = max((abs(one - mean) for one in values), default=0.0) / 2
        sd = (spread or 1.0) if facts.sd is None else facts.sd
        return [max(-EDGE, min(EDGE, (one - mean) / sd)) for one in values]

    def draw(self) -> None:
        """Draw everything anew: the theme, the marked run or the width is another."""
        plot, look = self._plot, current()
        plot.clear()
        plot.setBackground(look.color("surface"))
        plot.setXRange(-0.7, len(self.points) - 0.3, padding=0)
        plot.setYRange(-SPAN, SPAN, padding=0)
        if self._facts.sd is not None:
            self._draw_bands()
        self._draw_axes()
        self._draw_points()

    def _draw_bands(self) -> None:
        from pyqtgraph import InfiniteLine

        for band in range(-3, 4):
            width, style = BANDS[abs(band)]
            pen = _pen("strong_line" if band in {-3, 0, 3} else "line", width, style)
            self._plot.addItem(InfiniteLine(pos=band, angle=0, pen=pen, movable=False))

    def _draw_axes(self) -> None:
        facts, plot = self._facts, self._plot
        color, font = current().color("muted"), QFont(theme.font(theme.SMALL))
        font.setPixelSize(11)
        for side in ("left", "bottom", "right"):
            plot.showAxis(side)
            axis = plot.getAxis(side)
            axis.setPen(current().color("line"))
            axis.setTextPen(color)
            axis.setStyle(tickFont=font, tickLength=0, hideOverlappingLabels=False)
        plot.getAxis("left").setWidth(52)
        plot.getAxis("right").setWidth(38)
        plot.getAxis("bottom").setHeight(20)
        left: list[tuple[float, str]]
        if facts.mean is not None and facts.sd is not None:
            left = [(b, figure_text(facts.mean + b * facts.sd, facts.decimals)) for b in (-3, 0, 3)]
            right = [(b, f"{b:+d} SD") for b in (-3, -2, 2, 3)]
        else:
            places = sorted(zip(self.heights(), (one.value for one in self.points), strict=True))
            left = [(z, figure_text(value, facts.decimals)) for z, value in {places[0], places[-1]}]
            right = []
        every = max(1, math.ceil(len(self.points) * LEAST_APART / max(1, self.width() - 100)))
        days = [(i, f"{one.at.astimezone():%m-%d}") for i, one in enumerate(self.points) if i % every == 0]
        for side, ticks in (("left", left), ("right", right), ("bottom", days)):
            plot.getAxis(side).setTicks([ticks])

    def _draw_points(self) -> None:
        from pyqtgraph import ScatterPlotItem, TextItem

        look, heights = current(), self.heights()
        # Runs that were left out stand apart: no line leads to them.
        counted = [(x, y) for x, (y, one) in enumerate(zip(heights, self.points, strict=True)) if not one.excluded]
        self._plot.plot([x for x, _ in counted], [y for _, y in counted], pen=_pen("muted", 1.0))
        spots = [self._spot(x, y, one) for x, (y, one) in enumerate(zip(heights, self.points, strict=True))]
        self._plot.addItem(ScatterPlotItem(spots))
        before: tuple[str, ...] = ()
        last = -LABELS_APART, False
        for x, (y, one) in enumerate(zip(heights, self.points, strict=True)):
            # A shift breaks rules day after day: each is written where it is first broken.
            new = [rule for rule in one.rules if rule not in before]
            before = one.rules
            if new:
                # Two beside each other stand in two lines.
                above, lifted = y < 2.4, x - last[0] < LABELS_APART and not last[1]
                away = (1.25 if above else -0.25) + (0.75 if above else -0.75) * lifted
                text = TextItem(", ".join(new), color=look.color("text"), anchor=(0.5, away))
                text.setPos(x, y)
                last = x, lifted
                self._plot.addItem(text)

    def _spot(self, x: float, y: float, one: PointFacts) -> dict[str, Any]:
        look, chosen = current(), one.number == self._number
        symbol, size = ("s", 9) if one.excluded else ("d", 14) if one.rules else ("o", 7)
        pen = _pen("focus" if chosen else "text", 2.5 if chosen else 1.2)
        brush = look.color("surface" if one.excluded or chosen else "text")
        return {"pos": (x, y), "symbol": symbol, "size": size + (5 if chosen else 0), "pen": pen, "brush": brush}

    # What a person does ----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right, first and last."""
        place = next((i for i, one in enumerate(self.points) if one.number == self._number), len(self.points))
        last = len(self.points) - 1
        wanted = {
            Qt.Key.Key_Left: max(0, min(place, len(self.points)) - 1), Qt.Key.Key_Right: min(last, place + 1),
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))  # fmt: skip
        if wanted is None:
            super().keyPressEvent(event)
        else:
            self.chosen.emit(self.points[wanted].number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest run."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.chosen.emit(self._nearest(event.position().toPoint()).number)

    def event(self, event: QEvent) -> bool:
        """Say what the run under the mouse is."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.points:
            QToolTip.showText(event.globalPos(), self.point_text(self._nearest(event.pos())), self)
            return True
        return super().event(event)

    def point_text(self, one: PointFacts) -> str:
        """A run in words."""
        value = figure_text(one.value, self._facts.decimals, self._facts.unit)
        said = f"{one.at.astimezone():%Y-%m-%d %H:%M}: {value}"
        if one.excluded:
            return self.tr("{0} (left out)").format(said)
        return f"{said} ({', '.join(one.rules)})" if one.rules else said

    def place_of(self, index: int) -> QPoint:
        """Where a shown point is drawn, in this widget's pixels."""
        scene = self._plot.getViewBox().mapViewToScene(QPointF(index, self.heights()[index]))
        inner: QPoint = self._plot.mapFromScene(scene)
        origin: QPoint = self._plot.pos()
        return inner + origin

    def _nearest(self, place: QPoint) -> PointFacts:
        view: QPointF = self._plot.getViewBox().mapSceneToView(self._plot.mapToScene(place - self._plot.pos()))
        return self.points[max(0, min(len(self.points) - 1, round(view.x())))]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many dates as there is room for."""
        super().resizeEvent(event)
        self._draw_axes()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is drawn."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring goes."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a ring around what has the keyboard."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(current().color("focus"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
            painter.end()
