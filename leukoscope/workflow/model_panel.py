"""Who judges: the engine with its networks, and beside it the figures of shape, which need no engine."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import BundleError
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_profiles import Pooling
from leukoscope.imaging.morphology import measure
from leukoscope.imaging.views import with_views
from leukoscope.inference.engine import Engine, EngineState
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.shape_opinion import measured_figures, shape_opinion
from leukoscope.inference.site_profile import LoadedProfile

LOOK_S = 0.5
"""How often somebody who waits for the end of all calls looks whether to wait on."""


class ModelPanel:
    """Asks every chosen bundle in its own way and gives what they say in the order asked for. Thread-safe.

    Parameters
    ----------
    bundles
        All that are chosen, in the order they speak.
    engine
        Holds the networks among them; ``None`` when there is none.
    pooling
        How the site profile in force combines what they say; ``None`` without one.
    """

    def __init__(
        self, bundles: Sequence[InstalledBundle], engine: Engine | None, pooling: Pooling | None = None
    ) -> None:
        if not bundles:
            raise BundleError("No model is chosen; choose one on the Models page.")
        self.bundles = tuple(bundles)
        self.engine = engine
        self._pooling = pooling
        self._calls, self._idle = 0, threading.Condition()

    @property
    def networks(self) -> tuple[InstalledBundle, ...]:
        """Those that the engine holds."""
        return tuple(bundle for bundle in self.bundles if bundle.is_network)

    def judge(
        self,
        cell_images: Iterable[CellImage],
        *,
        bundles: Sequence[str] | None = None,
        maps: bool = True,
        cancel: CancelToken | None = None,
        features: bool = False,
    ) -> Iterator[Judgement]:
        """Judge CellImages, lazily and in order; see ``Engine.judge``.

        Raises
        ------
        BundleError
            When a bundle is unknown or cannot be loaded.
        EngineError, CancelledError
            As the engine does.
        """
        with self._under_way():
            yield from self._judged(cell_images, bundles, (maps, features), cancel)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        with self._idle:
            self._calls += 1
        try:
            yield
        finally:
            with self._idle:
                self._calls -= 1
                self._idle.notify_all()

    def _judged(
        self,
        cell_images: Iterable[CellImage],
        bundles: Sequence[str] | None,
        wanted: tuple[bool, bool],
        cancel: CancelToken | None,
    ) -> Iterator[Judgement]:
        known = {bundle.manifest.name: bundle for bundle in self.bundles}
        names = tuple(known) if bundles is None else tuple(bundles)
        unknown = set(names) - set(known)
        if unknown:
            raise BundleError(f"The model “{min(unknown)}” is not among the chosen ones; choose it on the Models page.")
        networks = tuple(name for name in names if known[name].is_network)
        shapes = [known[name].manifest for name in names if not known[name].is_network]
        for image, said in self._with_networks(cell_images, networks, wanted, cancel):
            lost = bool(networks) and said.is_empty
            whole = said if not shapes or lost else with_shape(said, image, shapes, names)
            pooled = self._pooling is not None and any(self._pooling.weight(one) > 0 for one in whole.opinions)
            yield replace(whole, pooling=self._pooling) if pooled else whole

    def _with_networks(
        self,
        cell_images: Iterable[CellImage],
        networks: Sequence[str],
        wanted: tuple[bool, bool],
        cancel: CancelToken | None,
    ) -> Iterator[tuple[CellImage, Judgement]]:
        if not networks or self.engine is None:
            for image in cell_images:
                if cancel is not None:
                    cancel.raise_if_cancelled()
                yield image, Judgement()
            return
        under_way: deque[CellImage] = deque()
        asked_of = set(networks)
        cuts = {one.manifest.preprocessing.cut for one in self.networks if one.manifest.name in asked_of}

        def noted() -> Iterator[CellImage]:
            for image in cell_images:
                under_way.append(image)
                yield with_views(image, cuts)

        maps, features = wanted
        asked = self.engine.judge(noted(), bundles=networks, maps=maps, cancel=cancel, features=features)
        for judgement in asked:
            yield under_way.popleft(), judgement

    def start(self) -> None:
        """Start the engine if it is not running; returns at once."""
        if self.engine is not None:
            self.engine.start()

    def close_when_idle(self, cancel: CancelToken) -> None:
        """End the engine once nobody asks it any more; at once after a cancel."""
        with self._idle:
            while self._calls and not cancel.cancelled:
                self._idle.wait(LOOK_S)
        self.close()

    def close(self) -> None:
        """End the engine."""
        if self.engine is not None:
            self.engine.close()


class CurrentPanel:
    """Asks whoever judges at the moment, for those who ask again and again while models and profiles may change.

    Parameters
    ----------
    panel
        Gives the one of now.
    """

    def __init__(self, panel: Callable[[], ModelPanel]) -> None:
        self._panel = panel

    def judge(
        self,
        cell_images: Iterable[CellImage],
        *,
        bundles: Sequence[str] | None = None,
        maps: bool = True,
        cancel: CancelToken | None = None,
    ) -> Iterator[Judgement]:
        """As the ModelPanel does."""
        return self._panel().judge(cell_images, bundles=bundles, maps=maps, cancel=cancel)


def with_shape(said: Judgement, image: CellImage, shapes: Sequence[Manifest], names: Sequence[str]) -> Judgement:
    """What the networks say of a cell, with what is measured on it.

    Every cell is measured; of one that is kept from the leukemia models only the opinion is withheld.

    Parameters
    ----------
    said
        Of the networks.
    image
        The cell.
    shapes
        Bundles of the kind ``morphology``, at least one; the ranges of the first stand beside bare figures.
    names
        The order in which bundles speak.
    """
    measured = measure(image)
    if said.naming is not None and said.naming.kept_out:
        return replace(said, measured=measured_figures(shapes[0], measured))
    spoken = {opinion.bundle.name: opinion for opinion in said.opinions}
    spoken |= {manifest.name: shape_opinion(manifest, measured) for manifest in shapes}
    return Judgement(tuple(spoken[name] for name in names if name in spoken), said.naming)


def make_panel(
    bundles: Sequence[InstalledBundle],
    graphs: Path,
    on_state: Callable[[EngineState], None] | None = None,
    profile: LoadedProfile | None = None,
) -> ModelPanel:
    """A ModelPanel of these bundles; its engine starts when it is first asked.

    With a site profile they speak by its heads, and say so in their versions.

    Raises
    ------
    BundleError
        Without bundles.
    """
    if profile is not None:
        bundles = [replace(bundle, manifest=profile.taught(bundle.manifest)) for bundle in bundles]
    networks = [bundle for bundle in bundles if bundle.is_network]
    data = None if profile is None else profile.data
    engine = Engine(networks, graphs, on_state=on_state, profile=data) if networks else None
    return ModelPanel(bundles, engine, None if profile is None else profile.pooling)
