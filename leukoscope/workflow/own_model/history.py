"""The life of models in the running program: what each has judged, and how two do on the same labeled cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.events import Event
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.model_events import ModelsAsked, ModelsCompared
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.cases.model_uses import ModelUse
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.own_model.comparing import ModelComparison
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.proof_facts import ProofFacts

JOB = "models"
"""The name of its jobs."""


def compare_on(
    home: AppDirs,
    repository: CaseRepository,
    library: BundleLibrary,
    names: tuple[str, str],
    labeled: Path | None,
    reading: Reading,
    *,
    on_cell: Callable[[int], None],
    cancel: CancelToken | None = None,
) -> ModelComparison:
    """Compare two models, and put down in the audit trail that it was done.

    Parameters
    ----------
    home, repository, library
        Where everything is.
    names
        Of the two.
    labeled
        Folder of cells as ``CLASS/PATIENT/file``; ``None`` for what people decided in reviewed and signed cases.
    reading
        Filled with what was left out and why.
    on_cell, cancel
        As :func:`leukoscope.workflow.own_model.comparing.compare_models` has them.

    Raises
    ------
    LeukoScopeError
        As that function does; SiteError for a folder that is not sorted.
    """
    from leukoscope.workflow.own_model.comparing import MODELS_COMPARED, compare_models
    from leukoscope.workflow.site.from_cases import read_cases
    from leukoscope.workflow.site.lab import FOLDER, Lab
    from leukoscope.workflow.site.labeled import read_folder

    bundles = library.get(names[0]), library.get(names[1])
    lab = Lab(home.data / FOLDER)
    cells = read_cases(repository, lab, reading) if labeled is None else read_folder(labeled, lab, reading)
    open_cells = (cell for cell in cells if cell.subject not in lab.locked)
    found = compare_models(open_cells, bundles, home.graphs, on_cell=on_cell, cancel=cancel)
    said = f"{names[0]} beside {names[1]}: {found.proof.verdict}, {found.cells} cells"
    repository.store.trail.tell(MODELS_COMPARED, subject=names[1], new=said)
    return found


def _event(found: ModelComparison, facts: ProofFacts, left_out: int) -> ModelsCompared:
    right = tuple(sum(one.better is side for one in found.parted) for side in (False, True))
    parted = tuple((one.source, one.said, one.first, one.second) for one in found.parted)
    return ModelsCompared(found.names, facts, found.cells, left_out, parted, (right[0], right[1]))


class ModelHistory:
    """What a person asks about models that are installed.

    Parameters
    ----------
    home
        The user's folders.
    repository, operator
        The cases, and who works here.
    library
        Gives the models.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        home: AppDirs,
        repository: CaseRepository,
        operator: OperatorSession,
        library: Callable[[], BundleLibrary],
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        self._home, self._repository, self._operator = home, repository, operator
        self._library, self._jobs, self._tell = library, jobs, tell

    def cases(self, name: str) -> tuple[ModelUse, ...]:
        """The cases that a model has judged, the latest first.

        Raises
        ------
        AccessError
            When the list of cases may not be seen.
        BundleError
            When there is no such model.
        """
        from leukoscope.workflow.own_model.life import cases_of

        self._operator.look(Act.SEE_LIST)
        return cases_of(self._library().get(name), self._repository.store)

    def compare(self, first: str, second: str, labeled: Path | None) -> None:
        """Compare two models in the background: ModelsAsked, then ModelsCompared, Failed or Stopped of ``models``.

        Parameters
        ----------
        first, second, labeled
            As :func:`compare_on` has them.
        """

        def run(cancel: CancelToken) -> None:
            from leukoscope.workflow.site.labeled import Reading
            from leukoscope.workflow.site.proof_facts import proof_facts
            from leukoscope.workflow.site.teaching import proof_figures

            def on_cell(done: int) -> None:
                cancel.raise_if_cancelled()
                self._tell(ModelsAsked(done))

            reading = Reading()
            found = compare_on(
                self._home, self._repository, self._library(), (first, second), labeled, reading,
                on_cell=on_cell, cancel=cancel,
            )  # fmt: skip
            left_out = len(reading.refused) + len(reading.disagreements)
            self._tell(_event(found, proof_facts(proof_figures(found.proof)), left_out))

        with self._operator.doing(Act.TEACH):
            self._jobs.run(JOB, self._operator.bound(run))

    def stop(self) -> None:
        """Stop comparing; nothing of it is kept."""
        self._jobs.stop(JOB)
