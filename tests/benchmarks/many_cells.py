"""A run over very many cells, killed and resumed: ``python -m tests.benchmarks.many_cells --cells 100000``.

Prints what a cell costs in processor time at a thousand and at all, how memory grows, what going on costs, and whether
what was killed and resumed wrote what an uninterrupted run wrote. Cells are those of the demo, each a little different.
``--models`` has the shipped models judge; without, a judge that needs no engine, so that all else shows.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from leukoscope.domain.progress import Progress
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from tests.drawn_run import MeanJudge, draw_cells

EVERY = 500
"""Images between two looks at time and memory."""
WARM = 1000
"""So many are judged before a cell's cost at the beginning is taken: libraries are loaded, memory is at hand."""


def judge(images: Path, out: Path, notes: Path, *, models: bool) -> None:
    """One start of the run; notes time and memory as it gets on."""
    program = psutil.Process()

    def look(progress: Progress) -> None:
        if progress.done % EVERY and progress.done != progress.total:
            return
        every = [program, *program.children(recursive=True)]
        spent = sum(one.cpu_times().user + one.cpu_times().system for one in every)
        told = {"done": progress.done, "cpu": spent, "memory": program.memory_info().rss, "failed": progress.failed}
        with notes.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(told) + "\n")

    request = BatchRequest((images,), out, maps=False, lines=True)
    if not models:
        analyze_to_folder(request, MeanJudge(), (), on_progress=look)
        return
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import AppDirs, shipped_models
    from leukoscope.workflow.model_panel import make_panel
    from leukoscope.workflow.model_runtime import choose

    home = AppDirs.of_user()
    bundles = choose(BundleLibrary(shipped_models(), home.models), ())
    with closing(make_panel(bundles, home.graphs)) as panel:
        analyze_to_folder(request, panel, panel.bundles, on_progress=look)


def start(images: Path, out: Path, notes: Path, *, models: bool, kill_at: int = 0) -> list[dict[str, Any]]:
    """Run it in a process of its own, which is killed when so many are done; gives what it noted."""
    notes.write_text("", encoding="utf-8")
    words = [sys.executable, "-m", "tests.benchmarks.many_cells", "--start", str(images), str(out), str(notes)]
    process = subprocess.Popen([*words, *(["--models"] if models else [])])
    while process.poll() is None:
        time.sleep(0.05)
        if kill_at and _noted(notes) and _noted(notes)[-1]["done"] >= kill_at:
            process.send_signal(signal.SIGKILL)
    assert process.returncode == (-signal.SIGKILL if kill_at else 0), process.returncode
    return _noted(notes)


def _noted(notes: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in notes.read_text(encoding="utf-8").split("\n")[:-1]]


def digests(out: Path) -> dict[str, str]:
    """What a run has written."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def between(notes: Sequence[dict[str, Any]], first: int, last: int) -> float:
    """Processor seconds for an image, from one count to another."""
    at = {one["done"]: one["cpu"] for one in notes}
    return float(at[last] - at[first]) / (last - first)


def campaign(work: Path, cells: int, kills: Sequence[int], *, models: bool) -> int:
    """All of it; 0 when everything is as it must be."""
    images = work / "in"
    draw_cells(images, cells)
    notes = start(images, work / "once", work / "notes", models=models)
    early, late = between(notes, WARM, 2 * WARM), between(notes, notes[-1]["done"] - WARM, notes[-1]["done"])
    whole = between(notes, WARM, notes[-1]["done"])
    growth = (notes[-1]["memory"] - next(one["memory"] for one in notes if one["done"] == WARM)) / (cells - WARM)
    print(f"{cells} cells: {1e3 * early:.2f} ms of processor time a cell at {WARM}, {1e3 * late:.2f} at the end,")
    print(f"  {1e3 * whole:.2f} on the average: {whole / early - 1:+.1%}; memory {growth:.0f} bytes for each more")
    for kill_at in kills:
        ended = start(images, work / "out", work / "notes", models=models, kill_at=kill_at)
        print(f"killed at {ended[-1]['done']} after {ended[-1]['cpu']:.0f} s of processor time")
    ended = start(images, work / "out", work / "notes", models=models)
    print(f"went on to the end in {ended[-1]['cpu']:.0f} s; the whole took {notes[-1]['cpu']:.0f} s")
    same = digests(work / "once") == digests(work / "out")
    print(f"{'the same' if same else 'NOT THE SAME'}, byte for byte: {', '.join(digests(work / 'out'))}")
    return 0 if same and whole < 1.05 * early else 1


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--kills", type=int, nargs="*", default=None, help="when it is killed (default: twice)")
    parser.add_argument("--models", action="store_true", help="judge with the shipped models")
    parser.add_argument("--work", type=Path, help="folder for cells and results (default: one that goes)")
    parser.add_argument("--start", type=Path, nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.start:
        judge(*asked.start, models=asked.models)
        return 0
    work = asked.work or Path(tempfile.mkdtemp(prefix="leukoscope-many-"))
    kills = [asked.cells // 5, 3 * asked.cells // 5] if asked.kills is None else asked.kills
    try:
        return campaign(work, asked.cells, kills, models=asked.models)
    finally:
        if asked.work is None:
            shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main())
