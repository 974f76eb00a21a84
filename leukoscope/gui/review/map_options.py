"""How maps are shown: on or off, heat or contour, palette, for which side, how strong."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSlider, QVBoxLayout, QWidget

from leukoscope.gui.review.cell_rendering import Evidence, MapView
from leukoscope.gui.widgets.buttons import CheckBox, Segmented
from leukoscope.gui.widgets.text import label


class MapOptions(QWidget):
    """Edits a MapView; ``changed`` tells with the new one."""

    changed = Signal(object)

    def __init__(self, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._on = CheckBox(self.tr("Show the map (M)"))
        self._mode = Segmented(self.tr("How the map is drawn"))
        self._mode.set_choices([("heat", self.tr("Heat")), ("contour", self.tr("Contour"))])
        self._palette = Segmented(self.tr("Colors of the map"))
        self._palette.set_choices([("inferno", self.tr("Inferno")), ("cividis", self.tr("Cividis"))])
        self._evidence = Segmented(self.tr("Evidence for"))
        self._evidence.set_choices(
            [
                (Evidence.OWN.value, self.tr("Its side")),
                (Evidence.LEUKEMIC.value, self.tr("Leukemic")),
                (Evidence.HEALTHY.value, self.tr("Healthy")),
            ]
        )
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setPageStep(10)
        self._opacity.setAccessibleName(self.tr("Opacity of the map"))
        self._percent = label("", "small")
        self._percent.setMinimumWidth(40)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out()
        self.set_view(view)
        self._on.toggled.connect(lambda on: self._change(replace(self._view, on=on)))
        self._mode.chosen.connect(lambda key: self._change(replace(self._view, mode=key)))
        self._palette.chosen.connect(lambda key: self._change(replace(self._view, palette=key)))
        self._evidence.chosen.connect(lambda key: self._change(replace(self._view, evidence=Evidence(key))))
        self._opacity.valueChanged.connect(lambda value: self._change(replace(self._view, opacity=value / 100)))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        left = Qt.AlignmentFlag.AlignLeft
        # Three words beside a caption are wider, in German, than the panel of a small window.
        grid.addWidget(label(self.tr("Evidence for"), "small"), 0, 0, 1, 3)
        grid.addWidget(self._evidence, 1, 0, 1, 3, left)
        grid.addWidget(label(self.tr("Drawn as"), "small"), 2, 0)
        grid.addWidget(self._mode, 2, 1, 1, 2, left)
        grid.addWidget(label(self.tr("Colors"), "small"), 3, 0)
        grid.addWidget(self._palette, 3, 1, 1, 2, left)
        grid.addWidget(label(self.tr("Opacity"), "small"), 4, 0)
        grid.addWidget(self._opacity, 4, 1)
        grid.addWidget(self._percent, 4, 2)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._on)
        column.addLayout(grid)

    @property
    def view(self) -> MapView:
        """How maps are shown now."""
        return self._view

    def set_view(self, view: MapView) -> None:
        """Show another MapView without telling."""
        self._view = view
        with QSignalBlocker(self._on), QSignalBlocker(self._opacity):
            self._on.setChecked(view.on)
            self._opacity.setValue(round(view.opacity * 100))
        self._mode.choose(view.mode)
        self._palette.choose(view.palette)
        self._evidence.choose(view.evidence.value)
        self._percent.setText(f"{round(view.opacity * 100)} %")
        self._opacity.setEnabled(view.on)

    def set_sided(self, sided: bool) -> None:
        """Whether the chosen map speaks for leukemic or healthy."""
        self._evidence.setEnabled(sided)
        self._evidence.setToolTip("" if sided else self.tr("This map speaks neither for leukemic nor for healthy."))

    def _change(self, view: MapView) -> None:
        self.set_view(view)
        self.changed.emit(view)
