"""A copy of the program and its tests, to be changed by a recipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COPIED, LINKED = ("leukoscope", "tests", "pyproject.toml"), ("resources", "models", "training", "docs")


class ProgramCopy:
    """Knows which files a recipe has touched.

    Parameters
    ----------
    repository
        The checkout.
    folder
        An empty folder for the copy.
    """

    def __init__(self, repository: Path, folder: Path) -> None:
        self.folder = folder
        self.touched: list[str] = []
        leave = shutil.ignore_patterns("__pycache__", ".*")
        for name in COPIED:
            source = repository / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=leave)
            else:
                shutil.copyfile(source, folder / name)
        for name in LINKED:
            (folder / name).symlink_to(repository / name, target_is_directory=True)

    def create(self, path: str, text: str) -> None:
        """Write a new file."""
        target = self.folder / path
        assert not target.exists(), f"{path} is there already"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self._touch(path)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once."""
        target = self.folder / path
        text = target.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path}: {text.count(old)} times {old!r}"
        target.write_text(text.replace(old, new), encoding="utf-8")
        self._touch(path)

    def _touch(self, path: str) -> None:
        if path not in self.touched:
            self.touched.append(path)

    def test(self, path: str) -> None:
        """Run one file of tests in the copy; fails with what it printed."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", path]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
