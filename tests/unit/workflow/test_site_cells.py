"""Labeled cells of a folder, and what a lab keeps about its patients."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import SiteError
from leukoscope.domain.site_labels import Group, LabeledCell, folder_label
from leukoscope.workflow.site.lab import LAB_FILE, Lab
from leukoscope.workflow.site.labeled import Reading, one_microscope, read_folder


def cut_out_cell(path: Path, radius: int, seed: int) -> Path:
    """One cell on black, as C-NMC's files are."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((450, 450, 3), np.uint8)
    y, x = np.ogrid[:450, :450]
    distance = np.hypot(y - 225 - rng.integers(-5, 6), x - 225 - rng.integers(-5, 6))
    pixels[distance < radius] = (170, 120 + rng.integers(0, 20), 190)
    pixels[distance < 0.7 * radius] = (110, 60 + rng.integers(0, 20), 130)
    noise = rng.integers(-8, 9, pixels.shape)
    pixels[distance < radius] = np.clip(pixels.astype(int) + noise, 20, 255)[distance < radius]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "site")


def read(folder: Path, lab: Lab) -> tuple[list[LabeledCell], Reading]:
    reading = Reading()
    return list(read_folder(folder, lab, reading)), reading


def test_class_and_patient_come_from_the_folders(tmp_path: Path, lab: Lab) -> None:
    cut_out_cell(tmp_path / "cells" / "Lymphocytes" / "Jane Doe" / "1.png", 70, 1)
    cut_out_cell(tmp_path / "cells" / "leukemic" / "Rob Roe" / "1.png", 95, 2)
    cells, reading = read(tmp_path / "cells", lab)
    assert sorted(cell.said.word for cell in cells) == ["leukemic", "lymphocyte"]
    assert {cell.subject for cell in cells} == {lab.pseudonym("Jane Doe"), lab.pseudonym("rob  roe")}
    assert all("Jane" not in cell.subject for cell in cells)
    assert not reading.refused


@pytest.mark.parametrize("name", ["immature-granulocyte", "Immature granulocytes", "immature_granulocyte"])
def test_a_class_is_known_by_code_and_title(name: str) -> None:
    said = folder_label(name)
    assert said is not None
    assert said.code == "immature-granulocyte"


def test_a_picture_under_two_labels_is_to_be_settled_and_a_copy_counts_once(tmp_path: Path, lab: Lab) -> None:
    root = tmp_path / "cells"
    both = cut_out_cell(root / "leukemic" / "a" / "1.png", 80, 1)
    other = root / "healthy" / "a" / "x.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(both.read_bytes())
    twice = cut_out_cell(root / "healthy" / "b" / "2.png", 70, 2)
    twice.with_name("3.png").write_bytes(twice.read_bytes())
    cells, reading = read(root, lab)
    assert [cell.source for cell in cells] == ["healthy/b/2.png"]
    assert reading.copies == 1
    (one,) = reading.disagreements
    assert set(one.sources) == {"leukemic/a/1.png", "healthy/a/x.png"}
    assert one.labels == ("healthy", "leukemic")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("dogs/a/1.png", "“dogs” is no class of cells"), ("blast/1.png", "lies in no folder of a patient")],
)
def test_a_folder_that_is_sorted_otherwise_is_refused(tmp_path: Path, lab: Lab, path: str, sentence: str) -> None:
    cut_out_cell(tmp_path / "cells" / path, 80, 1)
    with pytest.raises(SiteError, match=sentence):
        read(tmp_path / "cells", lab)
    with pytest.raises(SiteError, match="There is no folder"):
        read(tmp_path / "nowhere", lab)


def test_a_picture_that_cannot_be_read_costs_only_itself(tmp_path: Path, lab: Lab) -> None:
    cut_out_cell(tmp_path / "cells" / "blast" / "a" / "1.png", 80, 1)
    (tmp_path / "cells" / "blast" / "a" / "2.png").write_bytes(b"no picture")
    cells, reading = read(tmp_path / "cells", lab)
    assert len(cells) == 1
    assert len(reading.refused) == 1


def test_cells_of_two_microscopes_are_refused(tmp_path: Path, lab: Lab) -> None:
    cut_out_cell(tmp_path / "cells" / "blast" / "a" / "1.png", 80, 1)
    (cell,), _ = read(tmp_path / "cells", lab)
    from dataclasses import replace

    same = [replace(cell, um_per_px=0.1), replace(cell, um_per_px=0.11)] * 10
    assert len(list(one_microscope(same))) == 20
    with pytest.raises(SiteError, match="two microscopes"):
        list(one_microscope([*same, *[replace(cell, um_per_px=0.2)] * 8]))
    with pytest.raises(SiteError, match="two microscopes"):
        list(one_microscope([*same, replace(cell, is_cut_out=not cell.is_cut_out)]))


def test_what_is_missing_is_said_in_numbers() -> None:
    assert Group("lymphocyte", 8, 1).missing == "12 more lymphocytes of 2 more patients"
    assert Group("blast", 19, 3).missing == "1 more blast"
    assert Group("leukemic", 0, 0).missing == "20 more leukemic cells of 3 more patients"
    assert Group("blast", 30, 2).missing == "1 more blast of 1 more patient"
    assert Group("blast", 30, 3).missing == ""


def test_patients_are_locked_away_once_for_all(tmp_path: Path, lab: Lab) -> None:
    patients = {f"p{n}": "blast" if n % 2 else "lymphocyte" for n in range(16)}
    assert lab.deal(patients)
    lab.write()
    locked = lab.locked
    assert len(locked) == 4
    assert {patients[who] for who in locked} == {"blast", "lymphocyte"}
    again = Lab(tmp_path / "site")
    assert not again.deal(patients)
    more = patients | {f"q{n}": "blast" for n in range(8)}
    assert again.deal(more)
    assert locked <= again.locked
    assert again.pseudonym("a") == lab.pseudonym("a")
    assert again.looked("Ana", "our-lab.1") == 1
    assert Lab(tmp_path / "site").looks[0].who == "Ana"


def test_few_patients_are_all_needed(lab: Lab) -> None:
    assert not lab.deal({f"p{n}": "blast" for n in range(5)})
    assert not lab.locked


def test_a_damaged_record_is_no_new_one(tmp_path: Path, lab: Lab) -> None:
    lab.write()
    for damage in (b"", b"{}", b'{"salt": 1}', json.dumps({"salt": "zz"}).encode()):
        (tmp_path / "site" / LAB_FILE).write_bytes(damage)
        with pytest.raises(SiteError, match="cannot be read; put it back from a backup"):
            Lab(tmp_path / "site")
        assert (tmp_path / "site" / LAB_FILE).read_bytes() == damage
