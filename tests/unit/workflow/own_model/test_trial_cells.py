"""Labeled cells of a folder, as people and published sets sort them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.cuts import PLAIN, Cut, Cutting
from leukoscope.domain.errors import CancelledError, SiteError
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.own_model.trial_cells import EACH_SIDE, drawn_cells, read_trial_cells
from tests.labeled_cells import write_labeled_cells

CUTS = {PLAIN, Cut(Cutting.KEPT), Cut(Cutting.WHOLE)}


@pytest.fixture(scope="module")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_labeled_cells(tmp_path_factory.mktemp("labeled"), patients=5, each=4)


def test_twelve_of_each_side_by_turns(labeled: Path) -> None:
    cells = read_trial_cells(labeled, CUTS, CancelToken())
    assert [one.leukemic for one in cells] == [True, False] * EACH_SIDE
    assert all(set(one.views) == CUTS and one.views[PLAIN].shape == (450, 450, 3) for one in cells)
    blasts, others = (
        [one.views[PLAIN].any(axis=2).mean() for one in cells if one.leukemic is side] for side in (True, False)
    )
    assert np.median(blasts) > np.median(others), "blasts are larger"


@pytest.mark.parametrize("names", [("all", "hem"), ("Cancerous", "Healthy"), ("[Malignant] early Pre-B", "Benign")])
def test_published_sets_without_patients(labeled: Path, tmp_path: Path, names: tuple[str, str]) -> None:
    for kind, name in zip(("blast", "lymphocyte"), names, strict=True):
        (tmp_path / name).mkdir()
        for file in sorted(labeled.glob(f"{kind}/*/*.png"))[:5]:
            shutil.copyfile(file, tmp_path / name / file.name)
    (tmp_path / name / "notes.png").write_bytes(b"no picture")
    assert [one.leukemic for one in read_trial_cells(tmp_path, CUTS, CancelToken())] == [True, False] * 5


def test_what_teaches_nothing_is_said(labeled: Path, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="There is no folder"):
        read_trial_cells(tmp_path / "nowhere", CUTS, CancelToken())
    (tmp_path / "things").mkdir()
    shutil.copyfile(next(labeled.rglob("*.png")), tmp_path / "things" / "one.png")
    with pytest.raises(SiteError, match="name of a class of cells"):
        read_trial_cells(tmp_path, CUTS, CancelToken())
    with pytest.raises(SiteError, match="1 leukemic and 0 healthy cells"):
        (tmp_path / "things").rename(tmp_path / "leukemic")
        read_trial_cells(tmp_path, CUTS, CancelToken())


def test_reading_can_be_stopped(labeled: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        read_trial_cells(labeled, CUTS, cancel)


def test_drawn_cells_are_of_both_sides() -> None:
    assert [one.leukemic for one in drawn_cells({PLAIN})] == [True, False] * EACH_SIDE
