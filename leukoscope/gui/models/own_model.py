"""Between the import form and the workbench: trying, importing, and how either ended."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.models.import_form import ImportForm, ImportWish, TrialWish
from leukoscope.workflow.events import Event, Failed, FeedingProposed, ImportStep, ModelImported, Stopped


class OwnModel(QObject):
    """Does what the form asks for.

    Signals
    -------
    installed(str)
        Name of the model that is there now.
    proposed()
        The form shows how a model can be fed.
    """

    installed = Signal(str)
    proposed = Signal()

    def __init__(self, bridge: Bridge, form: ImportForm, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._form = bridge, form
        self._doing: Literal["", "trying", "importing"] = ""
        bridge.happened.connect(self._heard)
        form.trial_wanted.connect(self._try)
        form.import_wanted.connect(self._import)
        form.stop_wanted.connect(lambda: bridge.bench.stop("import"))

    def _try(self, wish: TrialWish) -> None:
        self._doing = "trying"
        model = wish.model
        self._bridge.write(
            lambda bench: bench.models.propose(model.file, model.classes, model.name, wish.labeled, wish.pinned),
            owner=self,
            failed=self._failed,
        )

    def _import(self, wish: ImportWish) -> None:
        self._doing = "importing"
        model = wish.model
        self._bridge.write(
            lambda bench: bench.models.install(model.file, model.classes, model.name, wish.feeding, wish.tried),
            owner=self,
            failed=self._failed,
        )

    def _heard(self, event: Event) -> None:
        if isinstance(event, ImportStep):
            self._form.show_step(event.text, event.done, event.total)
        elif isinstance(event, FeedingProposed):
            self._end()
            self._form.show_proposal(event.proposal)
            self.proposed.emit()
        elif isinstance(event, ModelImported):
            self._end()
            self._form.forget()
            self.installed.emit(event.name)
        elif isinstance(event, Failed) and event.what == "import":
            self._failed(event.sentence)
        elif isinstance(event, Stopped) and event.what == "import":
            self._stopped()

    def _stopped(self) -> None:
        if self._doing == "trying":
            words = self.tr("Trying was stopped; nothing was installed.")
        else:
            words = self.tr("The import was stopped; nothing was installed.")
        self._end()
        self._form.message.tell(words)

    def _failed(self, sentence: str) -> None:
        self._end()
        self._form.message.warn(sentence)

    def _end(self) -> None:
        self._doing = ""
        self._form.set_working(False)
