"""Between the import form and the workbench: trying, importing, and how either ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.models.import_form import ImportForm, ImportWish, TrialWish
from leukoscope.workflow.events import Event, Failed, Stopped
from leukoscope.workflow.model_events import FeedingProposed, ImportStep, ModelImported

if TYPE_CHECKING:
    from leukoscope.inference.heads import Head
    from leukoscope.workflow.workbench import Workbench

LOOK_AFTER_MS = 400
"""After the last letter of a file's name."""


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
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LOOK_AFTER_MS)
        self._soon.timeout.connect(self._look)
        form.file_chosen.connect(lambda _: self._soon.start())
        form.trial_wanted.connect(self._try)
        form.import_wanted.connect(self._import)
        form.stop_wanted.connect(lambda: bridge.bench.stop("import"))

    def _look(self) -> None:
        """Look what is in the file that is named, once nobody types on."""
        text = self._form.file.text().strip()
        if self._doing or not text:
            return

        def seen(heads: Sequence[Head]) -> None:
            if self._form.file.text().strip() == text:
                self._form.classes.show_heads(heads)

        def refused(sentence: str) -> None:
            if self._form.file.text().strip() == text and not self._doing:
                self._form.message.warn(said(sentence))

        self._form.message.hide()

        def look(bench: Workbench) -> tuple[Head, ...]:
            # Half a name is none of which anything could be said.
            return bench.models.look(Path(text)) if Path(text).exists() else ()

        self._bridge.read_in_pool(look, seen, owner=self, failed=refused)

    def _try(self, wish: TrialWish) -> None:
        self._doing = "trying"
        model = wish.model
        self._bridge.write(
            lambda bench: bench.models.propose(
                model.file, model.classes, model.name, wish.labeled, wish.pinned, model.output, model.follows
            ),
            owner=self,
            failed=self._failed,
        )

    def _import(self, wish: ImportWish) -> None:
        self._doing = "importing"
        model = wish.model
        self._bridge.write(
            lambda bench: bench.models.install(
                model.file, model.classes, model.name, wish.feeding, wish.tried, model.output, model.follows
            ),
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
