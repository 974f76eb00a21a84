"""The card that says how large something is that a person draws on the image."""

from __future__ import annotations

from PySide6.QtCore import Signal

from leukoscope.domain.measuring import Measured, Shape
from leukoscope.gui.widgets.buttons import Segmented
from leukoscope.gui.widgets.floating_card import FloatingCard
from leukoscope.gui.widgets.text import label

WIDTH = 300


class MeasureCard(FloatingCard):
    """Which shape is drawn, and its figures.

    Signals
    -------
    chosen(str)
        Value of a Shape.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(self.tr("Measure"), self.tr("Close; what is drawn goes"), at_left=True)
        self.setFixedWidth(WIDTH)
        self.shape_choice = Segmented(self.tr("What is measured"))
        self.shape_choice.set_choices(
            [
                (Shape.LINE.value, self.tr("Length")),
                (Shape.ELLIPSE.value, self.tr("Ellipse")),
                (Shape.OUTLINE.value, self.tr("Outline")),
            ]
        )
        self.figure, self.more = label("", "figure"), label("", "small")
        self.hint = label("", "small", wrap=True)
        for widget in (self.shape_choice, self.figure, self.more, self.hint):
            self.column.addWidget(widget)
        self.shape_choice.chosen.connect(self.chosen)

    @property
    def shape_chosen(self) -> Shape:
        """What is drawn."""
        return Shape(self.shape_choice.choice)

    def show_measured(self, one: Measured, um_per_px: float | None) -> None:
        """Say how large what is drawn is; in pixels where the scale is not known."""
        self.figure.setText("–")
        self.more.setText("")
        if one.length:
            length, area = self._length(one.length, um_per_px), self._area(one.area, um_per_px)
            self.figure.setText(length if one.shape is Shape.LINE else "–" if one.crosses else area)
            if one.shape is not Shape.LINE:
                self.more.setText(self._beside(one, length, um_per_px))
        self.hint.setText(self._hint(one, um_per_px))
        self.setAccessibleDescription(" ".join((self.figure.text(), self.more.text(), self.hint.text())))

    def _hint(self, one: Measured, um_per_px: float | None) -> str:
        if one.crosses:
            return self.tr("This outline crosses itself, so it has no one area: draw it again without a crossing.")
        if not um_per_px:
            return self.tr("This image is not calibrated: set the scale (Ctrl+L) to measure in µm.")
        return self._how(one.shape)

    def _beside(self, one: Measured, around: str, um_per_px: float | None) -> str:
        if one.shape is Shape.ELLIPSE:
            width, height = (self._length(side, um_per_px) for side in one.axes)
            return self.tr("{0} wide, {1} high, {2} around").format(width, height, around)
        return self.tr("{0} around").format(around)

    @staticmethod
    def _length(pixels: float, um_per_px: float | None) -> str:
        return f"{_rounded(pixels * um_per_px)} µm" if um_per_px else f"{_rounded(pixels)} px"

    @staticmethod
    def _area(pixels: float, um_per_px: float | None) -> str:
        return f"{_rounded(pixels * um_per_px**2)} µm²" if um_per_px else f"{_rounded(pixels)} px²"

    def _how(self, shape: Shape) -> str:
        return {
            Shape.LINE: self.tr("Draw a line on the image; Shift keeps it straight."),
            Shape.ELLIPSE: self.tr("Draw from corner to corner around it; Shift makes a circle."),
            Shape.OUTLINE: self.tr("Draw around it with the button held; the outline closes by itself."),
        }[shape]


def _rounded(figure: float) -> str:
    """Three digits: a hand draws no better."""
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.3g}"
