"""Another lab's lymphocytes beside a lab's own cells: taught in part, weighed, never the only ones in their stain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.errors import ImageError
from leukoscope.inference.input_schema import Preprocessing
from tests.training.drawn import write_cells, write_config
from tests.training.shallow import STAGES
from training import efficientnet_lite
from training.__main__ import main
from training.augment import BACKGROUND, without_rim
from training.config import LymphocyteConfig
from training.data import CellSet
from training.listing import Sample
from training.lymphocytes import (
    OTHER_LAB,
    find_restyling,
    is_taught,
    joined,
    kept_rows,
    read_lymphocytes,
    restyled,
    taught_rows,
)
from training.run import open_run
from training.weights import cell_weights, weights_with_others

OTHER = LymphocyteConfig(name="another lab", um_per_px=0.1)


def disk(color: tuple[int, int, int], radius: float = 50.0, side: int = 120) -> np.ndarray:
    """A cell on black."""
    y, x = np.mgrid[0:side, 0:side] + 0.5
    inside = np.hypot(x - side / 2, y - side / 2) <= radius
    pixels = np.zeros((side, side, 3), np.uint8)
    noise = np.random.default_rng(sum(color)).normal(0, 6, (int(inside.sum()), 3))
    pixels[inside] = np.clip(np.array(color) + noise, BACKGROUND + 1, 255)
    return pixels


def write_fields(folder: Path, count: int) -> Path:
    """One lymphocyte in the middle of each picture."""
    folder.mkdir()
    y, x = np.mgrid[0:300, 0:300] + 0.5
    radius = np.hypot(x - 150, y - 150)
    for number in range(count):
        pixels = np.full((300, 300, 3), (232.0, 228.0, 226.0))
        pixels[radius <= 48 + number % 5] = (150, 160, 205)
        pixels[radius <= 42 + number % 5] = (90, 45, 130)
        pixels += np.random.default_rng(number).normal(0, 2, pixels.shape)
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / f"{number:02}.png")
    return folder


def mixed_cells() -> CellSet:
    """Two people of one lab, and twenty-six cells of another lab in another stain."""
    own = [(Sample(Path(f"{n}.png"), n % 2, f"p{n % 2}", f"{n:064x}"), disk((150, 90, 160))) for n in range(8)]
    digests = [f"{number:08x}" + 56 * "0" for number in range(26)]
    others = [(Sample(Path(f"o{d}.png"), 0, OTHER_LAB, d), disk((200, 170, 220))) for d in digests]
    cells = [*own, *others]
    return CellSet(tuple(sample for sample, _ in cells), np.stack([pixels for _, pixels in cells]))


def test_pictures_are_cut_out_as_the_program_does(tmp_path: Path) -> None:
    cells = read_lymphocytes([write_fields(tmp_path / "fields", 3)], OTHER, Preprocessing())
    assert cells.crops.shape == (3, 300, 300, 3)
    assert set(cells.subjects.tolist()) == {OTHER_LAB} and not cells.labels.any()
    assert (cells.crops[:, 0, 0] == 0).all(), "the background is black"
    assert (cells.crops[:, 150, 150].max(axis=1) > BACKGROUND).all()
    with pytest.raises(ImageError, match="--lymphocytes"):
        read_lymphocytes([tmp_path / "nowhere"], OTHER, Preprocessing())


def test_half_is_taught_and_half_is_kept_whatever_else_there_is() -> None:
    cells = mixed_cells()
    taught, kept = taught_rows(cells), kept_rows(cells)
    assert not (taught & kept).any() and (taught | kept).sum() == 26
    assert [bool(t) for t in taught[8:]] == [is_taught(sample.digest) for sample in cells.samples[8:]]


def test_own_cells_get_the_other_labs_stain_and_its_cells_keep_theirs() -> None:
    cells = mixed_cells()
    restyling = find_restyling(cells)
    rng = np.random.default_rng(1)
    changed = restyled(cells.crops[0], 0, restyling, 1.0, rng)
    mask = cells.crops[0].max(axis=2) > BACKGROUND
    assert ((changed.max(axis=2) > BACKGROUND) == mask).all() and (changed[~mask] == 0).all()
    before, after, other = (float(p[mask].mean()) for p in (cells.crops[0], changed, cells.crops[-1]))
    assert before < after <= other * 1.1, "a dark cell becomes lighter, toward the other lab's"
    assert (restyled(cells.crops[-1], len(cells.samples) - 1, restyling, 1.0, rng) == cells.crops[-1]).all()
    assert (restyled(cells.crops[0], 0, restyling, 0.0, rng) == cells.crops[0]).all()


def test_the_stain_is_read_off_taught_cells_alone() -> None:
    cells = mixed_cells()
    crops = cells.crops.copy()
    crops[kept_rows(cells)] = 255
    before, after = (find_restyling(one).choice for one in (cells, replace(cells, crops=crops)))
    assert all((a.mean == b.mean).all() for a, b in zip(before, after, strict=True))


def test_the_other_lab_has_its_share_of_the_healthy_weight() -> None:
    cells = joined(mixed_cells(), CellSet((), np.zeros((0, 120, 120, 3), np.uint8)))
    weights = weights_with_others(cells.labels, cells.subjects, "subject", 0.25)
    strange, healthy = cells.subjects == OTHER_LAB, cells.labels == 0
    assert weights.mean() == pytest.approx(1.0)
    assert weights[strange].sum() == pytest.approx(0.25 * weights[healthy].sum())
    assert weights[healthy].sum() == pytest.approx(weights[~healthy].sum())
    own = ~strange
    alone = weights_with_others(cells.labels[own], cells.subjects[own], "subject", 0.25)
    assert alone == pytest.approx(cell_weights(cells.labels[own], cells.subjects[own], "subject"))


def test_a_rim_is_taken_off_and_small_cells_keep_theirs() -> None:
    cell, rng = disk((150, 90, 160)), np.random.default_rng(3)
    areas = {int((without_rim(cell, 3, rng).max(axis=2) > BACKGROUND).sum()) for _ in range(40)}
    assert len(areas) == 4 and max(areas) == int((cell.max(axis=2) > BACKGROUND).sum())
    small = disk((150, 90, 160), radius=10.0)
    assert (without_rim(small, 3, rng) == small).all()


LYMPHOCYTES = """
[augment]
restyle = 0.5
rim = 2
[lymphocytes]
name = "another lab"
um_per_px = 0.1
"""


@pytest.mark.slow
@pytest.mark.heavy
def test_a_run_holds_out_its_own_people_and_judges_the_other_lab_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From folders to judgements: what is kept of the other lab is judged by every part and held out by none."""
    monkeypatch.setattr(efficientnet_lite, "STAGES", STAGES)
    config = write_config(tmp_path / "config.toml", "head_epochs = 1\ntail_epochs = 0", LYMPHOCYTES)
    data, fields = write_cells(tmp_path / "cells", each=4), write_fields(tmp_path / "fields", 16)
    runs = [tmp_path / "first", tmp_path / "second"]
    arguments = [str(config), "--data", str(data), "--activations", str(tmp_path / "kept")]
    assert main(["fit", *arguments, "--out", str(runs[0])]) == 2, "the folders are missing"
    arguments += ["--lymphocytes", str(fields)]
    assert main(["fit", *arguments, "--deal", "1", "--out", str(runs[0])]) == 0
    run = open_run(runs[0])
    own = len(run.cells()[0])
    assert own == 16
    for name in ("fold-0", "fold-1", "final"):
        assert run.judgements(name).rows.max() < own
        others = run.others(name)
        assert others is not None and others.rows.min() >= own and np.isfinite(others.logits).all()
    # Another dealing takes up what the frozen part made of the cells.
    written = (tmp_path / "kept" / "plain-0.npy").stat().st_mtime_ns
    assert main(["cross-validate", *arguments, "--deal", "2", "--out", str(runs[1])]) == 0
    assert (tmp_path / "kept" / "plain-0.npy").stat().st_mtime_ns == written
    first, second = ({frozenset(fold.test) for fold in open_run(path).folds()} for path in runs)
    assert first != second
