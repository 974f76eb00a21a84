"""The models as a person keeps them: installed, chosen, checked, imported, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.events import Event
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.model_events import FeedingProposed, ImportStep, ModelImported
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.own_model.activation import needs_reason
from leukoscope.workflow.own_model.life import next_name, one_back, put_in_use
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.cases.store import CaseStore
    from leukoscope.inference.heads import Head
    from leukoscope.inference.input_schema import FeedingTrial
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
    store
        Its audit trail is told which imported models begin to judge.
    """

    def __init__(
        self,
        runtime: Callable[[], ModelRuntime],
        jobs: Jobs,
        tell: Callable[[Event], None],
        keep: Callable[[tuple[str, ...]], object],
        wait_idle: Callable[[], object],
        operator: OperatorSession,
        store: CaseStore,
    ) -> None:
        self._runtime, self._jobs, self._tell, self._keep, self._wait_idle = runtime, jobs, tell, keep, wait_idle
        self._operator, self._store = operator, store

    def installed(self) -> tuple[InstalledBundle, ...]:
        """All installed bundles."""
        return self._runtime().library.list()

    def speaking(self) -> str:
        """Name and number of the site profile that the chosen ones speak with; empty for none."""
        return self._runtime().speaking

    def chosen(self) -> tuple[str, ...]:
        """Names of the bundles that judge; none where the only ones installed may not judge without a reason."""
        try:
            return self._runtime().chosen
        except BundleError:
            return ()

    def choose(self, names: Sequence[str], reason: str = "") -> None:
        """Let these bundles judge from now on; images under way keep the former ones.

        Parameters
        ----------
        names
            Of the bundles.
        reason
            Why, where an imported one could not tell cells apart when it was tried.

        Raises
        ------
        AccessError
            When an administrator must do it.
        BundleError
            For a name that is not installed, or without a reason where one is needed.
        """
        with self._operator.doing(Act.MODELS):
            library, chosen = self._runtime().library, self.chosen()
            put_in_use(library, chosen, names, reason, self._store)
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

    def look(self, file: Path) -> tuple[Head, ...]:
        """Check a model file, and read which outputs it has; none where it does not say.

        Raises
        ------
        BundleError
            When it is refused.
        """
        from leukoscope.inference.looking import look_at

        return look_at(file, CancelToken())

    def propose(
        self,
        file: Path,
        classes: tuple[str, ...],
        name: str | None,
        labeled: Path | None,
        pinned: Mapping[str, Any] | None = None,
        output: str = "",
        follows: str = "",
    ) -> None:
        """Try how a model is to be fed, in the background: ImportStep, then FeedingProposed, Failed or Stopped.

        Parameters
        ----------
        follows
            The model whose next version it is; names it where nobody does.
        file, classes, labeled, pinned, output
            As :func:`leukoscope.workflow.own_model.feeding_proposal.propose` has them.
        name
            That it is to have; refused here already where it cannot.
        """

        def run(cancel: CancelToken) -> None:
            from leukoscope.inference.importer import bundle_name, check_words
            from leukoscope.inference.looking import look_at
            from leukoscope.workflow.own_model.feeding_proposal import propose

            check_words(self._named(name, follows) or bundle_name(file), classes, self._runtime().library)
            # What is refused is refused before cells are cut out for it.
            look_at(file, cancel)
            child = self._runtime().trial_child()
            self._tell(
                FeedingProposed(propose(file, classes, output, labeled, pinned or {}, self._step, cancel, child))
            )

        with self._operator.doing(Act.MODELS):
            self._jobs.run("import", self._operator.bound(run))

    def needs_reason(self, name: str) -> str:
        """Why a model may judge only with a written reason; empty where it needs none."""
        bundle = self._runtime().library.get(name)
        tried = bundle.manifest.tried
        return tried.text if tried is not None and needs_reason(bundle) else ""

    def install(
        self,
        file: Path,
        classes: tuple[str, ...],
        name: str | None,
        feeding: Feeding,
        tried: FeedingTrial | None = None,
        output: str = "",
        follows: str = "",
    ) -> None:
        """Import a model in the background: ImportStep, then ModelImported, Failed or Stopped.

        Parameters
        ----------
        file, classes, name, feeding, tried, output, follows
            As :func:`leukoscope.inference.importer.import_model` has them.
        """

        def run(cancel: CancelToken) -> None:
            chosen = self._named(name, follows)
            bundle = self._runtime().install(
                file, classes, chosen, (feeding, tried), self._step, cancel, output, follows
            )
            self._tell(ModelImported(bundle.manifest.name))

        with self._operator.doing(Act.MODELS):
            self._jobs.run("import", self._operator.bound(run))

    def _named(self, name: str | None, follows: str) -> str | None:
        return name or (next_name(self._runtime().library, follows) if follows else None)

    def go_back(self, name: str) -> None:
        """Let the version before judge in a model's place; images under way keep the former ones.

        Raises
        ------
        AccessError
            When an administrator must do it.
        BundleError
            When it follows no model that is installed, or judges no images.
        """
        with self._operator.doing(Act.MODELS):
            self.choose(one_back(self._runtime().library, self.chosen(), name))

    def _step(self, text: str, done: int, total: int) -> None:
        self._tell(ImportStep(text, done, total))

    def remove(self, name: str) -> None:
        """Remove an imported bundle; it judges no longer."""
        with self._operator.doing(Act.MODELS):
            chosen = self.chosen()
            if name in chosen:
                self.choose(tuple(one for one in chosen if one != name))
            self._runtime().library.remove(name)
