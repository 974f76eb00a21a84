"""One compiled bundle, ready to judge CellImages. Uses OpenVINO only; runs in a child process only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from leukoscope.domain.errors import BundleError
from leukoscope.domain.findings import Naming, Opinion
from leukoscope.domain.frames import Pixels
from leukoscope.inference.graph_cache import GRAPH_FILE
from leukoscope.inference.manifest import Manifest, read_manifest
from leukoscope.inference.namings import naming_of
from leukoscope.inference.opinions import LOGIT, NoveltyReference, load_novelty, opinion_of
from leukoscope.inference.preprocessing import model_input

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
class Runner:
    """One bundle, ready to judge."""

    manifest: Manifest
    reference: NoveltyReference | None
    request: ov.InferRequest

    def opinion(self, pixels: Pixels, *, maps: bool) -> Opinion:
        """Judge one CellImage, shape (canvas, canvas, 3) uint8, for leukemia.

        Raises
        ------
        BundleError
            When the model gives no finite number.
        """
        return opinion_of(self._outputs(pixels, maps=maps), self.manifest, self.reference)

    def naming(self, pixels: Pixels, *, maps: bool) -> Naming:
        """Name one CellImage, shape (canvas, canvas, 3) uint8; only of a differential bundle.

        Raises
        ------
        BundleError
            When the model gives no finite number.
        """
        return naming_of(self._outputs(pixels, maps=maps), self.manifest, self.reference)

    def _outputs(self, pixels: Pixels, *, maps: bool) -> dict[str, NDArray[np.float32]]:
        inputs = model_input(pixels, self.manifest.preprocessing)
        self.request.infer([inputs[None]], share_inputs=True)
        outputs = {}
        for port in self.request.model_outputs:
            name = port.get_any_name()
            if maps or not name.startswith("map:"):
                outputs[name] = np.array(self.request.get_tensor(port).data)
        if not all(np.isfinite(values).all() for values in outputs.values()):
            raise BundleError(f"The model “{self.manifest.name}” gave no number for a cell; verify its files.", LOGIT)
        return outputs


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
    return Runner(manifest, load_novelty(bundle, manifest), compiled.create_infer_request())
