"""People on the page Quality: begin or join a blinded re-read on the left, read or see the figures on the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.rereads import Reread, Whose
from leukoscope.gui.quality.agreement_view import AgreementView
from leukoscope.gui.quality.reading_card import ReadingCard
from leukoscope.gui.widgets.buttons import CheckBox, ComboBox, PushButton
from leukoscope.gui.widgets.empty_state import EmptyState, Waiting
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.scroll_area import scrolled
from leukoscope.gui.widgets.text import label

LEAST_WIDTH, MOST_WIDTH = 272, 320
SIZES = (10, 20, 50, 100)
USUAL = 20
LISTED = 8
"""So many re-reads are listed."""


class PeoplePart(QWidget):
    """Lays it out; a controller does what is asked for.

    Signals
    -------
    begin_wanted(str, int, bool)
        Whose cells, how many, whether for practice.
    go_on_wanted(int), join_wanted(int)
        Go on with one's own re-read, or read the cells of another's.
    """

    begin_wanted = Signal(str, int, bool)
    go_on_wanted = Signal(int)
    join_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whose, self.size_wanted = ComboBox(), ComboBox()
        self.practice = CheckBox(self.tr("Practice: tell after each cell"))
        self.begin = PushButton(self.tr("Begin"), "primary", "review")
        self.message = MessageBar()
        self.rows: dict[int, PushButton] = {}
        self._list, self._listed = QVBoxLayout(), label(self.tr("Re-reads"), "caption")
        self.reading, self.figures = ReadingCard(), AgreementView()
        self.empty = EmptyState(
            "review",
            self.tr("No re-read yet"),
            self.tr(
                "Name cells of reviewed cases once more, without seeing what was said before. How far people agree "
                "is shown here, and kept in the audit trail."
            ),
        )
        self._stack, self._form = QStackedWidget(), scrolled(self.reading)
        self._has_figures = False
        self._lay_out()
        self.begin.clicked.connect(self._begin)

    def _lay_out(self) -> None:
        for one, text in ((Whose.OTHERS, self.tr("Decided by others")), (Whose.OWN, self.tr("Decided by me")),
                          (Whose.ANYONES, self.tr("Decided by anyone"))):  # fmt: skip
            self.whose.addItem(text, one.value)
        for size in SIZES:
            self.size_wanted.addItem(self.tr("{0} cells").format(size), size)
        self.size_wanted.setCurrentIndex(SIZES.index(USUAL))
        self.whose.setAccessibleName(self.tr("Whose decisions"))
        self.size_wanted.setAccessibleName(self.tr("How many cells"))
        panel = QWidget()
        panel.setMinimumWidth(LEAST_WIDTH)
        panel.setMaximumWidth(MOST_WIDTH)
        column = QVBoxLayout(panel)
        column.setContentsMargins(20, 0, 0, 24)
        column.setSpacing(8)
        about = self.tr("Read decided cells once more. Neither the program’s opinion nor the earlier label is shown.")
        column.addWidget(label(about, "muted", wrap=True))
        column.addSpacing(8)
        for box in (self.whose, self.size_wanted):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column.addWidget(box)
        column.addWidget(self.practice)
        column.addWidget(self.begin)
        column.addWidget(self.message)
        column.addSpacing(16)
        column.addWidget(self._listed)
        self._list.setSpacing(4)
        column.addLayout(self._list)
        column.addStretch(1)
        for place in (Waiting(), self.empty, self.figures, self._form):
            self._stack.addWidget(place)
        right = QVBoxLayout()
        right.setContentsMargins(20, 0, 24, 24)
        right.addWidget(self._stack)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(panel, 1)
        row.addLayout(right, 3)
        self._listed.hide()

    def _begin(self) -> None:
        self.message.hide()
        self.begin_wanted.emit(self.whose.currentData(), self.size_wanted.currentData(), self.practice.isChecked())

    # What it shows ---------------------------------------------------------------------------------------------

    def show_rereads(self, rereads: Sequence[Reread], me: str, *, has_figures: bool) -> None:
        """List one's own re-reads that are not finished, and others' whose cells one can read."""
        self._has_figures = has_figures
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        mine = {one.source for one in rereads if one.who == me}
        self.rows = {}
        for one in reversed(rereads):
            if len(self.rows) < LISTED and one.who == me and one.next is not None:
                words = self.tr("Go on: {0} of {1}, {2}")
                self._row(one, words.format(len(one.answers), len(one.cells), f"{one.at.astimezone():%Y-%m-%d}"))
            elif len(self.rows) < LISTED and one.source not in mine and not one.practice and not one.like:
                self._row(one, self.tr("The same {0} cells as {1}").format(len(one.cells), one.who), joins=True)
        self._listed.setVisible(bool(self.rows))
        if self._stack.currentWidget() is not self._form:
            self.show_figures()

    def _row(self, one: Reread, text: str, *, joins: bool = False) -> None:
        button = PushButton(text, "", "next" if not joins else "add")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setToolTip(text)
        signal = self.join_wanted if joins else self.go_on_wanted
        button.clicked.connect(lambda _on=False: signal.emit(one.number))
        self._list.addWidget(button)
        self.rows[one.number] = button

    def show_reading(self) -> None:
        """Let a person read."""
        self._stack.setCurrentWidget(self._form)
        if self.isVisible():
            self.reading.setFocus()

    def show_figures(self) -> None:
        """Show the figures, or the invitation while there are none."""
        self._stack.setCurrentWidget(self.figures if self._has_figures else self.empty)

    def focus_target(self) -> QWidget:
        """What the shown part is for."""
        return self.reading if self._stack.currentWidget() is self._form else self.begin
