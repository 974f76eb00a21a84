"""A model file that was checked, loaded, looked into and compiled; kept for the next order about it.

Trying how a model is fed and importing it afterwards need the same network and the same graph, of which nothing depends
on how it is fed. Runs in a child process only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.errors import BundleError
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.manifest import ExplanationLayer, Manifest, file_sha256

if TYPE_CHECKING:
    import keras
    import openvino as ov

    from leukoscope.inference.branches import ModelStructure

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Examined:
    """A loaded network.

    Parameters
    ----------
    model
        Itself.
    head
        Which of several outputs is read; empty for the only one.
    found
        What it takes and gives, and the layers that are shown.
    """

    model: keras.Model
    head: str
    found: ModelStructure


class Examiner:
    """Keeps the network of the last order, and its graph."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._examined: Examined | None = None
        self._graph: ov.Model | None = None
        self._shown: frozenset[str] = frozenset()

    def check(self, order: ImportOrder) -> None:
        """Check the file of an order, unless it is the one that is kept.

        Raises
        ------
        BundleError
            When it is refused.
        """
        from leukoscope.inference.safety import check_model_file

        file = Path(order.file)
        key = (file_sha256(file) if file.is_file() else None, order.classes, order.output, order.maps)
        if self._examined is not None and key[0] is not None and key == self._key:
            return
        self.forget()
        check_model_file(file)
        self._key = key

    def examined(self, order: ImportOrder, on_loaded: Callable[[], object] = lambda: None) -> Examined:
        """The network of a file that was checked; ``on_loaded`` is told before it is looked into.

        Raises
        ------
        BundleError
            When it is refused.
        """
        if self._examined is not None:
            on_loaded()
            return self._examined
        from leukoscope.inference.branches import dissect
        from leukoscope.inference.explanations import by_class, shown_by
        from leukoscope.inference.loading import load_checked
        from leukoscope.inference.outputs import wanted_output
        from leukoscope.inference.sides import is_differential

        file = Path(order.file)
        model = load_checked(file, head=order.output)
        head = wanted_output(model, order, file.name)
        if head != order.output:
            model = load_checked(file, head=head)
        on_loaded()
        found = dissect(model, file.name)
        shown = shown_by(order.maps, found.explanations)
        found = replace(found, explanations=by_class(shown) if is_differential(order.classes) else shown)
        self._examined = Examined(model, head, found)
        return self._examined

    def graph(self, manifest: Manifest, without: Collection[str] = ()) -> tuple[Manifest, ov.Model]:
        """The compiled graph of the network, and the manifest with the maps that it gives.

        Maps that cannot be compiled are left out: without them the answer is the same.

        Parameters
        ----------
        manifest
            Of the network.
        without
            Names of maps that are not wanted.

        Raises
        ------
        BundleError
            When the network itself cannot be compiled.
        """
        from leukoscope.inference.graph import convert
        from leukoscope.inference.shared_weights import share_weights

        assert self._examined is not None, "examined first"
        if self._graph is None or without:
            kept = [one for one in manifest.explanations if one.name not in without]
            try:
                self._graph = convert(self._examined.model, _showing(manifest, kept))
            except BundleError as error:
                if not kept:
                    raise
                logger.warning("its maps are left out: %s", error.detail)
                kept = []
                self._graph = convert(self._examined.model, _showing(manifest, kept))
            self._shown = frozenset(one.name for one in kept)
            share_weights(self._graph)
        return _showing(manifest, [one for one in manifest.explanations if one.name in self._shown]), self._graph

    def forget(self) -> None:
        """Keep nothing."""
        self._key, self._examined, self._graph = (), None, None


def _showing(manifest: Manifest, layers: Sequence[ExplanationLayer]) -> Manifest:
    return manifest.model_copy(update={"explanations": tuple(layers)})
