"""Quality: teach the program the lab's own microscope, prove it, let it speak, and watch it day by day."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.gui.page import Page
from leukoscope.gui.quality.activation_card import ActivationCard
from leukoscope.gui.quality.cell_export_card import CellExportCard
from leukoscope.gui.quality.cells_card import CellsCard
from leukoscope.gui.quality.control_part import ControlPart
from leukoscope.gui.quality.examples_part import ExamplesPart
from leukoscope.gui.quality.people_part import PeoplePart
from leukoscope.gui.quality.profiles_panel import ProfilesPanel
from leukoscope.gui.quality.proof_card import ProofCard
from leukoscope.gui.quality.teach_card import TeachCard
from leukoscope.gui.widgets.buttons import Segmented
from leukoscope.gui.widgets.empty_state import EmptyState
from leukoscope.gui.widgets.scroll_area import scrolled
from leukoscope.gui.widgets.text import label

CELLS, TEACH, PROOF, ACTIVATE = "cells", "teach", "proof", "activate"
STEPS = (CELLS, TEACH, PROOF, ACTIVATE)
TEACHING, CONTROL, PEOPLE, EXAMPLES = "teaching", "control", "people", "examples"


class QualityPage(Page):
    """Its parts are chosen on top: teaching beside the site profiles, daily control, people, and examples.

    Signals
    -------
    part_shown(str)
        Another part is shown.
    """

    name, icon = "quality", "quality"

    part_shown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts, self.control, self.people = Segmented(self.tr("Parts of the page")), ControlPart(), PeoplePart()
        self.examples = ExamplesPart()
        self.profiles = ProfilesPanel()
        self.steps = Segmented(self.tr("Steps"))
        self.cells, self.teach, self.proof, self.activation = CellsCard(), TeachCard(), ProofCard(), ActivationCard()
        self.export = CellExportCard()
        self.empty = EmptyState(
            "quality",
            self.tr("No profile yet"),
            self.tr("Name some cells first; what they teach is proven and shown here."),
            self.tr("Begin with the cells"),
        )
        self._has_profile, self._stack = False, QStackedWidget()
        self._whole, self._teaching = QStackedWidget(), QWidget()
        self._places: dict[str, QWidget] = {}
        self._lay_out()
        self.parts.chosen.connect(self.show_part)
        self.steps.chosen.connect(self.show_step)
        self.empty.clicked.connect(lambda: self.show_step(CELLS))
        self.cells.go_on.connect(lambda: self.show_step(TEACH))
        self.proof.go_on.connect(lambda: self.show_step(ACTIVATE))
        self.show_step(CELLS)

    def _lay_out(self) -> None:
        titles = self.tr("1  Cells"), self.tr("2  Teach"), self.tr("3  Proof"), self.tr("4  Activate")
        self.steps.set_choices(list(zip(STEPS, titles, strict=True)))
        cells = QWidget()
        both = QVBoxLayout(cells)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(12)
        both.addWidget(self.cells, 1)
        both.addWidget(self.export)
        for name, card in zip(STEPS, (cells, self.teach, self.proof, self.activation), strict=True):
            self._places[name] = scrolled(card)
            self._stack.addWidget(self._places[name])
        self._stack.addWidget(self.empty)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 24, 24)
        right.setSpacing(12)
        right.addWidget(self.steps, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self._stack, 1)
        row = QHBoxLayout(self._teaching)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.profiles, 1)
        row.addLayout(right, 3)
        self._lay_out_parts()

    def _lay_out_parts(self) -> None:
        titles = self.tr("Teaching"), self.tr("Daily control"), self.tr("People"), self.tr("Examples")
        self.parts.set_choices(list(zip((TEACHING, CONTROL, PEOPLE, EXAMPLES), titles, strict=True)))
        for part in (self._teaching, self.control, self.people, self.examples):
            self._whole.addWidget(part)
        top = QHBoxLayout()
        top.setContentsMargins(20, 20, 24, 16)
        top.setSpacing(24)
        top.addWidget(label(self.tr("Quality"), "title"))
        top.addWidget(self.parts)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._whole, 1)

    @property
    def part(self) -> str:
        """Which part is shown."""
        return self.parts.choice

    def show_part(self, name: str) -> None:
        """Show a part."""
        self.parts.choose(name)
        places = {CONTROL: self.control, PEOPLE: self.people, EXAMPLES: self.examples}
        self._whole.setCurrentWidget(places.get(name, self._teaching))
        if self.isVisible() and (target := self.focus_target()) is not None:
            target.setFocus()
        self.part_shown.emit(name)

    def drop_words(self) -> str:
        """What becomes of files that are dropped on the shown part."""
        if self.part == CONTROL:
            return self.tr("Drop images of a control slide to measure them")
        return self.tr("Drop a folder of labeled cells, or a site profile")

    @property
    def step(self) -> str:
        """Which step is shown."""
        return self.steps.choice

    def show_step(self, name: str) -> None:
        """Show a step; without a profile the last two say where to begin."""
        self.steps.choose(name)
        empty = name in {PROOF, ACTIVATE} and not self._has_profile
        self._stack.setCurrentWidget(self.empty if empty else self._places[name])
        self._focus_if_shown()

    def _focus_if_shown(self) -> None:
        """The keyboard goes to what the step is for, unless a person is in another part."""
        if self._teaching.isVisible() and (target := self.focus_target()) is not None:
            target.setFocus()

    def focus_step(self, name: str) -> None:
        """Something has arrived in a step: the keyboard goes to what follows, if a person is still there."""
        if self.step == name:
            self._focus_if_shown()

    def set_has_profile(self, has: bool) -> None:
        """Whether there is a profile to show in the last two steps."""
        if has != self._has_profile:
            self._has_profile = has
            self.show_step(self.step)

    def focus_target(self) -> QWidget | None:
        """What the shown part or step is for."""
        if self.part == CONTROL:
            return self.control.focus_target()
        if self.part == PEOPLE:
            return self.people.focus_target()
        if self.part == EXAMPLES:
            return self.examples.focus_target()
        if self._stack.currentWidget() is self.empty:
            return self.empty.button
        wanted: dict[str, tuple[QWidget, ...]] = {
            CELLS: (self.cells.next, self.cells.work.stop, self.cells.cases),
            TEACH: (self.teach.start, self.teach.work.stop, self.teach.name),
            PROOF: (self.proof.next, self.proof.work.stop),
            ACTIVATE: (self.activation.activate, self.activation.retire, self.activation.reason),
        }
        parts = (one for one in wanted[self.step] if one.isEnabled() and one.isVisibleTo(self))
        return next(parts, self)
