"""Names, classes and subjects; what is wrong with a folder is said before hours are spent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import ImageError, SettingsError
from leukoscope.inference.input_schema import Preprocessing
from tests.training.test_duplicates import drawn_cell
from training.config import CONFIG_FOLDER, DataConfig, read_config
from training.data import find_samples, read_cells, read_pixels

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


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("a.png,odd,x", "“odd” is no class of this configuration"),
        ("b.png,healthy,x", "“b.png” does not exist"),
        ("a.png,healthy,", "“a.png” has no subject"),
        ("../a.png,healthy,x", "lies outside the folder"),
        ("/etc/a.png,healthy,x", "lies outside the folder"),
        ("a.png,leukemic,x", "“a.png” is listed twice"),
        ("sub/../a.png,leukemic,x", "listed twice"),
        ("manifest.csv,healthy,x", "is no image file"),
        ("a.png", "“” is no class"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    write(tmp_path / "a.png")
    text = f"path,label,subject\na.png,healthy,x\n{row}\n"
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ImageError, match=f"line 3: .*{sentence}"):
        find_samples(tmp_path, DataConfig(layout="csv"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_as_spreadsheets_write_it_is_read(tmp_path: Path, separator: str) -> None:
    for name in ("a.png", "b.png"):
        write(tmp_path / "cells" / name)
    rows = (("path", "label", "subject"), ("cells\\a.png", "healthy", " Anna "), ("cells/b.png", "leukemic", "Ben"))
    text = "\r\n".join(separator.join(row) for row in rows)
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8-sig")
    samples = find_samples(tmp_path, DataConfig(layout="csv"))
    assert [(s.path.name, s.label, s.subject) for s in samples] == [("a.png", 0, "anna"), ("b.png", 1, "ben")]


@pytest.mark.parametrize("content", [b"path,class\na,b\n", b"", b"\xff\xfe\x00p"], ids=["columns", "empty", "utf-16"])
def test_a_csv_that_cannot_be_understood_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(ImageError, match=r"manifest\.csv.*(no column|UTF-8)"):
        find_samples(tmp_path, DataConfig(layout="csv"))


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere.*does not exist"):
        find_samples(tmp_path / "nowhere", DataConfig())


def test_a_class_folder_of_another_name_is_shown(tmp_path: Path) -> None:
    write(tmp_path / "healthy" / "Anna_1.png")
    write(tmp_path / "blasts" / "Ben_1.png")
    with pytest.raises(ImageError, match=r"no leukemic cell.*“blasts”, “healthy”"):
        find_samples(tmp_path, DataConfig(layout="folders"))


def test_a_name_without_a_subject_is_refused_and_hidden_files_are_not_cells(tmp_path: Path) -> None:
    write(tmp_path / "leukemic" / "Ben_1.png")
    (tmp_path / "healthy").mkdir()
    (tmp_path / "healthy" / "._Anna_1.png").write_bytes(b"of macOS")
    write(tmp_path / "healthy" / "_1.png")
    with pytest.raises(ImageError, match=r"^“_1\.png” names no subject"):
        find_samples(tmp_path, DataConfig(layout="folders"))


def test_a_person_may_have_cells_of_both_classes(tmp_path: Path) -> None:
    write(tmp_path / "healthy" / "Anna_1.png")
    write(tmp_path / "leukemic" / "Anna_2.png")
    samples = find_samples(tmp_path, DataConfig(layout="folders"))
    assert [(s.subject, s.label) for s in samples] == [("anna", 0), ("anna", 1)]


def test_pixels_are_rgb_and_cut_to_the_middle(tmp_path: Path) -> None:
    picture = np.zeros((48, 48, 3), np.uint8)
    picture[4, 4] = (10, 20, 30)  # BGR on disk
    cv2.imwrite(str(tmp_path / "UID_1_1_1_all.png"), picture)
    write(tmp_path / "UID_H1_1_1_hem.png")
    cells = read_cells(find_samples(tmp_path, DataConfig()), SMALL)
    assert cells.crops.shape == (2, 40, 40, 3)
    assert cells.crops[0, 0, 0].tolist() == [30, 20, 10]


def cut_short(path: Path, suffix: str) -> None:
    rng = np.random.default_rng(1)
    data = cv2.imencode(suffix, rng.integers(0, 255, (48, 48, 3), dtype=np.uint8))[1].tobytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda p: p.write_bytes(b"no picture"), "not a readable image"),
        (lambda p: p.write_bytes(b""), "empty and not a readable image"),
        (lambda p: write(p, side=50), "50x50.*data.canvas"),
        (lambda p: cut_short(p, ".png"), "only a part of one"),
        (lambda p: cut_short(p, ".jpg"), "only a part of one"),
        (lambda p: cut_short(p, ".bmp"), "only a part of one"),
        (lambda p: cut_short(p, ".webp"), "only a part of one"),
        (lambda p: cv2.imwrite(str(p), np.full((48, 48), 9, np.uint8)), "is gray"),
        (lambda p: cv2.imwrite(str(p), np.full((48, 48, 3), 900, np.uint16)), "more than 8 bits"),
        (lambda p: cv2.imwrite(str(p), np.full((48, 48), 900, np.uint16)), "more than 8 bits"),
    ],
    ids=["text", "empty", "size", "png", "jpeg", "bmp", "webp", "gray", "16-bit", "16-bit-gray"],
)
def test_a_bad_file_is_named(tmp_path: Path, spoil: Callable[[Path], object], sentence: str) -> None:
    write(tmp_path / "UID_H1_1_1_hem.png", 60)
    spoil(write(tmp_path / "UID_1_1_1_all.png"))
    with pytest.raises(ImageError, match=rf"UID_1_1_1_all\.png.*{sentence}"):
        read_cells(find_samples(tmp_path, DataConfig()), SMALL)


def test_a_deep_tiff_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.tif"), np.full((48, 48, 3), 900, np.uint16))
    with pytest.raises(ImageError, match=r"a\.tif"):
        read_pixels(tmp_path / "a.tif")


def test_all_bad_files_are_counted_and_the_first_few_named(tmp_path: Path) -> None:
    write(tmp_path / "UID_H1_1_1_hem.png", 60)
    for number in range(9):
        (tmp_path / f"UID_1_{number}_1_all.png").write_bytes(b"")
    with pytest.raises(ImageError, match=r"9 of 10 cells cannot be used.*_0_1_all.*_4_1_all.*And 4 more") as caught:
        read_cells(find_samples(tmp_path, DataConfig()), SMALL)
    assert len(caught.value.detail.splitlines()) == 9


def test_what_is_transparent_is_black(tmp_path: Path) -> None:
    picture = np.full((48, 48, 4), 200, np.uint8)
    picture[:24, :, 3], picture[24:, :, 3] = 0, 255
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    pixels = read_pixels(tmp_path / "a.png")
    assert not pixels[:24].any()
    assert (pixels[24:] == 200).all()


@pytest.mark.parametrize(("height", "width"), [(30, 61), (48, 48), (80, 20)])
def test_another_size_can_be_cut_and_padded_about_its_middle(tmp_path: Path, height: int, width: int) -> None:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[height // 2, width // 2] = 255
    for name in ("UID_H1_1_1_hem.png", "UID_1_1_1_all.png"):
        cv2.imwrite(str(tmp_path / name), picture + (3 if "hem" in name else 0))
    config = DataConfig(canvas="fit")
    crops = read_cells(find_samples(tmp_path, config), SMALL, config).crops
    assert crops.shape == (2, 40, 40, 3)
    row, column = np.argwhere(crops[0, ..., 0] == 255)[0]
    assert abs(row - 20) <= 1
    assert abs(column - 20) <= 1


def test_lossless_pixels_are_those_of_the_file(tmp_path: Path) -> None:
    picture = np.random.default_rng(2).integers(0, 255, (48, 48, 3), dtype=np.uint8)
    for suffix in (".bmp", ".png", ".tif"):
        cv2.imwrite(str(tmp_path / f"a{suffix}"), picture)
        np.testing.assert_array_equal(read_pixels(tmp_path / f"a{suffix}"), picture[..., ::-1])


def test_a_cell_encoded_again_has_a_twin_and_must_have_its_label(tmp_path: Path) -> None:
    cell, other = drawn_cell(1), drawn_cell(2)
    cv2.imwrite(str(tmp_path / "UID_1_1_1_all.png"), cell)
    cv2.imwrite(str(tmp_path / "UID_2_1_1_all.jpg"), cell, [cv2.IMWRITE_JPEG_QUALITY, 80])
    cv2.imwrite(str(tmp_path / "UID_H1_1_1_hem.png"), other)
    big = Preprocessing(canvas=160, crop=100, height=32, width=32)
    cells = read_cells(find_samples(tmp_path, DataConfig()), big)
    assert [sample.twins for sample in cells.samples] == [0, 0, -1]
    cv2.imwrite(str(tmp_path / "UID_H2_1_1_hem.jpg"), np.rot90(cell).copy(), [cv2.IMWRITE_JPEG_QUALITY, 80])
    samples = find_samples(tmp_path, DataConfig())
    with pytest.raises(ImageError, match=r"UID_1_1_1_all\.png.*UID_H2_1_1_hem\.jpg.*same cell with different labels"):
        read_cells(samples, big)
    exact = DataConfig(duplicates="exact")
    assert {sample.twins for sample in read_cells(samples, big, exact).samples} == {-1}


def test_one_picture_with_two_labels_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "UID_H1_1_1_hem.png", 60)
    write(tmp_path / "UID_1_1_1_all.png", 60)
    with pytest.raises(ImageError, match="different labels"):
        read_cells(find_samples(tmp_path, DataConfig()), SMALL)


@pytest.mark.parametrize("file", sorted(CONFIG_FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_configuration_is_valid(file: Path) -> None:
    # The frozen recipes are those that ship, under the bundles' own names.
    assert read_config(file).name.replace("-", "_") == file.stem.removesuffix("_frozen")


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    text = (CONFIG_FOLDER / "hybrid.toml").read_text(encoding="utf-8")
    (tmp_path / "c.toml").write_text(text.replace("head_rate", "haed_rate"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"fit\.haed_rate"):
        read_config(tmp_path / "c.toml")


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_config(tmp_path / "c.toml")
