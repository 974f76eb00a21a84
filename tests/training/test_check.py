"""What an engineer is told before hours are spent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import ImageError
from tests.training.test_duplicates import drawn_cell
from training.__main__ import main
from training.checksums import as_original, compare_checksums, read_manifest
from training.decoding import read_pixels

CONFIG = """
name = "tiny"
title = "Tiny hybrid"
[preprocessing]
canvas = 160
crop = 120
height = 48
width = 48
[network]
kind = "hybrid"
backbones = ["efficientnet-lite0"]
[split]
folds = 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration and eight cells of four people."""
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "cells").mkdir()
    people = (("H1", "hem"), ("H2", "hem"), ("1", "all"), ("2", "all"))
    for number, (person, label) in enumerate(people):
        for cell in (1, 2):
            path = tmp_path / "cells" / f"UID_{person}_{cell}_1_{label}.bmp"
            cv2.imwrite(str(path), drawn_cell(2 * number + cell))
    return tmp_path


def check(folder: Path, *more: str) -> int:
    return main(["check-data", str(folder / "c.toml"), "--data", str(folder / "cells"), *more])


def test_a_sound_folder_is_shown_by_subject_and_fold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder) == 0
    shown = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in shown.split("\n\n")[0].splitlines()}
    assert rows["h1"][:2] == ["2", "."]
    assert rows["1"][:2] == [".", "2"]
    assert rows["all"] == ["4", "4", "4"]
    assert "2 + 2" in shown
    assert "No cell is there twice." in shown
    assert "training can start" in shown


def test_all_problems_are_listed_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = folder / "cells"
    (cells / "UID_2_1_1_all.bmp").write_bytes(b"")
    (cells / "UID_2_2_1_all.bmp").write_bytes(b"no picture")
    cv2.imwrite(str(cells / "holiday.png"), drawn_cell(50))
    cv2.imwrite(str(cells / "UID_H3_1_1_hem.png"), np.rot90(drawn_cell(5)).copy())
    assert check(folder) == 2
    shown = capsys.readouterr().out
    assert "5 problems:" in shown
    for part in ("UID_2_1_1_all.bmp” is empty", "UID_2_2_1_all.bmp” is not a readable", "“holiday.png” is not named"):
        assert part in shown
    assert "same picture with different labels" in shown or "same cell with different labels" in shown
    assert "the second class has 1" in shown


def test_a_cell_under_two_people_keeps_them_together(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for person, seed in (("H3", 20), ("H4", 21)):
        cv2.imwrite(str(folder / "cells" / f"UID_{person}_1_1_hem.bmp"), drawn_cell(seed))
    copy = folder / "cells" / "UID_H3_9_1_hem.jpg"
    cv2.imwrite(str(copy), drawn_cell(1), [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert check(folder) == 0
    shown = capsys.readouterr().out
    assert "1 cell is there more than once, in 2 pictures; 0 of these are exact copies" in shown
    assert "“UID_H1_1_1_hem.bmp”, “UID_H3_9_1_hem.jpg”" in shown
    fold = {line.split()[0]: line.split()[-1] for line in shown.splitlines() if line.startswith("h")}
    assert fold["h1"] == fold["h3"]


def test_the_leaky_split_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONFIG.replace("folds = 2", 'folds = 2\nkind = "image-leaky"')
    (folder / "c.toml").write_text(text, encoding="utf-8")
    assert check(folder) == 0
    assert "BOTH sides" in capsys.readouterr().out


def test_validation_is_shown_and_refused_where_people_are_too_few(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = CONFIG.replace("folds = 2", 'folds = 2\nvalidation = "held-out"')
    (folder / "c.toml").write_text(text, encoding="utf-8")
    assert check(folder) == 2
    assert "split.validation needs two subjects of each class" in capsys.readouterr().out


def manifest_of(folder: Path) -> Path:
    lines = [
        f"fold_{0 if 'hem' in path.name else 1}\t{path.name}\t{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted((folder / "cells").iterdir())
    ]
    file = folder / "manifest.tsv"
    file.write_text("\n".join([*lines, f"fold_1\tUID_9_1_1_all.bmp\t{'0' * 64}"]) + "\n", encoding="utf-8")
    return file


def test_files_are_compared_with_a_manifest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = manifest_of(folder)
    assert check(folder, "--manifest", str(manifest)) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["fold_0", "4", "4"] in rows
    assert ["fold_1", "4", "5"] in rows
    cv2.imwrite(str(folder / "cells" / "UID_1_1_1_all.bmp"), drawn_cell(77))
    cv2.imwrite(str(folder / "cells" / "UID_1_7_1_all.bmp"), drawn_cell(78))
    assert check(folder, "--manifest", str(manifest)) == 2
    shown = capsys.readouterr().out
    assert "“UID_1_1_1_all.bmp” has not the pixels that the manifest names" in shown
    assert "“UID_1_7_1_all.bmp” is not in the manifest" in shown


def test_a_manifest_of_another_form_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "manifest.tsv"
    file.write_text("fold_0,UID_1.bmp,abc\n", encoding="utf-8")
    assert check(folder, "--manifest", str(file)) == 2
    assert "line 1" in capsys.readouterr().err
    with pytest.raises(ImageError, match="cannot be read"):
        read_manifest(folder / "none.tsv")


def test_copies_without_loss_are_told_by_the_bitmap_they_came_from(shared_data: Path) -> None:
    paths = sorted((shared_data / "cnmc_fold1" / "hem").iterdir())[:20]
    report = compare_checksums(paths, shared_data / "C-NMC_training_manifest.tsv")
    assert not report.problems
    assert report.folds["fold_1"] == (20, 3581)
    changed = read_pixels(paths[0]).copy()
    changed[0, 0, 0] ^= 1
    assert as_original(changed) != as_original(read_pixels(paths[0]))
