"""What a lab's own labels are worth: ``python -m tests.benchmarks site``.

``site fit`` in effect, on labeled cells of half the patients, asked about the others', over several draws: C-NMC as it
is (where the shipped networks learned: they must not get worse), C-NMC in another lab's look and in one far off, PBC's
lymphocytes against its immature granulocytes and monocytes, and five classes of PBC. PBC tells nothing of its people:
groups of pictures stand for them, so these figures know no differences between people. Takes about 15 minutes on two
cores, most of it for what the networks say of 1,600 pictures; cells are read by the program's own way from files.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.inference.library import BundleLibrary
from leukoscope.site.cells import Names, SiteCells
from leukoscope.site.fit import fit
from leukoscope.site.metrics import BINS, auroc, balanced_accuracy, calibration_error
from leukoscope.site.speaking import spoken, taught_judgements
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from leukoscope.workflow.site.bundle_outputs import ask
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.labeled import Reading, read_folder
from tests.benchmarks.bench_localize import DATA
from training.decoding import read_pixels
from training.metrics import calibration_errors
from training.repeated_metrics import alike

DRAWS = 6
EACH, EACH_CLASS = 50, 20
WANTED = 0.95
GROUPS = 8
FIVE = ("neutrophil", "eosinophil", "basophil", "monocyte", "lymphocyte")


@dataclass(frozen=True)
class Look:
    """How another lab would show a cell: what becomes of the dyes' optical densities, and how sharp and large it is.

    Parameters
    ----------
    mix
        Share of each channel's density (columns) in each new one (rows).
    factor, power
        New density: ``factor * density ** power``.
    blur, scale, grain
        Standard deviation in pixels, size as a share of the old one, standard deviation of noise in gray levels.
    """

    mix: tuple[tuple[float, float, float], ...]
    factor: float
    power: float
    blur: float
    scale: float
    grain: float


OTHER = Look(((0.75, 0.25, 0.05), (0.10, 0.70, 0.20), (0.15, 0.05, 0.80)), 1.2, 1.5, 3, 0.8, 6)
FAR_OFF = Look(((0.35, 0.60, 0.05), (0.30, 0.30, 0.40), (0.45, 0.10, 0.45)), 0.8, 0.7, 5, 0.65, 12)


def restyled(pixels: Pixels, rng: np.random.Generator, look: Look = OTHER) -> Pixels:
    """A cell on black as another lab would show it."""
    density = -np.log10((pixels.astype(np.float32) + 1) / 256)
    light = 255 * 10 ** (-look.factor * np.clip(density @ np.array(look.mix).T, 0, None) ** look.power)
    cell = (pixels.max(axis=2) > 0).astype(np.float32)
    blurred = cv2.GaussianBlur(light * cell[:, :, None], (0, 0), look.blur)
    blurred /= np.maximum(cv2.GaussianBlur(cell, (0, 0), look.blur), 0.05)[:, :, None]
    height, width = cell.shape
    rest = (1 - look.scale) / 2
    smaller = np.array([[look.scale, 0, rest * width], [0, look.scale, rest * height]])
    shown = cv2.warpAffine(blurred, smaller, (width, height)) + rng.normal(0, look.grain, pixels.shape)
    inside = cv2.warpAffine(cell, smaller, (width, height)) > 0.5
    return np.where(inside[:, :, None], np.clip(shown, 1, 255), 0).astype(np.uint8)


def cnmc(root: Path, change: Callable[[Pixels], Pixels] | None) -> None:
    """Cells of all fourteen people, those of the three healthy ones more."""
    rng = np.random.default_rng(1)
    for folder, label, most in (("all", "leukemic", 16), ("hem", "healthy", 50)):
        people: dict[str, list[Path]] = {}
        for path in sorted((DATA / "cnmc_fold1" / folder).iterdir()):
            people.setdefault(path.name.split("_")[1], []).append(path)
        for who, paths in people.items():
            for place in rng.permutation(len(paths))[:most]:
                path = paths[int(place)]
                target = root / label / who / f"{path.stem}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                pixels = read_pixels(path)
                shown = pixels if change is None else change(pixels)
                cv2.imwrite(str(target), cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))


def pbc(root: Path, wanted: Sequence[tuple[str, str, int]]) -> None:
    """Pictures of PBC in groups that stand for patients: (class of PBC, our label, how many)."""
    rng = np.random.default_rng(2)
    for of, label, most in wanted:
        folders = [DATA / name / of for name in ("pbc_more", "leukocytes_context")]
        paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
        for number, place in enumerate(rng.permutation(len(paths))[:most]):
            path = paths[int(place)]
            target = root / label / f"group {number % GROUPS}" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)


def draws(cells: SiteCells, groups: Names, each: int) -> Iterator[tuple[SiteCells, SiteCells]]:
    """Several draws: ``each`` cells of every group of half the patients, and all cells of the others."""
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        learn: list[int] = []
        people: set[str] = set()
        for group in np.unique(groups):
            own = rng.permutation(np.unique(cells.subjects[groups == group]))
            # Two at least to learn from, one at least to ask about.
            known = own[: min(len(own) - 1, max(2, len(own) // 2))] if not people & set(own) else [*people & set(own)]
            people |= {str(who) for who in known}
            rows = np.flatnonzero((groups == group) & np.isin(cells.subjects, known))
            learn += rng.permutation(rows)[:each].tolist()
        asked = ~np.isin(cells.subjects, list(people))
        yield cells.rows(np.array(learn)), cells.rows(asked)


def leukemia(name: str, cells: SiteCells, panel: ModelPanel) -> None:
    """Print AUROC and ECE of the shipped models and of lessons.

    The ECE of all draws together, with both sides alike, is beside the mean of the draws': in a draw of C-NMC all
    healthy cells that are asked about are one person's, and there are half as many of them as leukemic ones.
    """
    manifests = {one.manifest.name: one.manifest for one in panel.bundles}
    groups = np.where(cells.verdicts == 1, "leukemic", "healthy").astype(np.str_)
    rows, asked = [], []
    for known, others in draws(cells, groups, EACH):
        begun = time.perf_counter()
        lesson = fit(known, manifests, WANTED)
        seconds = time.perf_counter() - begun
        before, after = (
            np.array([spoken(one).probability for one in said], np.float64)
            for said in (others.shipped, taught_judgements(others, lesson))
        )
        truth = others.verdicts
        asked.append((truth, before, after))
        rows.append(
            (auroc(truth, before), auroc(truth, after), calibration_error(truth, before),
             calibration_error(truth, after), seconds, len(known), len(others))
        )  # fmt: skip
    middle, spread = np.mean(rows, axis=0), np.std([row[1] for row in rows])
    truth, before, after = (np.concatenate(of) for of in zip(*asked, strict=True))
    balanced = [float(calibration_errors(truth, said, alike(truth), BINS)[0]) for said in (before, after)]
    print(
        f"{name:20} AUROC {middle[0]:.3f} -> {middle[1]:.3f} (sd {spread:.3f})"
        f"   ECE {middle[2]:.3f} -> {middle[3]:.3f}, pooled, sides alike {balanced[0]:.3f} -> {balanced[1]:.3f}"
        f"   {middle[5]:.0f} cells taught, {middle[6]:.0f} asked, fitted in {middle[4]:.1f} s",
        flush=True,
    )


def classes(name: str, cells: SiteCells, panel: ModelPanel) -> None:
    """Print balanced accuracy of the shipped differential and of lessons."""
    manifests = {one.manifest.name: one.manifest for one in panel.bundles}
    rows = []
    for known, others in draws(cells, cells.codes, EACH_CLASS):
        lesson = fit(known, manifests, WANTED)
        rows.append(
            [
                balanced_accuracy(others.codes, np.array([spoken(one).code or "" for one in said], np.str_))
                for said in (others.shipped, taught_judgements(others, lesson))
            ]
        )
    middle = np.mean(rows, axis=0)
    print(f"{name:24} balanced accuracy {middle[0]:.3f} -> {middle[1]:.3f}", flush=True)


def _asked(root: Path, panel: ModelPanel) -> SiteCells:
    return ask(read_folder(root, Lab(root.parent / "site"), Reading()), panel)


def main() -> None:
    """Print every set's line."""
    home = AppDirs.of_user()
    panel = make_panel(choose(BundleLibrary(shipped_models(), home.models), ()), home.graphs)
    rng = np.random.default_rng(3)
    try:
        with tempfile.TemporaryDirectory() as made:
            root = Path(made)
            cnmc(root / "cnmc", None)
            leukemia("C-NMC", _asked(root / "cnmc", panel), panel)
            cnmc(root / "restyled", lambda pixels: restyled(pixels, rng))
            leukemia("C-NMC, another look", _asked(root / "restyled", panel), panel)
            cnmc(root / "far off", lambda pixels: restyled(pixels, rng, FAR_OFF))
            leukemia("C-NMC, far off", _asked(root / "far off", panel), panel)
            two = (("lymphocyte", "healthy", 160), ("ig", "leukemic", 110), ("monocyte", "leukemic", 50))
            pbc(root / "two", two)
            leukemia("PBC, two sides", _asked(root / "two", panel), panel)
            pbc(root / "five", [(one, one, 64) for one in FIVE])
            classes("PBC, five classes", _asked(root / "five", panel), panel)
    finally:
        panel.close()


if __name__ == "__main__":
    main()
