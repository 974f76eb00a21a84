"""Names, classes and subjects; what is wrong with a folder is said before hours are spent."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import ImageError, SettingsError
from leukoscope.inference.manifest import Preprocessing
from training.config import CONFIG_FOLDER, DataConfig, read_config
from training.data import find_samples, read_cells

SMALL = Preprocessing(canvas=48, crop=40, height=32, width=32)


def write(path: Path, value: int = 90, side: int = 48) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((side, side, 3), value, np.uint8))
    return path


def test_c_nmc_names_carry_subject_and_class(tmp_path: Path) -> None:
    for name in ("UID_H14_1_2_hem.png", "UID_h14_9_9_hem.png", "UID_14_3_1_all.png"):
        write(tmp_path / name)
    samples = find_samples(tmp_path, DataConfig())
    assert {(s.subject, s.label) for s in samples} == {("h14", 0), ("14", 1)}


def test_a_foreign_name_is_named(tmp_path: Path) -> None:
    write(tmp_path / "holiday.png")
    with pytest.raises(ImageError, match="holiday"):
        find_samples(tmp_path, DataConfig())


def test_a_missing_class_is_named(tmp_path: Path) -> None:
    write(tmp_path / "UID_14_3_1_all.png")
    with pytest.raises(ImageError, match="no healthy cell"):
        find_samples(tmp_path, DataConfig())


def test_folders_and_csv_tell_the_same(tmp_path: Path) -> None:
    write(tmp_path / "healthy" / "Anna" / "1.png")
    write(tmp_path / "leukemic" / "Ben_1.png")
    by_folder = find_samples(tmp_path, DataConfig(layout="folders"))
    (tmp_path / "manifest.csv").write_text(
        "path,label,subject\nhealthy/Anna/1.png,healthy,anna\nleukemic/Ben_1.png,leukemic,Ben\n", encoding="utf-8"
    )
    assert find_samples(tmp_path, DataConfig(layout="csv")) == by_folder


def test_a_csv_with_an_unknown_class_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,label,subject\na.png,odd,x\n", encoding="utf-8")
    with pytest.raises(ImageError, match="columns path, label"):
        find_samples(tmp_path, DataConfig(layout="csv"))


def test_pixels_are_rgb_and_cut_to_the_middle(tmp_path: Path) -> None:
    picture = np.zeros((48, 48, 3), np.uint8)
    picture[4, 4] = (10, 20, 30)  # BGR on disk
    cv2.imwrite(str(tmp_path / "UID_1_1_1_all.png"), picture)
    write(tmp_path / "UID_H1_1_1_hem.png")
    cells = read_cells(find_samples(tmp_path, DataConfig()), SMALL)
    assert cells.crops.shape == (2, 40, 40, 3)
    assert cells.crops[0, 0, 0].tolist() == [30, 20, 10]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda p: p.write_bytes(b"no picture"), "not a readable image"),
        (lambda p: p.write_bytes(b""), "not a readable image"),
        (lambda p: write(p, side=50), "50x50"),
    ],
    ids=["text", "empty", "wrong size"],
)
def test_a_bad_file_is_named(tmp_path: Path, spoil: object, sentence: str) -> None:
    write(tmp_path / "UID_H1_1_1_hem.png", 60)
    spoil(write(tmp_path / "UID_1_1_1_all.png"))
    with pytest.raises(ImageError, match=rf"UID_1_1_1_all\.png.*{sentence}"):
        read_cells(find_samples(tmp_path, DataConfig()), SMALL)


def test_one_picture_with_two_labels_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "UID_H1_1_1_hem.png", 60)
    write(tmp_path / "UID_1_1_1_all.png", 60)
    with pytest.raises(ImageError, match="different labels"):
        read_cells(find_samples(tmp_path, DataConfig()), SMALL)


@pytest.mark.parametrize("file", sorted(CONFIG_FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_configuration_is_valid(file: Path) -> None:
    assert read_config(file).name.replace("-", "_") == file.stem


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    text = (CONFIG_FOLDER / "hybrid.toml").read_text(encoding="utf-8")
    (tmp_path / "c.toml").write_text(text.replace("head_rate", "haed_rate"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"fit\.haed_rate"):
        read_config(tmp_path / "c.toml")


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_config(tmp_path / "c.toml")
