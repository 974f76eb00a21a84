"""Labeled cells in, a site profile and its proof out: read, taught and held against the shipped models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from leukoscope.domain.site_steps import TeachStage
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.quality.cells_card import CellsCard
from leukoscope.gui.quality.page import CELLS, TEACH, QualityPage
from leukoscope.gui.quality.proof_card import ProofCard
from leukoscope.gui.quality.teach_card import TeachCard
from leukoscope.gui.session import Session
from leukoscope.workflow.events import (
    CellsCounted,
    Event,
    Failed,
    ProfileEvaluated,
    ProfileTaught,
    Stopped,
    TeachingStep,
)

if TYPE_CHECKING:
    from leukoscope.workflow.site.overview import CellsOverview

JOB = "site"
LOOK = "look"
FOLDER = "labeled"
"""Under this word the folder used last is remembered."""


class TeachingController(Controller):
    """Reads cells, teaches with them, and looks at the locked part; one at a time.

    Signals
    -------
    taught(str)
        Title of the profile that was taught just now.
    looked()
        Somebody has looked at the locked part.
    source_changed()
        There are other cells, or none any more.
    """

    taught = Signal(str)
    looked = Signal()
    source_changed = Signal()

    def __init__(
        self, session: Session, page: QualityPage, cells: CellsCard, teach: TeachCard, proof: ProofCard
    ) -> None:
        super().__init__(session)
        self._page, self._cells, self._teach, self._proof = page, cells, teach, proof
        self._under_way = ""
        self._wanted: Path | str | None = None
        self._source: Path | str | None = None
        self._overview: CellsOverview | None = None
        self._bridge.happened.connect(self._heard)
        cells.cases_wanted.connect(lambda: self.read(None))
        cells.microscope_wanted.connect(self.read)
        cells.folder_wanted.connect(self.choose_folder)
        teach.start_wanted.connect(self._start)
        for bar in (cells.work, teach.work, proof.work):
            bar.stop.clicked.connect(self.stop)

    @property
    def has_cells(self) -> bool:
        """Whether there are cells to teach with, or to look at."""
        return self._overview is not None and not self._overview.obstacle

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return bool(self._under_way)

    # Cells -----------------------------------------------------------------------------------------------------

    def choose_folder(self) -> None:
        """Ask for a folder of labeled cells."""
        title = self.tr("Folder of labeled cells: CLASS/PATIENT/image")
        folder = self._files.open_folder(title, self._session.last_folder(FOLDER))
        if folder is not None:
            self._session.remember_folder(folder, FOLDER)
            self.read(folder)

    def take_dropped(self, paths: tuple[Path, ...]) -> None:
        """A folder was dropped on the page."""
        if len(paths) == 1 and paths[0].is_dir():
            self.read(paths[0])
        else:
            self._cells.message.warn(
                self.tr("Drop one folder whose images are sorted as CLASS/PATIENT/image; nothing was read.")
            )

    def read(self, source: Path | str | None) -> None:
        """Read the labeled cells of a folder, with ``None`` those of reviewed cases, or those of one microscope."""
        if self._under_way:
            self._cells.message.warn(self.tr("Cells are being read or taught already; wait, or stop that first."))
            return
        self._wanted, self._overview = source, None
        self._page.show_step(CELLS)
        self._teach.show_cells("")
        self._begin(CELLS)
        self.source_changed.emit()
        self._bridge.write(lambda bench: bench.site.count_cells(source), owner=self, failed=self._failed)

    def _counted(self, overview: CellsOverview) -> None:
        self._overview, self._source = overview, self._wanted
        of_cases = not isinstance(self._source, Path)
        self._cells.show_overview(overview, self._source_words(), overview.microscopes if of_cases else ())
        if not overview.obstacle:
            text = self.tr("{0} cells of {1} patients in {2}")
            self._teach.show_cells(text.format(overview.cells, overview.patients, self._source_words()))
        self.source_changed.emit()
        self._page.focus_step(CELLS)

    def _source_words(self) -> str:
        if self._source is None:
            return self.tr("reviewed cases")
        if isinstance(self._source, str):
            return self.tr("reviewed cases, taken with {0}").format(self._source)
        return self.tr("“{0}”").format(self._source.name or self._source)

    # Teaching and looking --------------------------------------------------------------------------------------

    def _start(self, name: str, wanted: float, sign: bool) -> None:
        if self._under_way or not self.has_cells:
            return
        source = self._source
        self._begin(TEACH)
        self._bridge.write(
            lambda bench: bench.site.teach(source, name, wanted, sign=sign), owner=self, failed=self._failed
        )

    def look(self, title: str) -> None:
        """Hold a profile against the shipped models on the locked patients among the cells."""
        if self._under_way or not self.has_cells:
            return
        source = self._source
        self._begin(LOOK)
        self._bridge.write(lambda bench: bench.site.evaluate(source, title, locked=True), owner=self,
                           failed=self._failed)  # fmt: skip

    def challenge(self, title: str) -> None:
        """Hold a profile against the one that speaks now, on the locked patients among the cells."""
        if self._under_way or not self.has_cells:
            return
        source = self._source
        self._begin(LOOK)
        self._bridge.write(lambda bench: bench.site.challenge(source, title), owner=self, failed=self._failed)

    def stop(self) -> None:
        """Stop what is under way; nothing of it is kept."""
        if self._under_way:
            for bar in (self._cells.work, self._teach.work, self._proof.work):
                bar.stopping()
            # After the call that begins it, which may still wait: what has not begun cannot be stopped.
            self._bridge.write(lambda bench: bench.site.stop(), owner=self, failed=self._messages.warn)

    def _begin(self, what: str) -> None:
        self._under_way = what
        self._cells.set_busy(True, self.tr("Reading the cells") if what == CELLS else "")
        self._teach.set_busy(True, self.tr("Reading the cells") if what == TEACH else "")
        self._proof.set_busy(True, self.tr("Reading the cells") if what == LOOK else "")

    def _end(self) -> str:
        what, self._under_way = self._under_way, ""
        for card in (self._cells, self._teach, self._proof):
            card.set_busy(False)
        if not self.has_cells:
            self._teach.show_cells("")
        return what

    # What is told ----------------------------------------------------------------------------------------------

    def _heard(self, event: Event) -> None:
        """What comes when nothing is under way is of something that was given up."""
        if not self._under_way:
            return
        if isinstance(event, TeachingStep):
            self._show_step(event)
        elif isinstance(event, CellsCounted) and self._under_way == CELLS:
            self._end()
            self._counted(event.overview)
        elif isinstance(event, ProfileTaught) and self._under_way == TEACH:
            self._end()
            self.taught.emit(event.title)
        elif isinstance(event, ProfileEvaluated) and self._under_way == LOOK:
            self._end()
            self._proof.show_proof(event.title, event.proof, event.locked, event.against)
            self.looked.emit()
        elif isinstance(event, Failed) and event.what == JOB:
            self._failed(event.sentence)
        elif isinstance(event, Stopped) and event.what == JOB:
            self._stopped()

    def _show_step(self, event: TeachingStep) -> None:
        step, cells = event.step, self._overview.cells if self._overview is not None else 0
        if self._under_way == TEACH:
            self._teach.show_step(step, cells)
        elif self._under_way == LOOK:
            self._proof.show_step(step, cells)
        elif step.stage is TeachStage.READING:
            self._cells.work.show_step(words.step(step), 0, 0)

    def _failed(self, sentence: str) -> None:
        what = self._end()
        card = {TEACH: self._teach, LOOK: self._proof}.get(what, self._cells)
        card.message.warn(sentence)
        if what == CELLS:
            self._cells.show_nothing()

    def _stopped(self) -> None:
        what = self._end()
        if what == TEACH:
            self._teach.message.tell(self.tr("Stopped: nothing was kept, and nothing has changed."))
        elif what == LOOK:
            self._proof.message.tell(self.tr("Stopped. The look may have been counted already."))
            self.looked.emit()
        else:
            self._cells.show_nothing()
            self._cells.message.tell(self.tr("Stopped: no cells were taken."))
