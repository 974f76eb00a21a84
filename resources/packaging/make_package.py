"""``make package``: the program's folder and the installers of this system.

python resources/packaging/make_package.py [--edition full|lite] [--only folder|deb|archive]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import staging
import versions

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "package"
DIST = ROOT / "dist"
TENSORFLOW_LOCK = Path(__file__).with_name("tensorflow-cpu.lock")


def say(text: str) -> None:
    """One line for the person who set this going."""
    print(f"package: {text}", flush=True)


def tensorflow_for_processors() -> Path | None:
    """On Linux the build of the locked TensorFlow without code for graphics cards: a third of the size.

    Elsewhere the locked one is such a build already.
    """
    if not sys.platform.startswith("linux"):
        return None
    folder = WORK / "tensorflow"
    stamp = folder / "installed"
    wanted = TENSORFLOW_LOCK.read_text(encoding="utf-8")
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-compile", "--require-hashes", "-r", str(TENSORFLOW_LOCK), "--target", str(folder)]
        subprocess.run(command, check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def freeze(edition: str, version: str) -> Path:
    """Stage and freeze; returns the folder that is the program."""
    work, lite = WORK / edition, edition == "lite"
    staged = work / "staged"
    say(f"LeukoScope {version}, {edition} edition: laying out")
    staging.stage(ROOT, staged, WORK / "graphs", version, lite=lite)
    paths = [str(staged)]
    if not lite and (tensorflow := tensorflow_for_processors()):
        paths.append(str(tensorflow))
    say("freezing; this takes some minutes")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(work / "work"), "--distpath", str(work), str(ROOT / "build.spec"), "--"]
    command += ["--staged", str(staged), *(["--lite"] if lite else [])]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    return work / "leukoscope"


def size_of(folder: Path) -> float:
    """Megabytes on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def main() -> None:
    """Build what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", choices=["full", "lite"], default="full")
    parser.add_argument("--only", choices=["folder", "deb", "archive"])
    args = parser.parse_args()
    begun = time.perf_counter()
    version = versions.of_checkout(ROOT)
    folder = freeze(args.edition, version)
    say(f"{folder}: {size_of(folder):.0f} MB after {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
