"""Models: what judges, how well, whether its files are whole; and your own model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.models.import_form import ImportForm
from leukoscope.gui.models.life import ModelLife
from leukoscope.gui.models.model_card import Check, ModelCard
from leukoscope.gui.models.model_list import ModelList, read_models
from leukoscope.gui.models.model_row import ModelRow
from leukoscope.gui.models.own_model import OwnModel
from leukoscope.gui.page import Page
from leukoscope.gui.permissions import hold
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.empty_state import EmptyState
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.page_area import PageArea
from leukoscope.gui.widgets.scroll_area import scrolled
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

LIST_WIDTH = 288


class ModelsPage(Page):
    """The models that are installed, and those that judge.

    Signals
    -------
    names_changed(object)
        ModelNames, read again.
    """

    name, icon = "models", "models"

    names_changed = Signal(object)
    models_chosen = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._models = ModelList((), ())
        self._shown = ""
        self._arrived = ""
        self.rows: dict[str, ModelRow] = {}
        self.message = MessageBar()
        self.card, self.form = ModelCard(), ImportForm()
        self._own_model = OwnModel(bridge, self.form, self)
        self._life = ModelLife(bridge, self.card.life, self)
        self.add = PushButton(self.tr("Import your own model…"), "", "import")
        self.empty = EmptyState("models", self.tr("No model is installed"), "", self.tr("Import your own model…"))
        self.why_not = label("", "muted", wrap=True)
        self.why_not.hide()
        self._list = QVBoxLayout()
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(24, 20, 16, 24)
        left.setSpacing(8)
        left.addWidget(label(self.tr("Models"), "title"))
        left.addWidget(label(self.tr("Ticked models judge new images, each on its own."), "muted", wrap=True))
        left.addSpacing(8)
        self._list.setSpacing(4)
        left.addLayout(self._list)
        left.addSpacing(8)
        left.addWidget(self.add)
        left.addWidget(self.why_not)
        left.addStretch(1)
        side = QWidget()
        side.setFixedWidth(LIST_WIDTH)
        side.setLayout(left)
        shown, asked = scrolled(self.card), scrolled(self.form, from_top=True)
        for page in (shown, asked, self.empty):
            self._stack.addWidget(page)
        self._card_page, self._form_page = shown, asked
        right = QVBoxLayout()
        right.setContentsMargins(0, 20, 24, 24)
        right.setSpacing(12)
        area = PageArea(self._stack)
        area.float_over(self.message)
        right.addWidget(area, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addLayout(right, 1)

    def _connect(self) -> None:
        self.add.clicked.connect(self.show_form)
        self.empty.clicked.connect(self.show_form)
        self.card.verify_wanted.connect(self._verify)
        self.card.remove_wanted.connect(self._remove)
        self.form.closed.connect(lambda: self.show_model(self._shown))
        self.card.reason_given.connect(self._activate)
        self.card.back_wanted.connect(self._go_back)
        self._own_model.installed.connect(self._arrive)
        # Once the list has its place.
        into_sight = partial(self._form_page.ensureWidgetVisible, self.form.start)
        self._own_model.proposed.connect(lambda: QTimer.singleShot(0, self.form, into_sight))

    # What it shows ---------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the models again."""
        self._bridge.read(read_models, self._show, owner=self, failed=self.message.warn)

    def _show(self, models: ModelList) -> None:
        self._models = models
        self.form.show_models(tuple(one.name for one in models.models if not one.shipped))
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = {}
        for facts in models.models:
            row = ModelRow(facts, facts.name in models.chosen, models.speaking)
            row.button.clicked.connect(lambda _checked=False, name=facts.name: self.show_model(name))
            row.judges.toggled.connect(self._chosen)
            self._list.addWidget(row)
            self.rows[facts.name] = row
        self._warn_of_arrived()
        self.apply_permissions()
        self.names_changed.emit(models.names)
        if self._stack.currentWidget() is not self._form_page:
            self.show_model(self._shown)
        else:
            self._mark(self._shown)

    def _warn_of_arrived(self) -> None:
        """Say beside the news of an import what its trial or its maps came to, where a person must know."""
        arrived = next((one for one in self._models.models if one.name == self._arrived), None)
        if arrived is not None:
            self._arrived = ""
            if arrived.reason_for:
                words = self.tr("“{0}” is installed, and judges only when you write down why: look at its card.")
                self.message.warn(words.format(arrived.name))
            elif arrived.maps_warning:
                self.message.warn(self._installed(arrived.name) + " " + said(arrived.maps_warning))

    def _installed(self, name: str) -> str:
        return self.tr("“{0}” is installed. Tick it to let it judge.").format(name)

    def show_model(self, name: str) -> None:
        """Show one model, or the first."""
        models = {one.name: one for one in self._models.models}
        if not models:
            self._stack.setCurrentWidget(self.empty)
            return
        self._shown = name if name in models else next(iter(models))
        self.card.show_model(models[self._shown])
        self._life.show_model(models[self._shown], self._models.models)
        self._mark(self._shown)
        self._stack.setCurrentWidget(self._card_page)

    def focus_target(self) -> QWidget | None:
        """The shown model in the list; none while there is none."""
        return self.rows[self._shown].button if self._shown in self.rows else None

    def apply_permissions(self) -> None:
        """Let nobody change models who may not; the page says why."""
        ticks = (row.judges for row in self.rows.values())
        parts = self.add, self.empty, self.form, self.card.remove, self.card.reason, self.card.back, *ticks
        hold(self._bridge, Act.TEACH, self.card.life.on_cases, self.card.life.on_folder)
        hold(self._bridge, Act.SEE_LIST, self.card.life.cases)
        self.why_not.setText(hold(self._bridge, Act.MODELS, *parts))
        self.why_not.setVisible(bool(self.why_not.text()))

    def show_form(self) -> None:
        """Ask for a model to import."""
        self._mark("")
        self._stack.setCurrentWidget(self._form_page)
        self.form.file.setFocus()

    def offer_file(self, path: Path) -> None:
        """Ask what is needed to import this file."""
        self.show_form()
        self.form.file.setText(str(path))

    def _mark(self, name: str) -> None:
        for key, row in self.rows.items():
            row.button.setChecked(key == name)

    # What a person does ----------------------------------------------------------------------------------------

    def _chosen(self) -> None:
        names = tuple(name for name, row in self.rows.items() if row.judges.isChecked())
        if not names:
            self.message.warn(self.tr("At least one model must judge."))
            self._tick_as_chosen()
            return
        unfit = next((one.name for one in self._models.models if one.reason_for and one.name in names), "")
        if unfit and unfit not in self._models.chosen:
            self._tick_as_chosen()
            self.show_model(unfit)
            self.card.reason.unfold()
            return
        self.message.hide()
        self._models = replace(self._models, chosen=names)
        self._write(lambda bench: bench.models.choose(names), self.models_chosen.emit)

    def _tick_as_chosen(self) -> None:
        for name, row in self.rows.items():
            was = row.judges.blockSignals(True)
            row.judges.setChecked(name in self._models.chosen)
            row.judges.blockSignals(was)

    def _activate(self, name: str, reason: str) -> None:
        names = (*(one for one in self._models.chosen if one != name), name)

        def judges() -> None:
            self.message.tell(self.tr("“{0}” judges new images; the reason is in the audit trail.").format(name))
            self.refresh()
            self.models_chosen.emit()

        # The line stays as it is where that fails: nobody writes a reason twice.
        self._write(lambda bench: bench.models.choose(names, reason), judges, self.message.warn)

    def _go_back(self, name: str) -> None:
        def judges() -> None:
            self.message.tell(self.tr("The version before “{0}” judges new images again.").format(name))
            self.refresh()
            self.models_chosen.emit()

        self._write(lambda bench: bench.models.go_back(name), judges)

    def _write(
        self,
        work: Callable[[Workbench], None],
        then: Callable[[], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        self._bridge.write(work, lambda _: then() if then else None, owner=self, failed=failed or self._not_kept)

    def _not_kept(self, sentence: str) -> None:
        self.message.warn(sentence)
        self.refresh()

    def _verify(self, name: str) -> None:
        self.card.show_checking()

        def arrived(checks: Sequence[Check]) -> None:
            if name == self._shown:
                self.card.show_checks(checks)

        def look(bench: Workbench) -> tuple[Check, ...]:
            return tuple(Check(one.name, one.passed, one.sentence) for one in bench.models.verify(name))

        def failed(sentence: str) -> None:
            arrived(())
            self.message.warn(sentence)

        self._bridge.read_in_pool(look, arrived, owner=self, failed=failed)

    def _remove(self, name: str) -> None:
        self._write(lambda bench: bench.models.remove(name), self.refresh)

    def _arrive(self, name: str) -> None:
        self._shown = self._arrived = name
        self._stack.setCurrentWidget(self._card_page)
        self.message.tell(self._installed(name))
        self.refresh()
