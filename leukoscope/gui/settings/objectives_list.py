"""The microscope's objectives: which is in use, what each makes of a pixel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.objectives import Objective, ScaleWay
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.scale_form import ScaleForm
from leukoscope.gui.widgets.text import label


class ObjectivesList(QWidget):
    """Chooses, adds and removes objectives.

    Signals
    -------
    chosen(str)
        Name of the objective in use; empty for none.
    kept(object)
        An Objective to keep and use.
    removed(str)
        Name of one to forget.
    """

    chosen = Signal(str)
    kept = Signal(object)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = ComboBox()
        self.combo.setAccessibleName(self.tr("Objective in use"))
        self.combo.setMinimumWidth(140)
        self.forget = PushButton(self.tr("Remove"), "flat", "remove")
        self.add = PushButton(self.tr("Add…"), "", "add")
        self.fact = label("", "muted", wrap=True)
        self.form = ScaleForm()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.combo, 1)
        row.addWidget(self.add)
        row.addWidget(self.forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.fact)
        column.addWidget(self.form)
        self._objectives: tuple[Objective, ...] = ()
        self.combo.activated.connect(lambda _row: self.chosen.emit(str(self.combo.currentData())))
        self.forget.clicked.connect(lambda: self.removed.emit(str(self.combo.currentData())))
        self.add.clicked.connect(lambda: self.form.begin(False))
        self.form.closed.connect(self.form.hide)
        self.form.kept.connect(self._kept)

    def show_objectives(self, objectives: Sequence[Objective], in_use: str) -> None:
        """Show what there is, and which is in use."""
        self._objectives = tuple(objectives)
        self.combo.clear()
        self.combo.addItem(self.tr("Not known: from red cells"), "")
        for one in objectives:
            self.combo.addItem(one.name, one.name)
        self.combo.setCurrentIndex(max(self.combo.findData(in_use), 0))
        one_in_use = next((one for one in objectives if one.name == in_use), None)
        self.forget.setEnabled(one_in_use is not None)
        self.fact.setText(self._words(one_in_use))

    def _words(self, one: Objective | None) -> str:
        if one is None:
            return self.tr(
                "Images that do not say their own scale are measured by their red cells (7.5 µm). Better: photograph "
                "a stage micrometer, open the picture, and choose “Set scale…” there."
            )
        way = (
            self.tr("measured on a stage micrometer")
            if one.way is ScaleWay.MEASURED
            else self.tr("computed from objective and camera")
        )
        return self.tr("{0} µm/px, {1}. Holds for new images that do not say their own scale.").format(
            f"{one.um_per_px:.4g}", way
        )

    def _kept(self, one: Objective, _also_case: bool) -> None:
        self.form.hide()
        self.kept.emit(one)
