"""The fit on figures of shape: people dealt apart, a bundle that says what the fit says, honest refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.cells import View
from leukoscope.domain.errors import SettingsError
from leukoscope.domain.morphology import FIGURES, Morphology
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import measure
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.shape_opinion import shape_opinion
from training.__main__ import main
from training.listing import Sample
from training.shape.config import read_shape_config
from training.shape.evaluation import report_of
from training.shape.fit import dealings, fit, inputs, judge_dealing
from training.shape.measuring import Measured

CONFIG = Path(__file__).parents[2] / "training/configs/shape/morphology.toml"


def people(seed: int = 1, cells: int = 30) -> Measured:
    """Three healthy and six leukemic people whose cells differ by size, and each person by a little more."""
    rng = np.random.default_rng(seed)
    samples, rows = [], []
    for label, names in ((0, ("h1", "h2", "h3")), (1, ("1", "2", "3", "4", "5", "6"))):
        for name in names:
            size = (130.0 if label else 85.0) * np.exp(rng.normal(0, 0.08))
            for number in range(cells):
                area = size * np.exp(rng.normal(0, 0.15))
                values = {
                    "cell_area": area,
                    "nucleus_area": 0.85 * area * np.exp(rng.normal(0, 0.03)),
                    "nc_ratio": 0.85 + rng.normal(0, 0.03),
                    "form_factor": 0.9 + rng.normal(0, 0.03),
                    "solidity": 0.95 + rng.normal(0, 0.02),
                    "eccentricity": abs(rng.normal(0.5, 0.1)),
                    "lobes": 1.0,
                    "indentation": abs(rng.normal(0.1, 0.03)),
                }
                rows.append([values.get(figure.code, np.nan) for figure in FIGURES])
                samples.append(Sample(Path(f"{name}_{number}.png"), label, name, f"{len(samples):064x}"))
    return Measured(tuple(samples), np.array(rows))


NOBODY = Measured((), np.zeros((0, len(FIGURES))))


def test_every_dealing_holds_out_people_of_both_classes_and_no_two_are_alike() -> None:
    config, cells = read_shape_config(CONFIG), people()
    found = dealings(config, cells)
    assert len(found) == config.dealings >= 6
    seen = set()
    for folds in found:
        assert sorted(row for fold in folds for row in fold.test) == list(range(len(cells.samples)))
        for fold in folds:
            out, kept = set(cells.subjects[list(fold.test)]), set(cells.subjects[list(fold.train)])
            assert not out & kept
            assert len(out & {"h1", "h2", "h3"}) == 1
            assert len(out) == 3
        seen.add(frozenset(frozenset(cells.subjects[list(fold.test)]) for fold in folds))
    assert len(seen) == len(found)


def test_too_few_people_are_refused() -> None:
    config, cells = read_shape_config(CONFIG), people()
    rows = np.flatnonzero(np.isin(cells.subjects, ["h1", "h2", "h3", "1", "2", "3"]))
    few = Measured(tuple(cells.samples[row] for row in rows), cells.values[rows])
    with pytest.raises(SettingsError, match="ways to deal"):
        dealings(config.model_copy(update={"dealings": 100}), few)
    with pytest.raises(SettingsError, match="people of each class"):
        dealings(config.model_copy(update={"split": config.split.model_copy(update={"folds": 4})}), few)


def test_what_separates_people_is_found_and_judged_on_others() -> None:
    config, cells = read_shape_config(CONFIG), people()
    dealt = [judge_dealing(config, cells, NOBODY, folds) for folds in dealings(config, cells)]
    report = report_of(cells, NOBODY, dealt)
    assert report.figures["auroc_by_fold"].mean > 0.85
    assert report.figures["accuracy_decided"].mean >= report.figures["accuracy"].mean
    assert report.curve[0.5].mean >= report.curve[1.0].mean
    assert "other_lab_called_leukemic" not in report.figures


def test_labels_that_nothing_tells_apart_are_not_told_apart() -> None:
    config, cells = read_shape_config(CONFIG), people()
    rng = np.random.default_rng(4)
    mixed = Measured(cells.samples, rng.permutation(cells.values))
    dealt = [judge_dealing(config, mixed, NOBODY, folds) for folds in dealings(config, mixed)]
    assert 0.4 < report_of(mixed, NOBODY, dealt).figures["auroc_by_fold"].mean < 0.6


def test_a_missing_figure_adds_nothing() -> None:
    config, cells = read_shape_config(CONFIG), people()
    values = inputs(config, cells)
    regression = fit(config, values, cells.labels, np.ones(cells.labels.size))
    blank = np.full((1, values.shape[1]), np.nan)
    assert regression.logits(blank)[0] == pytest.approx(regression.intercept)


def test_the_bundle_says_what_the_fit_says(tmp_path: Path) -> None:
    """From pictures of cells to a bundle, through the command line, and back to an opinion."""
    data, others = tmp_path / "cells", tmp_path / "lymphocytes"
    _draw_people(data)
    others.mkdir()
    for number in range(6):
        _save(others / f"{number}.png", _field(number))
    to = tmp_path / "models" / "morphology"
    arguments = ["shape", str(CONFIG), "--data", str(data), "--lymphocytes", str(others), "--to", str(to)]
    memory = tmp_path / "measured.json"
    assert main([*arguments, "--measured", str(memory)]) == 0
    assert len(json.loads(memory.read_text())) == 9 * 4 + 6
    library = BundleLibrary(to.parent, tmp_path / "none")
    assert all(check.passed for check in library.verify("morphology"))
    manifest = library.get("morphology").manifest
    assert manifest.kind == "morphology" and manifest.shape is not None
    assert [term.figure for term in manifest.shape.terms] == list(read_shape_config(CONFIG).figures)
    small, large = (Morphology({"cell_area": a, "nucleus_area": 0.85 * a, "nc_ratio": 0.85}) for a in (70.0, 170.0))
    assert shape_opinion(manifest, small).probability < shape_opinion(manifest, large).probability
    assert main(arguments) == 2, "a bundle that is there is not replaced unasked"


def _save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def _draw_people(folder: Path) -> None:
    """Cells on black, named as C-NMC names them: healthy ones small, leukemic ones large."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:450, 0:450] + 0.5
    number = 0
    for label, names in (("hem", ("H1", "H2", "H3")), ("all", ("1", "2", "3", "4", "5", "6"))):
        for name in names:
            for _ in range(4):
                number += 1
                a, b = (105 if label == "all" else 80) * np.exp(rng.normal(0, 0.08, 2))
                inside = ((x - 225) / a) ** 2 + ((y - 225) / b) ** 2
                pixels = np.zeros((450, 450, 3))
                pixels[inside <= 1] = (120, 90, 150)
                pixels[inside <= 0.85] = (70, 30, 90)
                pixels[inside <= 1] += rng.normal(0, 2, (int((inside <= 1).sum()), 3))
                path = folder / label / f"UID_{name}_{number}_1_{label}.png"
                _save(path, np.clip(pixels, 0, 255).astype(np.uint8))


