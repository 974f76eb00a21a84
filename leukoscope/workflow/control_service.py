"""Daily control in the running program: control slides measured in the background, charts and sheets of the runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import ControlError
from leukoscope.domain.frames import FrameOrigin, Pixels
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.control.runs import ControlRuns, instrument_name
from leukoscope.workflow.events import ControlMeasured, ControlStep, Event
from leukoscope.workflow.images import ImageSource, file_sources, png_source
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.domain.day_cells import DayCells
    from leukoscope.reports.words import Words
    from leukoscope.workflow.control.in_force import Trouble
    from leukoscope.workflow.control.overview import ControlOverview

JOB = "control"
DAYS = timedelta(days=120)
"""So far back the daily cases are looked at; the first twenty days of these with enough cells set the limits."""
COUNT_EVERY_S = 600.0
"""60,000 cells of 120 days take 3.4 s on two busy cores (SQLite)."""
"""The name of its jobs: one at a time."""
Sources = Callable[[], tuple[Iterable[ImageSource], int, tuple[tuple[str, str], ...]]]
"""Gives images, how many there are, and what was left out, each with its sentence."""


class ControlService(ControlRuns):
    """What a person does with control runs in the window.

    Parameters
    ----------
    store
        Where runs are kept in the trail, and the daily cases are.
    operator
        Who works here, and what they may do.
    settings
        Gives what a person has set.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        store: CaseStore,
        operator: OperatorSession,
        settings: Callable[[], Settings],
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        super().__init__(store.trail, operator)
        self._store = store
        self._days: tuple[DayCells, ...] = ()
        self._days_until = 0.0
        self._settings, self._jobs, self._tell = settings, jobs, tell
        self._working = threading.Lock()

    # Measuring -------------------------------------------------------------------------------------------------

    def measure(self, instrument: str, paths: Sequence[Path], note: str = "") -> None:
        """Measure files and folders in the background: ControlStep, then ControlMeasured, Failed or Stopped.

        Raises
        ------
        ControlError
            When the instrument has no name, or a run is being measured already.
        AccessError
            When who works here may not.
        """

        def sources() -> tuple[Iterable[ImageSource], int, tuple[tuple[str, str], ...]]:
            from leukoscope.sources.files import find_images, shown

            listing = find_images(paths)
            refused = tuple((shown(path.name), error.message) for path, error in listing.errors)
            return file_sources(listing.paths), len(listing.paths), refused

        self._run(instrument, sources, note)

    def measure_taken(self, instrument: str, fields: Sequence[tuple[Pixels, FrameOrigin]], note: str = "") -> None:
        """Measure fields that a camera gave, as :meth:`measure`."""

        def sources() -> tuple[Iterable[ImageSource], int, tuple[tuple[str, str], ...]]:
            return (png_source(pixels, origin) for pixels, origin in fields), len(fields), ()

        self._run(instrument, sources, note)

    def stop(self) -> None:
        """Stop what is being measured; nothing of it is kept."""
        self._jobs.stop(JOB)

    def _run(self, instrument: str, sources: Sources, note: str) -> None:
        with self._desk.doing(Act.CONTROL):
            name = instrument_name(instrument)
            if not self._working.acquire(blocking=False):
                raise ControlError("A control slide is being measured already; wait, or stop that first.")

            def work(cancel: CancelToken) -> None:
                try:
                    self._measure(name, sources, note, cancel)
                finally:
                    self._working.release()

            self._jobs.run(JOB, self._desk.bound(work))

    def _measure(self, name: str, sources: Sources, note: str, cancel: CancelToken) -> None:
        from leukoscope.workflow.control.measuring import measure_fields

        images, total, refused = sources()
        found = measure_fields(images, lambda done: self._tell(ControlStep(done, max(done, total))), cancel)
        self.keep(name, found.figures, found.fields, note)
        self._tell(ControlMeasured(name, found.fields, (*refused, *found.left_out)))

    # Looking ---------------------------------------------------------------------------------------------------

    def overview(self, instrument: str = "") -> ControlOverview:
        """Charts and runs of an instrument; of the one measured last where it is empty or unknown."""
        from leukoscope.workflow.control.overview import control_overview

        kept = self.all()
        return control_overview(kept, instrument, self._words(), self._daily())

    def _daily(self) -> tuple[DayCells, ...]:
        """The daily cases; counted anew after ten minutes."""
        from leukoscope.cases.day_cells import cells_of_days

        if time.monotonic() >= self._days_until:
            self._days = cells_of_days(self._store.database, datetime.now(UTC) - DAYS)
            self._days_until = time.monotonic() + COUNT_EVERY_S
        return self._days

    def standing(self) -> Trouble | None:
        """What is wrong just now, where the laboratory wants to know it; ``None`` when nothing is."""
        from leukoscope.workflow.control.in_force import OFF, daily_trouble, trouble_now

        self._desk.look(Act.SEE_CONTROL)
        settings = self._settings()
        found = trouble_now(self._kept(), settings, datetime.now().astimezone())
        return found or (None if settings.control_rule == OFF else daily_trouble(self._daily()))

    def write_sheet(self, instrument: str, month: str, file: Path) -> Path:
        """Write the control sheet of a month as a PDF, and give where it lies.

        Raises
        ------
        ControlError
            When there is no run of that instrument in that month.
        ReportError
            When it cannot be written.
        """
        from leukoscope.reports.control_sheet import write_control_sheet
        from leukoscope.workflow.control.sheet import control_sheet

        settings = self._settings()
        sheet = control_sheet(self.all(), instrument, month, self._words(), settings.laboratory)
        write_control_sheet(sheet, file, settings.page_size)
        return file

    def _words(self) -> Words:
        from leukoscope.reports.words import load_words
        from leukoscope.workflow.app_dirs import translations
        from leukoscope.workflow.languages import chosen_language

        return load_words(chosen_language(self._settings().language), translations())
