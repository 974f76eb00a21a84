"""The reference networks in full size, as published, imported like a person's own. Runs with ``make test-heavy``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine import Engine
from leukoscope.inference.importer import import_model
from leukoscope.inference.library import BundleLibrary
from tests.unit.inference.builders import cell_image

pytestmark = [pytest.mark.heavy, pytest.mark.slow]


@pytest.mark.parametrize(
    ("name", "suffix", "parameters", "maps"),
    [
        ("ensemble", "keras", 99_181_968, ["efficientnetb3", "resnet152v2", "convnext_tiny"]),
        ("ensemble", "h5", 99_181_968, ["efficientnetb3", "resnet152v2", "convnext_tiny"]),
        ("hybrid", "keras", None, ["efficientnetb0", "attention"]),
    ],
)
def test_a_reference_network_is_imported_and_judges(
    repository: Path, tmp_path: Path, name: str, suffix: str, parameters: int | None, maps: list[str]
) -> None:
    file = tmp_path / f"published.{suffix}"
    command = [sys.executable, "-m", "tests.benchmarks.reference", str(file), name]
    subprocess.run(command, check=True, cwd=repository, capture_output=True)
    library = BundleLibrary(tmp_path / "shipped", tmp_path / "user")
    bundle = import_model(
        file,
        library,
        classes=("healthy", "leukemic"),
        name=None,
        on_step=lambda text, done, total: None,
        cancel=CancelToken(),
    )
    file.unlink()
    assert parameters in (None, bundle.manifest.parameters)
    assert [one.name for one in bundle.manifest.explanations] == maps
    engine = Engine([bundle], tmp_path / "graphs")
    try:
        found = [judgement.opinions[0] for judgement in engine.judge(cell_image(seed) for seed in range(3))]
    finally:
        engine.close()
    assert len({one.probability for one in found}) == 3
    for one in found:
        assert 0.0 < one.probability < 1.0
        assert [m.name for m in one.maps] == maps
        assert all(np.isfinite(m.values).all() and m.values.std() > 0 for m in one.maps)
