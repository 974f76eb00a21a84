"""What the shipped bundles make of other labs' blood: ``python -m tests.benchmarks.bench_differential [--each N]``.

Goes through the program's own command line, from file to ``findings.json``. PBC: pictures that neither trained nor set
a threshold (WBCAtt's test part; of the classes that WBCAtt lacks, those dealt to the report). BCCD: the even fields.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sklearn.metrics import f1_score

from leukoscope.domain.cells import Box, overlap
from tests.benchmarks.bench_localize import DATA, marked_boxes, proportion
from training.config import CONFIG_FOLDER
from training.differential.attributes import read_attributes
from training.differential.cells import REPORT
from training.differential.recipe import read_recipe
from training.differential.sources import Job, list_jobs

_LINES = 400
"""Files of one call of the command line."""
_SAME = 0.3


@dataclass
class Score:
    """What became of cells whose class is known: pairs of class and what the program says."""

    truth: list[str] = field(default_factory=list)
    said: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, truth: str, cell: Mapping[str, Any]) -> None:
        """One cell."""
        self.truth.append(truth)
        self.said.append(cell)

    def show(self, name: str) -> None:
        """Print its lines."""
        total = len(self.truth)
        pairs = [(truth, cell["class"]["code"]) for truth, cell in zip(self.truth, self.said, strict=True)]
        sure = [pair for pair, cell in zip(pairs, self.said, strict=True) if cell["class"]["confident"]]
        labels = [cell["label"] for cell in self.said]
        print(f"\n{name}, {total} cells")
        print(proportion("  named with confidence", len(sure), total))
        print(proportion("  class right of these", sum(truth == code for truth, code in sure), len(sure)))
        print(f"  macro-F1 of these      {_f1(sure):.3f}, of all {_f1(pairs):.3f}")
        for label in ("leukemic", "healthy", "unsure"):
            print(proportion(f"  called {label}", labels.count(label), total))
        for truth in sorted(set(self.truth)):
            of = [cell for one, cell in zip(self.truth, self.said, strict=True) if one == truth]
            named = [cell["class"]["code"] for cell in of if cell["class"]["confident"]]
            others = {code: named.count(code) for code in sorted(set(named) - {truth})}
            counts = {label: sum(cell["label"] == label for cell in of) for label in ("leukemic", "healthy", "unsure")}
            print(f"    {truth:22} {len(of):4}  named {named.count(truth):4}  as another {others or 0}  {counts}")


def _f1(pairs: Sequence[tuple[str, str]]) -> float:
    truth, said = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return float(f1_score(truth, said, labels=sorted(set(truth)), average="macro")) if pairs else 0.0


def analyzed(files: Sequence[Path], view: str) -> list[dict[str, Any]]:
    """The entries of ``findings.json``, one for each file."""
    entries: list[dict[str, Any]] = []
    for first in range(0, len(files), _LINES):
        with tempfile.TemporaryDirectory() as out:
            part = [str(file) for file in files[first : first + _LINES]]
            words = ["analyze", *part, "--view", view, "--no-maps", "--count-copies", "--out", out]
            subprocess.run([sys.executable, "-m", "leukoscope", *words], check=False, stdout=subprocess.DEVNULL)
            entries += json.loads(Path(out, "findings.json").read_text(encoding="utf-8"))
    return entries


def _chosen(jobs: Sequence[Job], each: int) -> list[Job]:
    """At most ``each`` files of every class, spread over all."""
    chosen: list[Job] = []
    for code in sorted({job.codes[0] for job in jobs}):
        of = [job for job in jobs if job.codes[0] == code]
        chosen += of[:: max(1, len(of) // each)][:each]
    return chosen


def pbc(jobs: Sequence[Job]) -> Score:
    """The cell over the middle of each picture; one where nothing was found there is left out."""
    score = Score()
    for job, entry in zip(jobs, analyzed([job.path for job in jobs], "cell"), strict=True):
        for cell in entry["cells"][:1]:
            score.add(job.codes[0], cell)
    return score


def bccd(jobs: Sequence[Job]) -> Score:
    """Cells that BCCD marks, of fields whose white cells are all of one class."""
    score = Score()
    for job, entry in zip(jobs, analyzed([job.path for job in jobs], "field"), strict=True):
        boxes = marked_boxes(job.path.parents[1] / "annotations" / f"{job.path.stem}.xml")
        if len(set(job.codes)) != 1 or len(job.codes) != len(boxes):
            continue
        for cell in entry["cells"]:
            if any(overlap(Box(*cell["box"]), box) > _SAME for box in boxes):
                score.add(job.codes[0], cell)
    return score


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures of every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=60, help="pictures of each class of PBC")
    options = parser.parse_args(arguments)
    if not DATA.is_dir():
        print(f"needs the real images in {DATA}")
        return
    recipe = read_recipe(CONFIG_FOLDER / "differential" / "differential.toml")
    parts = read_attributes(DATA / "wbcatt").parts
    jobs = [
        job
        for job in list_jobs([DATA / "leukocytes_context", DATA / "pbc_more"], None, DATA / "bccd", recipe, parts)
        if job.part == REPORT and job.codes
    ]
    pbc(_chosen([job for job in jobs if job.source == "pbc"], options.each)).show("PBC, reported part")
    bccd([job for job in jobs if job.source == "bccd"]).show("BCCD, even fields of one class")


if __name__ == "__main__":
    main(sys.argv[1:])
