"""The models as a person keeps them: installed, chosen, checked, imported, removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.feeding import Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.events import Event, ImportStep, ModelImported
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.inference.library import BundleCheck, InstalledBundle
    from leukoscope.workflow.model_runtime import ModelRuntime


class ModelRegistry:
    """What a person does with models.

    Parameters
    ----------
    runtime
        Gives the models and the engine; made when first needed.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    keep
        Keeps the names of the chosen ones as a setting.
    wait_idle
        Waits until no image is under way.
    operator
        Who works here, and what they may do.
    """

    def __init__(
        self,
        runtime: Callable[[], ModelRuntime],
        jobs: Jobs,
        tell: Callable[[Event], None],
        keep: Callable[[tuple[str, ...]], object],
        wait_idle: Callable[[], object],
        operator: OperatorSession,
    ) -> None:
        self._runtime, self._jobs, self._tell, self._keep, self._wait_idle = runtime, jobs, tell, keep, wait_idle
        self._operator = operator

    def installed(self) -> tuple[InstalledBundle, ...]:
        """All installed bundles."""
        return self._runtime().library.list()

    def speaking(self) -> str:
        """Name and number of the site profile that the chosen ones speak with; empty for none."""
        return self._runtime().speaking

    def chosen(self) -> tuple[str, ...]:
        """Names of the bundles that judge."""
        return self._runtime().chosen

    def choose(self, names: Sequence[str]) -> None:
        """Let these bundles judge from now on; images under way keep the former ones.

        Raises
        ------
        AccessError
            When an administrator must do it.
        BundleError
            For a name that is not installed.
        """
        with self._operator.doing(Act.MODELS):
            former = self._runtime().choose(names)
            self._keep(tuple(names))

        def change(cancel: CancelToken) -> None:
            if former is not None:
                self._wait_idle()
                former.close_when_idle(cancel)
            self._runtime().panel()

        self._jobs.run("engine", change)

    def verify(self, name: str) -> tuple[BundleCheck, ...]:
        """Check an installed bundle's files."""
        return self._runtime().verify(name)

    def install(self, file: Path, classes: tuple[str, str], name: str | None, feeding: Feeding) -> None:
        """Import a Keras file in the background: ImportStep, then ModelImported, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            def step(text: str, done: int, total: int) -> None:
                self._tell(ImportStep(text, done, total))

            bundle = self._runtime().install(file, classes, name, feeding, step, cancel)
            self._tell(ModelImported(bundle.manifest.name))

        with self._operator.doing(Act.MODELS):
            self._jobs.run("import", self._operator.bound(run))

    def remove(self, name: str) -> None:
        """Remove an imported bundle; it judges no longer."""
        with self._operator.doing(Act.MODELS):
            chosen = self.chosen()
            if name in chosen:
                self.choose(tuple(one for one in chosen if one != name))
            self._runtime().library.remove(name)
