"""One compiled bundle, ready to judge CellImages. Uses OpenVINO only; runs in a child process only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from leukoscope.domain.cells import CutCell
from leukoscope.domain.cuts import PLAIN
from leukoscope.domain.errors import BundleError
from leukoscope.domain.findings import Naming, Opinion
from leukoscope.inference.graph_cache import GRAPH_FILE
from leukoscope.inference.manifest import Manifest, read_manifest
from leukoscope.inference.messages import Cell
from leukoscope.inference.namings import naming_of
from leukoscope.inference.opinions import FEATURES, LOGIT, NoveltyReference, load_novelty, opinion_of
from leukoscope.inference.preprocessing import model_input, seen_box
from leukoscope.inference.site_heads import SiteClassHead, SiteHead
from leukoscope.inference.site_profile import LoadedProfile

COMPILE_OPTIONS = {
    "INFERENCE_PRECISION_HINT": "f32",
    "PERFORMANCE_HINT": "LATENCY",
    "NUM_STREAMS": "1",
    "ENABLE_CPU_PINNING": "NO",
}
"""float32 always: by default OpenVINO takes bfloat16 where the CPU has it, and two workstations would differ.

Threads are not pinned: a workstation has other work, and a pinned thread waits behind it (25 to 50 % slower there).
One cell at a time: a cell's figures cannot depend on what else is in a batch.
"""


@dataclass(frozen=True, eq=False)
class SiteOutputs:
    """A site profile's head in the place of a network's own.

    Parameters
    ----------
    shipped
        The manifest of the bundle as it ships, which calibrates its own head.
    head
        The new one; ``None`` where the profile leaves the head as it is.
    """

    shipped: Manifest
    head: SiteHead | SiteClassHead | None

    def instead(self, outputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """The outputs of one cell with the new head's calibrated logits."""
        if self.head is None:
            return outputs
        calibration = self.shipped.calibration
        logits = outputs[LOGIT].astype(np.float64).reshape(-1) / calibration.temperature + calibration.bias
        features = outputs[FEATURES].astype(np.float64)
        said = self.head.logits(features, logits[None] if isinstance(self.head, SiteClassHead) else logits)
        return {**outputs, LOGIT: said.astype(np.float32)}


@dataclass(frozen=True, eq=False)
class Runner:
    """One bundle, ready to judge."""

    manifest: Manifest
    reference: NoveltyReference | None
    request: ov.InferRequest
    graph: Path
    site: SiteOutputs | None = None

    def opinion(self, cell: Cell) -> Opinion:
        """Judge one cell for leukemia.

        Raises
        ------
        BundleError
            When the model gives no finite number.
        """
        outputs = self._outputs(cell)
        extent = seen_box(self.manifest.preprocessing, self._view(cell))
        said = opinion_of(outputs, self.manifest, self.reference, extent)
        return replace(said, features=outputs[FEATURES][0]) if cell.features and FEATURES in outputs else said

    def naming(self, cell: Cell) -> Naming:
        """Name one cell; only of a differential bundle.

        Raises
        ------
        BundleError
            When the model gives no finite number.
        """
        outputs = self._outputs(cell)
        extent = seen_box(self.manifest.preprocessing, self._view(cell))
        said = naming_of(outputs, self.manifest, self.reference, extent)
        return replace(said, features=outputs[FEATURES][0]) if cell.features and FEATURES in outputs else said

    def _view(self, cell: Cell) -> CutCell | None:
        """The cell cut out as this bundle wants it, where that is not the usual way."""
        cut = self.manifest.preprocessing.cut
        return None if cut == PLAIN else cell.views[cut]

    def _outputs(self, cell: Cell) -> dict[str, NDArray[np.float32]]:
        view = self._view(cell)
        inputs = model_input(cell.pixels if view is None else view.pixels, self.manifest.preprocessing)
        self.request.infer([inputs[None]], share_inputs=True)
        outputs = {}
        for port in self.request.model_outputs:
            name = port.get_any_name()
            if cell.maps or not name.startswith("map:"):
                outputs[name] = np.array(self.request.get_tensor(port).data)
        if not all(np.isfinite(values).all() for values in outputs.values()):
            raise BundleError(f"The model “{self.manifest.name}” gave no number for a cell; verify its files.", LOGIT)
        return outputs if self.site is None else self.site.instead(outputs)

    def taught(self, profile: LoadedProfile) -> Runner:
        """The same bundle as it speaks with a site profile; itself where the profile does not change it."""
        name = self.manifest.name
        if profile.of(name) is None:
            return self
        site = SiteOutputs(self.manifest, profile.head(name))
        return replace(
            self, manifest=profile.taught(self.manifest), reference=profile.novelty(name) or self.reference, site=site
        )


def load_runner(core: ov.Core, bundle: Path, graph: Path) -> Runner:
    """Load one bundle with its graph's folder.

    Raises
    ------
    RuntimeError
        When OpenVINO cannot read the graph.
    BundleError
        When a file of the bundle is damaged.
    """
    manifest = read_manifest(bundle)
    compiled = core.compile_model(core.read_model(graph / GRAPH_FILE), "CPU", COMPILE_OPTIONS)
    return Runner(manifest, load_novelty(bundle, manifest), compiled.create_infer_request(), graph / GRAPH_FILE)
