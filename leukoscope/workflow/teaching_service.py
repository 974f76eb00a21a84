"""Site profiles in the running program: taught and proven in the background, put in force while the window is open."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.signing_keys import Keys
from leukoscope.domain.errors import LeukoScopeError, SiteError
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_steps import TeachStep
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.events import (
    CellsCounted,
    CellsExported,
    CellsExportStep,
    Event,
    ProfileEvaluated,
    ProfileTaught,
    TeachingStep,
)
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.domain.site_labels import LabeledCell
    from leukoscope.inference.site_profile import LoadedProfile
    from leukoscope.workflow.model_panel import ModelPanel
    from leukoscope.workflow.model_runtime import ModelRuntime
    from leukoscope.workflow.site.corrections import Corrections
    from leukoscope.workflow.site.lab import Lab
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.profile_list import ProfileList
    from leukoscope.workflow.site.service import SiteService

logger = logging.getLogger(__name__)

JOB = "site"
"""The name of its jobs: one at a time."""
EXPORT_JOB = "cells"
LOOK_EVERY_S = 5.0
Source = Path | str | None
"""A folder ``CLASS/PATIENT/file``; ``None`` for what people decided in reviewed and signed cases; a text for the same
of the microscope of this name."""


class TeachingService:
    """What a person does with site profiles in the window.

    Parameters
    ----------
    home
        The user's folders.
    repository, operator, keys
        The cases, who works here, and with what this installation signs.
    runtime
        Gives the models and the engine.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    turn_over
        Lets images that wait be judged by another engine; returns when none is under way with the former one.
    """

    def __init__(
        self,
        home: AppDirs,
        repository: CaseRepository,
        operator: OperatorSession,
        keys: Callable[[], Keys],
        runtime: Callable[[], ModelRuntime],
        jobs: Jobs,
        tell: Callable[[Event], None],
        turn_over: Callable[[], object],
    ) -> None:
        self._home, self._repository, self._operator, self._keys = home, repository, operator, keys
        self._runtime, self._jobs, self._tell, self._turn_over = runtime, jobs, tell, turn_over
        self._working, self._next_look = threading.Lock(), 0.0

    @property
    def _service(self) -> SiteService:
        # Loaded when somebody asks for it, not at the start of the program.
        from leukoscope.workflow.site.profile_library import FOLDER
        from leukoscope.workflow.site.service import SiteService

        return SiteService(self._home.data / FOLDER, self._repository.store, self._operator, self._keys())

    def bring(self) -> None:
        """Look, every few seconds at most, what another workstation has taught or put in force."""
        from leukoscope.workflow.site.kept_files import KeptFiles
        from leukoscope.workflow.site.profile_library import FOLDER

        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_EVERY_S
        try:
            KeptFiles(self._home.data / FOLDER, self._repository.store.site_files).bring()
        except LeukoScopeError as error:
            # Judging goes on with what is here, or says itself what is wrong.
            logger.warning("site profiles not looked for: %s (%s)", error.message, error.detail)

    # Teaching --------------------------------------------------------------------------------------------------

    def count_cells(self, source: Source) -> None:
        """Read labeled cells in the background: TeachingStep, then CellsCounted, Failed or Stopped of ``site``."""

        def work(cancel: CancelToken) -> None:
            from leukoscope.workflow.site.labeled import Reading
            from leukoscope.workflow.site.overview import count_cells

            reading = Reading()
            with self._operator.doing(Act.TEACH):
                lab = self._service.lab()
                cells = self._cells(source, reading)(lab)
                self._tell(CellsCounted(count_cells(cells, reading, self._listener(cancel))))

        self._run(work)

    def teach(self, source: Source, name: str, wanted: float, *, sign: bool = False) -> None:
        """Teach and prove a profile in the background: TeachingStep, then ProfileTaught, Failed or Stopped."""

        def work(cancel: CancelToken) -> None:
            from leukoscope.workflow.site.labeled import Reading

            with self._shipped_panel() as panel:
                made, locked = self._service.teach(
                    self._cells(source, Reading()), panel, name,
                    wanted=wanted, sign=sign, on_step=self._listener(cancel), cancel=cancel,
                )  # fmt: skip
            self._tell(ProfileTaught(made.profile.title, locked))

        self._run(work)

    def evaluate(self, source: Source, title: str, *, locked: bool) -> None:
        """Hold a profile against the shipped models in the background: TeachingStep, then ProfileEvaluated.

        With ``locked`` on the patients that were locked away; the look is counted.
        """

        def work(cancel: CancelToken) -> None:
            from leukoscope.workflow.site.labeled import Reading
            from leukoscope.workflow.site.proof_facts import proof_facts
            from leukoscope.workflow.site.teaching import proof_figures

            service = self._service
            profile = service.library.get(title)
            with self._shipped_panel() as panel, self._panel(profile) as taught:
                proof, part = service.evaluate(
                    self._cells(source, Reading()), panel, taught, profile,
                    locked=locked, on_step=self._listener(cancel), cancel=cancel,
                )  # fmt: skip
            self._tell(ProfileEvaluated(title, proof_facts(proof_figures(proof)), part))

        self._run(work)

    def challenge(self, source: Source, title: str) -> None:
        """Hold a profile against the one in force on the locked patients: TeachingStep, then ProfileEvaluated.

        The look is counted, and what it comes to is remembered: see ``SiteService.activate``.
        """

        def work(cancel: CancelToken) -> None:
            from leukoscope.workflow.site.challenge import Challenge
            from leukoscope.workflow.site.labeled import Reading
            from leukoscope.workflow.site.proof_facts import proof_facts
            from leukoscope.workflow.site.teaching import proof_figures

            service = self._service
            new, old = service.library.get(title), service.library.active
            if old is None or old.title == new.title:
                raise SiteError("No other site profile is in force; look at the locked patients beside shipped models.")
            with self._panel(old) as old_panel, self._panel(new) as new_panel:
                proof, part = Challenge(self._repository.store, self._operator, service.lab).run(
                    self._cells(source, Reading()), (old, old_panel), (new, new_panel),
                    on_step=self._listener(cancel), cancel=cancel,
                )  # fmt: skip
            self._tell(ProfileEvaluated(title, proof_facts(proof_figures(proof)), part, old.title))

        self._run(work)

    def corrections(self) -> Corrections:
        """How many cells were corrected since a profile was taught."""
        from leukoscope.workflow.site.corrections import corrections_since_teaching

        self._operator.look(Act.SEE_LIST)
        return corrections_since_teaching(self._repository.store)

    def stop(self) -> None:
        """Stop what is under way; nothing of it is kept."""
        self._jobs.stop(JOB)

    def export_cells(self, folder: Path, form: str, *, locked: bool = False) -> None:
        """Write decided cells in the background: CellsExportStep, then CellsExported, Failed or Stopped of ``cells``.

        Parameters
        ----------
        folder
            Where to; see :func:`leukoscope.workflow.site.cell_export.place_in`.
        form, locked
            As :meth:`leukoscope.workflow.site.cell_export.CellExport.write` has them.
        """

        def work(cancel: CancelToken) -> None:
            from leukoscope.workflow.site.cell_export import CellExport, CellFormat, place_in

            out = place_in(folder, CellFormat(form))
            export = CellExport(self._repository, self._operator, self._service.lab)
            made = export.write(
                out, CellFormat(form), locked=locked, cancel=cancel,
                on_progress=lambda one: self._tell(CellsExportStep(one)),
            )  # fmt: skip
            self._tell(CellsExported(out, sum(made.cells.values()), sum(made.patients.values()), made.kept_back))

        with self._operator.doing(Act.EXPORT_CELLS):
            self._jobs.run(EXPORT_JOB, self._operator.bound(work))

    def stop_export(self) -> None:
        """Stop writing cells; nothing has left then."""
        self._jobs.stop(EXPORT_JOB)

    def _run(self, work: Callable[[CancelToken], None]) -> None:
        """One at a time: each takes the engine and the record of the lab."""
        with self._operator.doing(Act.TEACH):
            if not self._working.acquire(blocking=False):
                raise SiteError("Cells are being read or taught already; wait, or stop that first.")

            def run(cancel: CancelToken) -> None:
                try:
                    work(cancel)
                finally:
                    self._working.release()

            self._jobs.run(JOB, self._operator.bound(run))

    def _listener(self, cancel: CancelToken) -> Callable[[TeachStep], None]:
        def told(step: TeachStep) -> None:
            cancel.raise_if_cancelled()
            self._tell(TeachingStep(step))

        return told

    def _cells(self, source: Source, reading: Reading) -> Callable[[Lab], Iterable[LabeledCell]]:
        from leukoscope.workflow.site.from_cases import read_cases
        from leukoscope.workflow.site.labeled import read_folder

        if isinstance(source, Path):
            return lambda lab: read_folder(source, lab, reading)
        return lambda lab: read_cases(self._repository, lab, reading, source or "")

    @contextmanager
    def _shipped_panel(self) -> Iterator[ModelPanel]:
        """The shipped models: those that run already, where no profile speaks."""
        if not self._runtime().speaking:
            yield self._runtime().panel()
            return
        with self._panel(None) as panel:
            yield panel

    @contextmanager
    def _panel(self, profile: LoadedProfile | None) -> Iterator[ModelPanel]:
        from leukoscope.workflow.model_panel import make_panel

        panel = make_panel(self._runtime().shipped(), self._home.graphs, None, profile)
        try:
            yield panel
        finally:
            panel.close()

    # Profiles --------------------------------------------------------------------------------------------------

    def profiles(self) -> ProfileList:
        """All profiles, and which one speaks."""
        from leukoscope.workflow.site.profile_list import list_profiles

        self._operator.look(Act.SEE_LIST)
        runtime = self._runtime()
        return list_profiles(self._service, runtime.shipped(), runtime.library.list())

    def activate(self, title: str, reason: str = "") -> None:
        """Let a profile speak from the next image on, in this window too; see ``SiteService.activate``."""
        self._operator.require(Act.SITE)
        self._service.activate(title, self._runtime().shipped(), reason)
        self._take_up()

    def retire(self, reason: str = "") -> None:
        """Let the shipped models speak again from the next image on."""
        self._service.retire(reason)
        self._take_up()

    def go_back(self) -> str:
        """Let speak again what spoke before; gives its title, empty for the shipped models."""
        self._operator.require(Act.SITE)
        title = self._service.go_back(self._runtime().shipped())
        self._take_up()
        return title

    def export(self, title: str, file: Path) -> Path:
        """Write a profile's file for another workstation; gives where it lies."""
        return self._service.export(title, file)[1]

    def take(self, file: Path) -> str:
        """Take a profile of another workstation; gives its title."""
        return self._service.take(file)[0].title

    def _take_up(self) -> None:
        """The engine speaks with it before the next image; images under way end with the former one."""

        def work(_: CancelToken) -> None:
            self._turn_over()
            self._runtime().panel()

        self._jobs.run("engine", work)
