"""Graphs compiled ahead of the tests: ``python -m tests.compiled_graphs MODELS CACHE`` makes those that are missing.

The engine compiles each bundle in a process of its own and imports TensorFlow for each; here one process does for all.
Two that are started at once, one by each worker of a run, divide the bundles between them.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from leukoscope.inference.graph_cache import graph_folder, is_whole
from leukoscope.inference.library import BundleLibrary, InstalledBundle

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE_S = 600.0


def missing(models: Path, cache: Path) -> list[InstalledBundle]:
    """Networks in a folder that have no whole graph in a cache."""
    networks = (one for one in BundleLibrary(models, models / "none").list() if one.is_network)
    return [one for one in networks if not is_whole(graph_folder(cache, one.manifest))]


def compile_missing(models: Path, cache: Path) -> None:
    """Compile what is missing, in a process that ends afterwards: none that shows a window has TensorFlow in it."""
    if missing(models, cache):
        command = [sys.executable, "-m", "tests.compiled_graphs", str(models), str(cache)]
        subprocess.run(command, check=True, cwd=REPOSITORY)


def main(models: Path, cache: Path) -> None:
    """Compile in this process."""
    from leukoscope.inference.compile_process import compile_into_cache, silence_tensorflow

    cache.mkdir(parents=True, exist_ok=True)
    silence_tensorflow(cache)
    # First what nobody else is at, then what is left when they are done, or have failed.
    for patience in (0, PATIENCE_S):
        for bundle in missing(models, cache):
            # Beside the cache: what is in it is copied into the homes of tests.
            lock = cache.with_name(f"{cache.name}-{bundle.manifest.name}.lock")
            with suppress(Timeout) if patience == 0 else nullcontext(), FileLock(lock, timeout=patience):
                if not is_whole(graph_folder(cache, bundle.manifest)):
                    compile_into_cache(bundle.path, cache)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