def _field(number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    y, x = np.mgrid[0:300, 0:300] + 0.5
    radius = np.hypot(x - 150, y - 150)
    pixels = np.full((300, 300, 3), (232.0, 228.0, 226.0))
    pixels[radius <= 48 + number] = (150, 160, 205)
    pixels[radius <= 42 + number] = (90, 45, 130)
    return np.clip(pixels + rng.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)


def test_the_shipped_bundle_judges_real_cells(repository: Path, shared_data: Path) -> None:
    manifest = BundleLibrary(repository / "models", repository / "none").get("morphology").manifest
    from leukoscope.sources.files import read_frame

    called = []
    for file in sorted((shared_data / "leukocytes_context/lymphocyte").glob("*"))[::25]:
        frame = replace(read_frame(file), um_per_px=0.1)
        (cell,) = localize(frame, View.CELL)
        opinion = shape_opinion(manifest, measure(cut_out(frame, cell)))
        called.append(opinion.probability > manifest.thresholds.high)
    assert np.mean(called) < 0.15


@pytest.mark.parametrize(
    "line", ['figures = ["cell_area"]', "dealings = 3", "strange = 1", "strength = 0", 'logarithms = ["lobes", "mood"]']
)
def test_a_configuration_that_cannot_be_is_refused(tmp_path: Path, line: str) -> None:
    name = line.split(" =", maxsplit=1)[0]
    kept = [one for one in CONFIG.read_text(encoding="utf-8").splitlines() if not one.startswith(f"{name} =")]
    bad = tmp_path / "bad.toml"
    bad.write_text("\n".join([line, *kept]), encoding="utf-8")
    with pytest.raises(SettingsError, match="not valid"):
        read_shape_config(bad)
