"""The two small real bundles of the tests with their compiled graphs, made once and kept in ``build/``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from leukoscope.inference.engine import Engine
from leukoscope.inference.library import BundleLibrary

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "build" / "torture-models"
PATIENCE_S = 900.0


def small_models() -> tuple[Path, Path]:
    """Folders of bundles and graphs: read them, write elsewhere."""
    bundles, graphs = KEPT / "bundles", KEPT / "graphs"
    if not graphs.is_dir():
        part = KEPT.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(KEPT, ignore_errors=True)
        command = [sys.executable, str(REPOSITORY / "tests" / "small_bundles.py"), str(part / "bundles")]
        subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True)
        (part / "graphs").mkdir()
        engine = Engine(BundleLibrary(part / "bundles", part / "none").list(), part / "graphs")
        try:
            engine.wait_ready(PATIENCE_S)
        finally:
            engine.close()
        part.rename(KEPT)
    return bundles, graphs
