"""What the shipped bundles make of cells they were not trained on: ``python -m tests.benchmarks.bench_novelty``.

Normal leukocytes of another laboratory (PBC) and of fields (BCCD) ought to end up unsure, the training cells not.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.bench_localize import DATA, proportion

UNLIKE = "unlike-training-data"


def judged(files: Sequence[Path], view: str, out: Path) -> list[dict[str, str]]:
    """The rows of the findings of some images, as the command line writes them."""
    command = [sys.executable, "-m", "leukoscope", "analyze", *map(str, files), "--view", view, "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with (out / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["label"]]


def main(_arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    if not DATA.is_dir():
        print(f"needs the real images in {DATA}")
        return
    kinds = [(f"PBC {folder.name}", folder, "auto", 10) for folder in sorted((DATA / "leukocytes_context").iterdir())]
    kinds += [("BCCD, leukocytes of fields", DATA / "bccd/images", "field", 6)]
    kinds += [
        ("C-NMC leukemic (trained on)", DATA / "cnmc_fold1/all", "cell", 30),
        ("C-NMC healthy (trained on)", DATA / "cnmc_fold1/hem", "cell", 15),
    ]
    print("share of cells that are unsure because they are unlike the training data; then called leukemic, healthy")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, source, view, step) in enumerate(kinds):
            files = sorted(file for file in source.iterdir() if file.suffix in {".jpg", ".webp"})[::step]
            rows = judged(files, view, Path(folder, str(number)))
            unlike = sum(UNLIKE in row["unsure"] for row in rows)
            called = [sum(row["label"] == label for row in rows) for label in ("leukemic", "healthy")]
            print(proportion(name, unlike, len(rows)) + f"  leukemic {called[0]}, healthy {called[1]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
