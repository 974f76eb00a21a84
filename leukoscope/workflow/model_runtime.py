"""The models of the running program: which there are, which judge, and the engine that runs them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine import EngineState
from leukoscope.inference.input_schema import FeedingTrial
from leukoscope.inference.library import BundleCheck, BundleLibrary, InstalledBundle
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.own_model.activation import needs_reason, refuse_unfit
from leukoscope.workflow.site.in_force import library_of, profile_in_force

if TYPE_CHECKING:
    from leukoscope.inference.stepped_child import SteppedChild

logger = logging.getLogger(__name__)

DEFAULT_MODELS = ("differential", "ensemble", "hybrid", "morphology")
"""The house bundles, in the order they speak."""


def judging(library: BundleLibrary, kept: Sequence[str]) -> tuple[str, ...]:
    """Names of the bundles that judge, of those that a person chose; one that is gone or unfit is left out.

    Raises
    ------
    BundleError
        When there is no model at all.
    """
    installed = {bundle.manifest.name for bundle in library.list() if not needs_reason(bundle)}
    return tuple(bundle.manifest.name for bundle in choose(library, tuple(name for name in kept if name in installed)))


def choose(library: BundleLibrary, names: Sequence[str]) -> tuple[InstalledBundle, ...]:
    """Bundles by name; without names the house bundles, or whatever there is.

    Raises
    ------
    BundleError
        For a name that is not installed, for an imported model that may not judge (see ``own_model.activation``), or
        when there is no model at all.
    """
    if names:
        asked = tuple(library.get(name) for name in dict.fromkeys(names))
        refuse_unfit(asked)
        return asked
    installed = {bundle.manifest.name: bundle for bundle in library.list() if not needs_reason(bundle)}
    chosen = tuple(installed[name] for name in DEFAULT_MODELS if name in installed) or tuple(installed.values())
    if not chosen:
        raise BundleError("No model is installed; import one on the Models page.")
    return chosen


class ModelRuntime:
    """Library and engine of one running program. Thread-safe.

    Parameters
    ----------
    home
        The user's folders.
    chosen
        Names of the bundles that judge; empty for the house bundles.
    on_state
        Called from the engine's threads when its state changes.
    on_speaking
        Called with the site profile of each new ModelPanel, by name and number, empty for none; and with the ModelPanel
        that it takes the place of, if any, which is to be closed when nothing under way needs it any more.
    """

    def __init__(
        self,
        home: AppDirs,
        chosen: Sequence[str],
        on_state: Callable[[EngineState], None],
        on_speaking: Callable[[str, ModelPanel | None], None],
    ) -> None:
        self.library = BundleLibrary(shipped_models(), home.models)
        self._home, self._on_state, self._on_speaking = home, on_state, on_speaking
        self._chosen = tuple(chosen)
        self._lock = threading.Lock()
        self._panel: ModelPanel | None = None
        self._speaking: tuple[str, str] | None = None
        self._child: SteppedChild | None = None

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the bundles that judge; a chosen one that is gone is left out."""
        return judging(self.library, self._chosen)

    @property
    def bundles(self) -> tuple[InstalledBundle, ...]:
        """The bundles that judge, as they speak with the site profile in force."""
        return self.panel_of(None).bundles

    def panel_of(self, on_state: Callable[[EngineState], None] | None) -> ModelPanel:
        """A ModelPanel of the chosen bundles and the site profile in force, not started.

        Raises
        ------
        BundleError
            When there is no model.
        SiteError
            When the profile in force cannot speak: judging without it would pass for judging with it.
        """
        bundles = tuple(self.library.get(name) for name in self.chosen)
        return make_panel(bundles, self._home.graphs, on_state, profile_in_force(self._home, bundles))

    @property
    def speaking(self) -> str:
        """Name and number of the site profile in force, readable or not; empty for none."""
        in_force = library_of(self._home).in_force
        return "" if in_force is None else in_force[0]

    def shipped(self) -> tuple[InstalledBundle, ...]:
        """The bundles that judge, as they ship: a site profile is taught and proven beside these."""
        return tuple(self.library.get(name) for name in self.chosen)

    def panel(self) -> ModelPanel:
        """All that judge; the engine is started on first call, and anew once another site profile is in force.

        Raises
        ------
        BundleError
            When there is no model.
        SiteError
            As :meth:`panel_of` does.
        """
        with self._lock:
            in_force = library_of(self._home).in_force
            if self._panel is not None and in_force == self._speaking:
                return self._panel
            made = self.panel_of(self._on_state)
            made.start()
            former, self._panel, self._speaking = self._panel, made, in_force
        self._on_speaking("" if in_force is None else in_force[0], former)
        return made

    def choose(self, names: Sequence[str]) -> ModelPanel | None:
        """Let other bundles judge from the next batch on.

        Returns
        -------
        ModelPanel or None
            The former one: close it when nothing under way needs it any more.

        Raises
        ------
        BundleError
            For a name that is not installed; nothing has changed then.
        """
        choose(self.library, names)
        with self._lock:
            self._chosen = tuple(names)
            former, self._panel = self._panel, None
        return former

    def trial_child(self) -> SteppedChild:
        """A child that tries how a model is fed, and has it loaded when it is installed; another one ends."""
        from leukoscope.inference.import_child import import_child

        self._end_child()
        self._child = import_child()
        self._child.prepare()
        return self._child

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def install(
        self,
        file: Path,
        classes: tuple[str, ...],
        name: str | None,
        fed: tuple[Feeding, FeedingTrial | None],
        on_step: Callable[[str, int, int], None],
        cancel: CancelToken,
        output: str = "",
        follows: str = "",
    ) -> InstalledBundle:
        """Import a model into the user's folder; see ``inference.importer.import_model``."""
        from leukoscope.inference.importer import import_model
        from leukoscope.workflow.map_cells import cells_for_maps

        return import_model(
            file,
            self.library,
            classes=classes,
            name=name,
            feeding=fed[0],
            tried=fed[1],
            output=output,
            follows=follows,
            cells=cells_for_maps(),
            graphs=self._home.graphs,
            on_step=on_step,
            cancel=cancel,
            child=self._child,
        )

    def verify(self, name: str) -> tuple[BundleCheck, ...]:
        """Check an installed bundle's files."""
        return self.library.verify(name)

    def close(self) -> None:
        """End the engine."""
        with self._lock:
            panel, self._panel = self._panel, None
        self._end_child()
        if panel is not None:
            panel.close()
