"""What the cut does: cells of every set, cut out the former and the present way, judged by the shipped bundles.

``python -m tests.benchmarks.bench_cut [--step N]``. *Former*: 0.05 µm/px, untrimmed, each image's own red cells.
*Present*: 0.060 µm/px, the rim trimmed, one scale for the case. C-NMC's own cut-outs pass through both unchanged.
For each way: the cell's area, what each bundle alone says, and what the program makes of all of them.
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
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Frame
from leukoscope.domain.quality import QualityReport
from leukoscope.imaging import cellimage
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import measure
from leukoscope.inference.decision import decide
from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_scale import CaseRuler, in_case
from leukoscope.workflow.images import FileSource
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from tests.benchmarks.bench_localize import DATA

MODELS = Path(__file__).resolve().parents[2] / "models"
FORMER_UM_PER_PX = 0.05
PBC_CLASSES = {"ig": "immature-granulocyte"}
LABELS = (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)


@dataclass(frozen=True)
class Kind:
    """Images of one sort of cell; ``truth`` is its class where all images show the same."""

    name: str
    files: tuple[Path, ...]
    view: View
    truth: str | None = None


def kinds(step: int) -> Iterator[Kind]:
    """BCCD's even fields, every eighth file of each class of PBC, every 25th of C-NMC; of these every ``step``-th."""
    fields = sorted((DATA / "bccd/images").glob("*.jpg"))
    even = [file for file in fields if int(re.findall(r"\d+", file.stem)[0]) % 2 == 0]
    yield Kind("BCCD, even fields", tuple(even[::step]), View.FIELD)
    folders = sorted(path for name in ("leukocytes_context", "pbc_more") for path in (DATA / name).iterdir())
    for folder in folders:
        if folder.is_dir() and folder.name != "platelet":
            files = sorted(path for path in folder.iterdir() if path.suffix == ".jpg")[1::2]
            truth = PBC_CLASSES.get(folder.name, folder.name)
            yield Kind(f"PBC {folder.name} ({folder.parent.name})", tuple(files[:: 4 * step]), View.CELL, truth)
    for name, truth in (("all", "blast"), ("hem", "lymphocyte")):
        cells = sorted((DATA / "cnmc_fold1" / name).glob("*.webp"))
        yield Kind(f"C-NMC {name}", tuple(cells[:: 25 * step]), View.CELL, truth)


def formerly(frame: Frame, cell: Cell) -> CellImage:
    """As cells were cut out before the scale and the rim were looked into."""
    with (
        mock.patch.object(cellimage, "TRAINING_UM_PER_PX", FORMER_UM_PER_PX),
        mock.patch.object(cellimage, "without_rim", lambda mask, _density, _scale: mask),
    ):
        return cut_out(frame, cell)


def presently(kind: Kind) -> Iterator[tuple[Frame, Cell]]:
    """Every cell of the images, found at the scale that the case agrees on."""
    sources = [FileSource(path) for path in kind.files]
    for source in in_case(sources, CaseRuler(sources)):
        frame = source.read()
        for cell in localize(frame, kind.view):
            yield frame, cell


def shares(labels: Sequence[Label]) -> str:
    """How many are called what."""
    return "  ".join(f"{label.value} {labels.count(label) / max(len(labels), 1):6.1%}" for label in LABELS)


def show(way: str, kind: Kind, images: Sequence[CellImage], panel: ModelPanel) -> None:
    """Print what becomes of cells that were cut out one way."""
    judgements = list(panel.judge(images, maps=False))
    areas = [measure(image).values.get("cell_area", np.nan) for image in images]
    print(f"  {way}, n {len(images)}, cell area {np.nanmedian(areas):.0f} µm² in the median")
    for bundle in panel.bundles:
        name = bundle.manifest.name
        said = [one.label for judgement in judgements for one in judgement.opinions if one.bundle.name == name]
        if said:
            print(f"    {name:<14} asked {len(said):4d}  {shares(said)}")
    namings = [judgement.naming for judgement in judgements if judgement.naming is not None]
    sure = [naming.code for naming in namings if naming.is_confident]
    right = "" if kind.truth is None else f"  right of these {sure.count(kind.truth) / max(len(sure), 1):6.1%}"
    kept = sum(naming.kept_out for naming in namings) / max(len(namings), 1)
    print(f"    {'differential':<14} kept out {kept:6.1%}  named {len(sure) / max(len(namings), 1):6.1%}{right}")
    found = [
        decide(image.cell, judgement, QualityReport(()), image).label
        for image, judgement in zip(images, judgements, strict=True)
        if not judgement.is_empty
    ]
    print(f"    {'all together':<14} asked {len(found):4d}  {shares(found)}", flush=True)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table: what is said of the cells of each set, with the former and with the present cut."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="only every Nth file")
    parser.add_argument("--bundles", nargs="*", help="names of the bundles that are asked; all when not given")
    if not DATA.is_dir():
        print(f"needs the real images in {DATA}")
        return
    options = parser.parse_args(arguments)
    library = BundleLibrary(MODELS, MODELS / "none")
    bundles = [library.get(name) for name in options.bundles] if options.bundles else library.list()
    print("Bundles:", ", ".join(f"{bundle.manifest.name} {bundle.manifest.version}" for bundle in bundles))
    panel = make_panel(bundles, AppDirs.of_user().graphs)
    try:
        for kind in kinds(options.step):
            print(kind.name, flush=True)
            pairs = list(presently(kind))
            former = [formerly(replace(frame, estimated_um_per_px=None), cell) for frame, cell in pairs]
            present = [cut_out(frame, cell) for frame, cell in pairs]
            if all(np.array_equal(one.pixels, other.pixels) for one, other in zip(former, present, strict=True)):
                print("  both ways give the same pixels")
                show("both", kind, present, panel)
                continue
            show("former", kind, former, panel)
            show("present", kind, present, panel)
    finally:
        panel.close()


if __name__ == "__main__":
    main(sys.argv[1:])
