"""The two small real bundles of the tests with their compiled graphs, made once for what they are made of, and kept.

TensorFlow is imported and graphs are compiled for them: seconds that each run of even one test, each worker of a run,
and the torture would take anew.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPT = REPOSITORY / "tests" / "small_bundles.py"
MADE_BY = ("leukoscope/inference", "leukoscope/domain")
MADE_WITH = ("tensorflow", "keras", "openvino", "numpy")
# Said while no test has changed where a user's folders are.
KEPT = user_cache_path("leukoscope-tests", appauthor=False)
PATIENCE_S = 900.0
MOST_KEPT = 4


def small_models() -> tuple[Path, Path]:
    """Folders of bundles and of graphs: read them, write elsewhere; other runs read them too."""
    KEPT.mkdir(parents=True, exist_ok=True)
    folder = KEPT / f"models-{_made_of()}"
    with FileLock(KEPT / "models.lock", timeout=PATIENCE_S):
        if not folder.is_dir():
            _make(folder)
            _forget_all_but_the_newest()
    return folder / "bundles", folder / "graphs"


def _made_of() -> str:
    """All that decides what they look like, in a word."""
    digest = hashlib.sha256(sys.version.encode())
    for name in MADE_WITH:
        digest.update(f"{name} {version(name)}\n".encode())
    for file in (SCRIPT, *(one for folder in MADE_BY for one in sorted((REPOSITORY / folder).rglob("*.py")))):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _make(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "tests.small_bundles", str(part)], check=True, cwd=REPOSITORY)
    part.rename(folder)


def _forget_all_but_the_newest() -> None:
    kept = sorted(KEPT.glob("models-*/"), key=lambda one: one.stat().st_mtime)
    for old in kept[:-MOST_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
