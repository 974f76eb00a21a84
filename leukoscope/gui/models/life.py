"""Between a model's life on its card and the workbench."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.models.life_part import LifePart
from leukoscope.workflow.events import Event, Failed, Stopped
from leukoscope.workflow.model_events import ModelsAsked, ModelsCompared

if TYPE_CHECKING:
    from leukoscope.cases.model_uses import ModelUse
    from leukoscope.gui.models.model_card import ModelFacts

JOB = "models"


class ModelLife(QObject):
    """Does what the card's part asks for."""

    def __init__(self, bridge: Bridge, part: LifePart, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._part = bridge, part
        self._shown, self._others = "", tuple[tuple[str, str], ...]()
        self._pair: tuple[str, str] | None = None
        bridge.happened.connect(self._heard)
        part.cases_wanted.connect(self._read_cases)
        part.compare_wanted.connect(self._compare)
        part.work.stop.clicked.connect(self._stop)

    def show_model(self, shown: ModelFacts, models: Sequence[ModelFacts]) -> None:
        """Another model is shown, or the same one read again."""
        alike = [one for one in models if one.name != shown.name and (one.band is None) == (shown.band is None)]
        others = tuple((one.name, one.title) for one in alike)
        if (shown.name, others) != (self._shown, self._others):
            self._shown, self._others = shown.name, others
            self._part.show_model(others, shown.follows)

    def _read_cases(self) -> None:
        name = self._shown

        def show(found: tuple[ModelUse, ...]) -> None:
            if name == self._shown:
                self._part.show_cases(found)

        self._bridge.read(lambda bench: bench.versions.cases(name), show, owner=self, failed=self._part.show_sentence)

    def _compare(self, other: str, labeled: Path | None) -> None:
        pair = self._pair = (other, self._shown)
        self._part.set_working(True)
        self._bridge.write(lambda bench: bench.versions.compare(*pair, labeled), owner=self, failed=self._failed)

    def _stop(self) -> None:
        self._part.work.stopping()
        self._bridge.bench.versions.stop()

    def _heard(self, event: Event) -> None:
        if self._pair is None:
            return
        if isinstance(event, ModelsAsked):
            self._part.show_done(event.cells)
        elif isinstance(event, ModelsCompared):
            pair = self._end()
            if pair is not None and pair[1] == self._shown:
                self._part.show_comparison(event)
        elif isinstance(event, Failed) and event.what == JOB:
            self._failed(event.sentence)
        elif isinstance(event, Stopped) and event.what == JOB:
            self._end()
            self._part.show_sentence(self.tr("Comparing was stopped; nothing of it is kept."))

    def _failed(self, sentence: str) -> None:
        self._end()
        self._part.show_sentence(said(sentence))

    def _end(self) -> tuple[str, str] | None:
        pair, self._pair = self._pair, None
        self._part.set_working(False)
        return pair
