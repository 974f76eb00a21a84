"""The card with the overview: where on the slide the images of a case were taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QSizePolicy

from leukoscope.domain.cells import Box
from leukoscope.domain.overview import Area, PlacedField, TakenField, areas, overlap
from leukoscope.gui.review.field_list import FieldList
from leukoscope.gui.review.joined_row import JoinedRow
from leukoscope.gui.review.overview_legend import OverviewLegend
from leukoscope.gui.review.overview_map import OverviewMap
from leukoscope.gui.review.thumbnails import Make
from leukoscope.gui.widgets.buttons import ComboBox
from leukoscope.gui.widgets.floating_card import MARGIN, FloatingCard
from leukoscope.gui.widgets.text import label

WIDEST, NARROWEST, SHARE = 460, 300, 0.5
HIGHEST, LOWEST = 460, 120
"""Of the card, in device-independent pixels; which share of the width of the image it takes."""
LEGEND_FROM, WORDS_FROM = 320, 240
"""Heights from which on there is room for the legend, and for what is said of the image."""
REASON_FROM = 170
"""Height from which on it is said beside the way out why there is no map."""
TWO_LINES = 34
UM_PER_MM = 1000.0


class OverviewCard(FloatingCard):
    """The map with its words.

    Parameters
    ----------
    model
        The images of the case.
    make_of
        Gives what makes the picture of an image, by its number.

    Signals
    -------
    chosen(int)
        Id of an image that a person wants to see.
    moved(int)
        Id of the image to which the keyboard went; 0 for one that waits.
    join_wanted()
        A person wants to know which images overlap.
    once_wanted()
        A person wants cells that several images show to be counted once.
    """

    chosen = Signal(int)
    moved = Signal(int)
    join_wanted = Signal()
    once_wanted = Signal()

    def __init__(self, model: FieldList, make_of: Callable[[int], Make | None]) -> None:
        super().__init__(self.tr("Overview"), self.tr("Close the overview"), at_left=True)
        self._model, self._areas = model, tuple[Area, ...]()
        self._row = -1
        self._cell: tuple[Box, int, int] | None = None
        self.map = OverviewMap(self.words_of, make_of)
        self.map.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.choice = ComboBox()
        self.choice.setAccessibleName(self.tr("Which images are shown"))
        self.choice.setToolTip(self.tr("Images of other cameras, days or folders lie elsewhere: they are not mixed"))
        self.words, self.note, self.nothing = (label("", "small", wrap=True) for _ in range(3))
        self.words.setFixedHeight(TWO_LINES)
        self.legend = OverviewLegend()
        self.joined = JoinedRow()
        self.joined.join_wanted.connect(self.join_wanted)
        self.joined.once_wanted.connect(self.once_wanted)
        self.column.setContentsMargins(12, 4, 6, 10)
        self.column.addWidget(self.choice)
        self.column.addWidget(self.map, 1)
        for widget in (self.words, self.legend, self.note, self.nothing, self.joined):
            self.column.addWidget(widget)
        self.choice.currentIndexChanged.connect(lambda _index: self._show_area())
        self.map.chosen.connect(lambda number: self._tell(self.chosen, number))
        self.map.moved.connect(lambda number: self._tell(self.moved, number))
        self.map.pointed.connect(lambda number: self._say(number if number >= 0 else self._row))

    def fit_into(self, room: QSize) -> None:
        """Take half of the image's width, and its height where that is small."""
        there = bool(self._areas)
        share = round(room.width() * SHARE) if there else WIDEST
        width = min(max(share, NARROWEST), WIDEST, max(room.width() - 2 * MARGIN, 1))
        height = min(max(room.height() - 2 * MARGIN, LOWEST), HIGHEST)
        self.legend.setVisible(there and height >= LEGEND_FROM)
        self.words.setVisible(there and height >= WORDS_FROM)
        self.note.setVisible(bool(self.note.text()) and (there and height >= WORDS_FROM))
        self.joined.setVisible(self.joined.makes_sense and (not there or height >= LEGEND_FROM))
        # What to do comes first where there is no room for why as well; the hint of the card has it then.
        self.nothing.setVisible(not there and (height >= REASON_FROM or not self.joined.makes_sense))
        self.setToolTip("" if there or self.nothing.isVisibleTo(self) else self.nothing.text())
        self.setFixedWidth(width)
        if there:
            self.setFixedHeight(height)
        else:
            self.setMinimumHeight(0)
            self.setMaximumHeight(height)

    def take_keyboard(self) -> None:
        """Let the map have the keyboard; where there is none, what closes the card."""
        (self.map if self._areas else self.cross).setFocus(Qt.FocusReason.OtherFocusReason)

    # What it shows ---------------------------------------------------------------------------------------------

    def show_fields(self) -> None:
        """Show the images as the row of the case has them now."""
        places = self.joined.places
        taken = [replace(one.taken, joined=places.get(one.frame_id)) for one in self._model.fields]
        self._areas = areas(taken)
        with QSignalBlocker(self.choice):
            chosen = max(self.choice.currentIndex(), 0)
            self.choice.clear()
            count = len(self._areas)
            for number, area in enumerate(self._areas, start=1):
                name = self.tr("by their overlap") if area.is_joined else area.name or self.tr("no name")
                self.choice.addItem(self.tr("{0} of {1}: {2}").format(number, count, name))
            self.choice.setCurrentIndex(min(chosen, count - 1))
        placed = sum(len(area.fields) for area in self._areas)
        self.choice.setVisible(len(self._areas) > 1)
        self.map.setVisible(placed > 0)
        self.nothing.setVisible(placed == 0)
        self.nothing.setText("" if placed else self._why_empty())
        # Of joined images the row below says it.
        self.note.setText(self._left_out(len(self._model.fields) - placed) if placed and not places else "")
        self.joined.offer(sum(self._tells_no_place(one) for one in taken) > 1 or overlap(taken))
        self._show_area()
        self.updateGeometry()

    def mark(self, frame_id: int, cell: tuple[Box, int, int] | None) -> None:
        """Frame the image that is shown, and mark its chosen cell: its box, and width and height of the image."""
        self.go_to(self._model.row_of(frame_id) if frame_id else -1, cell)

    def go_to(self, number: int, cell: tuple[Box, int, int] | None = None) -> None:
        """Frame an image by its number, without showing it."""
        self._row, self._cell = number, cell
        here = self._area_of(number)
        if here >= 0 and here != self.choice.currentIndex():
            self.choice.setCurrentIndex(here)
        self._mark()

    def words_of(self, number: int) -> str:
        """What is to be said of an image: file, cells and place."""
        index, placed = self._model.index(number), self._placed(number)
        if not index.isValid() or placed is None:
            return ""
        x, y = (f"{value / UM_PER_MM:.3f}" for value in (placed.x_um, placed.y_um))
        place = self.tr("Place: x {0} mm, y {1} mm").format(x, y)
        if self._areas[self._area_of(number)].is_joined:
            place = self.tr("Placed by its overlap")
        said = [str(index.data(Qt.ItemDataRole.ToolTipRole)), place]
        if not placed.is_sized:
            said.append(self.tr("Its size on the slide is not known"))
        return ". ".join(said)

    def _show_area(self) -> None:
        index = self.choice.currentIndex()
        area = self._areas[index] if 0 <= index < len(self._areas) else Area("", ())
        self.map.show_area(area, self._model.fields)
        self._mark()

    def _mark(self) -> None:
        placed = self._placed(self._row)
        spot = placed.place_of(*self._cell) if placed is not None and self._cell is not None else None
        self.map.mark(self._row if placed is not None else -1, spot)
        self._say(self._row)

    def _say(self, number: int) -> None:
        said = self.words_of(number)
        self.words.setText(said or self.tr("Point at an image; the arrow keys go from one to the next."))

    @staticmethod
    def _tells_no_place(one: TakenField) -> bool:
        return one.origin is None or one.origin.stage is None

    def _placed(self, number: int) -> PlacedField | None:
        here = self._area_of(number)
        return next((one for one in self._areas[here].fields if one.number == number), None) if here >= 0 else None

    def _area_of(self, number: int) -> int:
        return next((at for at, area in enumerate(self._areas) if any(one.number == number for one in area.fields)), -1)

    def _left_out(self, count: int) -> str:
        if not count:
            return ""
        return self.tr("1 image tells no place.") if count == 1 else self.tr("{0} images tell no place.").format(count)

    def _why_empty(self) -> str:
        if not self._model.fields:
            return self.tr("This case has no images yet.")
        return self.tr(
            "No image of this case tells its place on the slide. Open OME-TIFF or TIFF files as the microscope saved "
            "them, or take images through Micro-Manager with a motorized stage."
        )

    def _tell(self, signal: SignalInstance, number: int) -> None:
        fields = self._model.fields
        if signal is self.moved:
            self.go_to(number)
        if number < len(fields) and fields[number].frame_id:
            signal.emit(fields[number].frame_id)
