"""The count table: the differential and the verdicts with their intervals, a target, and another case beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from leukoscope.domain.cases import Case, CaseCell, CaseHeader, CaseSummary
from leukoscope.domain.differential import Differential, differential
from leukoscope.domain.findings import Label
from leukoscope.domain.percent import percent_of
from leukoscope.gui import verdicts
from leukoscope.gui.sheets.differential_table import DifferentialTable
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import ComboBox, Segmented
from leukoscope.gui.widgets.text import ElidedLabel, label

TARGETS = (100, 200)
WHOLE, IMAGE = "case", "image"


@dataclass(frozen=True, eq=False)
class CountedCase:
    """The open case as it is counted: all its cells, and those of the image that is looked at, if one is."""

    header: CaseHeader
    cells: Sequence[CaseCell]
    image: Sequence[CaseCell] | None = None


def verdict_counts(cells: Iterable[CaseCell]) -> dict[Label, int]:
    """How many cells have each verdict that counts."""
    counted = Counter(cell.counted for cell in cells)
    return {label: counted[label] for label in Label}


def _neither(cells: Iterable[CaseCell]) -> int:
    return sum(cell.counted is None for cell in cells)


class CountTable(QWidget):
    """One case's counts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.patient = ElidedLabel("", "heading"), ElidedLabel("", "muted")
        self.total, self.notes = label("", "muted"), label("", "small", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.cells: dict[Label, tuple[QLabel, QLabel]] = {}
        self.differential = DifferentialTable()
        self.differential.hide()
        self._target = TARGETS[0]
        self._count = 0
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        heads = (self.tr("Verdict"), self.tr("Cells"), self.tr("Share (95 % interval)"))
        for place, head in enumerate(heads):
            side = Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft
            grid.addWidget(label(head, "caption"), 0, place, side)
        for row, one in enumerate(verdicts.ORDER, start=1):
            self.cells[one] = label(""), label("")
            name = QHBoxLayout()
            name.setSpacing(8)
            shape = label("")
            shape.setPixmap(verdicts.shape_pixmap(one, 12, self.devicePixelRatioF()))
            name.addWidget(shape)
            name.addWidget(label(verdicts.word(one)), 1)
            grid.addLayout(name, row, 0)
            grid.addWidget(self.cells[one][0], row, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(self.cells[one][1], row, 2, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.patient)
        column.addWidget(self.differential)
        column.addLayout(grid)
        column.addWidget(self.progress)
        column.addWidget(self.total)
        column.addWidget(self.notes)
        column.addStretch(1)

    def show_counts(
        self, header: CaseHeader, counts: Mapping[Label, int], counted: Differential | None = None, named: int = 0
    ) -> None:
        """Show a case: verdicts, the differential where its cells were named, and how many are none of the three."""
        known = counted is not None and counted.is_known
        self.differential.setVisible(known)
        total = sum(counts.values()) + named
        self._count = total
        if counted is not None and known:
            self.differential.show_count(counted)
            self._count = counted.n
        self.title.setText(self.tr("Case {0}").format(header.number))
        self.patient.setText(", ".join(part for part in (header.patient, header.specimen) if part) or "–")
        for one, (count, share) in self.cells.items():
            count.setText(str(counts.get(one, 0)))
            share.setText(percent_of(counts.get(one, 0), total))
        self.notes.setText(header.notes[:600])
        self.notes.setVisible(bool(header.notes))
        self.set_target(self._target)

    def set_target(self, target: int) -> None:
        """How many cells shall be counted."""
        self._target = target
        self.progress.setRange(0, target)
        self.progress.setValue(min(self._count, target))
        self.progress.setAccessibleName(self.tr("Cells counted"))
        missing = target - self._count
        words = self.tr("{0} of {1} cells; {2} to go") if missing > 0 else self.tr("{0} of {1} cells; enough")
        self.total.setText(words.format(self._count, target, missing))


class CountSheet(Sheet):
    """The open case's counts, and those of another case beside them.

    Signals
    -------
    others_wanted()
        The list of other cases to compare with.
    other_wanted(int)
        The cells of another case.
    """

    others_wanted = Signal()
    other_wanted = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Count table"), parent)
        self.column.setContentsMargins(24, 16, 24, 24)
        self.mine, self.theirs = CountTable(), CountTable()
        self.target = Segmented(self.tr("Target"))
        self.target.set_choices([(str(one), self.tr("{0} cells").format(one)) for one in TARGETS])
        self.target.choose(str(TARGETS[0]))
        self.target.chosen.connect(self._target_chosen)
        self.others: QComboBox = ComboBox()
        self.others.setAccessibleName(self.tr("Compare with"))
        self.others.setMinimumWidth(160)
        self.others.setMaximumWidth(280)
        self._cases: tuple[CaseSummary, ...] = ()
        self._mine: CountedCase | None = None
        self.extent = Segmented(self.tr("What is counted"))
        self.extent.set_choices([(WHOLE, self.tr("Whole case")), (IMAGE, self.tr("This image"))])
        self.extent.choose(WHOLE)
        self.extent.chosen.connect(lambda _key: self._show_mine())
        self.others.activated.connect(self._compare)
        row = QHBoxLayout()
        row.addWidget(self.extent)
        row.addSpacing(24)
        row.addWidget(label(self.tr("Target"), "small"))
        row.addWidget(self.target)
        row.addSpacing(24)
        row.addWidget(label(self.tr("Compare with"), "small"))
        row.addWidget(self.others)
        row.addStretch(1)
        tables = QHBoxLayout()
        tables.setSpacing(40)
        tables.setContentsMargins(0, 0, 0, 0)
        tables.addWidget(self.mine)
        tables.addWidget(self.theirs)
        self.column.addLayout(row)
        self.column.addSpacing(8)
        inner = QWidget()
        inner.setObjectName("scrolled")
        inner.setLayout(tables)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        self._area, self._inner = area, inner
        self.column.addWidget(area)

    def ask(self, counted: CountedCase) -> None:
        """Show the open case."""
        self._mine = counted
        self.extent.setEnabled(counted.image is not None)
        self.extent.choose(WHOLE)
        self._show_mine()
        self.theirs.hide()
        self.others_wanted.emit()
        self.enter()
        self._fit()

    def _show_mine(self) -> None:
        one = self._mine
        if one is None:
            return
        cells = one.image if self.extent.choice == IMAGE and one.image is not None else one.cells
        self.mine.show_counts(one.header, verdict_counts(cells), differential(cells), _neither(cells))

    def _fit(self) -> None:
        """As high as its content, as far as the window has room: it scrolls in a small one."""
        rows = self._inner.layout()
        if rows is None:
            return
        rows.invalidate()
        rows.activate()
        wanted = rows.totalSizeHint()
        height = rows.totalHeightForWidth(wanted.width()) if rows.hasHeightForWidth() else wanted.height()
        # Said outright: by itself a wrapped text asks for the height that it has in the narrowest window.
        self._inner.setMinimumHeight(height)
        room = max(200, self._room())
        self._area.setMinimumSize(wanted.width() + 16, min(height, room))
        self._area.setMaximumHeight(room)

    def _room(self) -> int:
        window = self.parentWidget()
        return (window.height() if window is not None else 600) - 220

    def set_others(self, cases: tuple[CaseSummary, ...]) -> None:
        """Offer these cases for comparison."""
        self._cases = cases
        self.others.clear()
        self.others.addItem(self.tr("no other case"))
        self.others.addItems([f"{one.header.number}  {one.header.patient}"[:60] for one in cases])

    def _compare(self, place: int) -> None:
        self.theirs.setVisible(place > 0)
        if place > 0:
            case = self._cases[place - 1]
            counts = {Label.LEUKEMIC: case.leukemic, Label.HEALTHY: case.healthy, Label.UNSURE: case.unsure}
            self.theirs.show_counts(case.header, counts, named=case.named)
            self.other_wanted.emit(case.id)
        self._fit()

    def show_other(self, case: Case) -> None:
        """The other case has arrived: show its cells by class too."""
        place = self.others.currentIndex()
        if self.theirs.isHidden() or not place or self._cases[place - 1].id != case.id:
            return
        cells = case.cells
        self.theirs.show_counts(case.header, verdict_counts(cells), differential(cells), _neither(cells))
        self._fit()

    def _target_chosen(self, key: str) -> None:
        for table in (self.mine, self.theirs):
            table.set_target(int(key))
