"""What the cut does: cells of other labs, cut out the former and the present way, judged by the shipped bundles.

``python -m tests.benchmarks.bench_cut [--step N]``. *Former*: 0.05 µm/px, untrimmed, each image's own red cells.
*Present*: 0.060 µm/px, the rim trimmed, one scale for the case. C-NMC's own cut-outs pass through both unchanged.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np

from leukoscope.domain.cells import Cell, CellImage, View
from leukoscope.domain.frames import Frame
from leukoscope.imaging import cellimage
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import measure
from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.case_scale import CaseRuler, in_case
from leukoscope.workflow.home import Home
from leukoscope.workflow.images import FileSource
from leukoscope.workflow.panel import make_panel
from tests.benchmarks.bench_localize import DATA

MODELS = Path(__file__).resolve().parents[2] / "models"
FORMER_UM_PER_PX = 0.05


@dataclass(frozen=True)
class Kind:
    """Images of one sort of cell; ``um_per_px`` where the set states it."""

    name: str
    files: tuple[Path, ...]
    view: View
    um_per_px: float | None = None


def kinds(step: int) -> Iterator[Kind]:
    """BCCD's even fields, and every second file of each class of PBC."""
    fields = sorted((DATA / "bccd/images").glob("*.jpg"))
    even = [file for file in fields if int(re.findall(r"\d+", file.stem)[0]) % 2 == 0]
    yield Kind("BCCD, even fields", tuple(even[::step]), View.FIELD)
    folders = sorted(path for name in ("leukocytes_context", "pbc_more") for path in (DATA / name).iterdir())
    for folder in folders:
        if folder.is_dir() and folder.name != "platelet":
            files = sorted(path for path in folder.iterdir() if path.suffix == ".jpg")[1::2]
            yield Kind(f"PBC {folder.name} ({folder.parent.name})", tuple(files[:: 4 * step]), View.CELL)


def formerly(frame: Frame, cell: Cell) -> CellImage:
    """As cells were cut out before the scale and the rim were looked into."""
    with (
        mock.patch.object(cellimage, "TRAINING_UM_PER_PX", FORMER_UM_PER_PX),
        mock.patch.object(cellimage, "without_rim", lambda mask, _density, _scale: mask),
    ):
        return cut_out(frame, cell)


def presently(kind: Kind) -> Iterator[tuple[Frame, Cell]]:
    sources = [FileSource(path) for path in kind.files]
    for source in in_case(sources, CaseRuler(sources)):
        frame = source.read()
        for cell in localize(frame, kind.view):
            yield frame, cell


def row(name: str, labels: Sequence[str], areas: Sequence[float]) -> str:
    shares = "  ".join(f"{word} {labels.count(word) / max(len(labels), 1):6.1%}" for word in ("leukemic", "healthy"))
    size = f"  {np.median(areas):5.0f} µm²" if areas else ""
    return f"  {name:<34} n {len(labels):4d}  {shares}{size}"


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table: shares of each bundle's own calls, without and with the present cut."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="only every Nth file")
    if not DATA.is_dir():
        print(f"needs the real images in {DATA}")
        return
    options = parser.parse_args(arguments)
    bundles = BundleLibrary(MODELS, MODELS / "none").list()
    panel = make_panel(bundles, Home.of_user().graphs)
    try:
        for kind in kinds(options.step):
            print(kind.name, flush=True)
            pairs = list(presently(kind))
            former = [formerly(replace(frame, estimated_um_per_px=None), cell) for frame, cell in pairs]
            present = [cut_out(frame, cell) for frame, cell in pairs]
            for way, images in (("former", former), ("present", present)):
                opinions = list(panel.judge(images, maps=False))
                areas = [measure(image).values.get("cell_area", np.nan) for image in images]
                for place, bundle in enumerate(bundles):
                    labels = [spoken[place].label.value for spoken in opinions]
                    print(row(f"{way}, {bundle.manifest.name}", labels, areas), flush=True)
    finally:
        panel.close()


if __name__ == "__main__":
    main(sys.argv[1:])
