"""A folder as it comes is described in words, and its configuration trains; what is wrong is said with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.domain.cuts import Cutting
from leukoscope.sources.demo import demo_field
from tests.training.drawn_sets import augmented, drawn_cells, write, write_set
from training.__main__ import main
from training.config import read_config


def quickstart(data: Path, *more: str) -> int:
    return main(["quickstart", str(data), "--out", str(data.parent / "c.toml"), "--size", "small", *more])


def test_a_published_set_is_described_and_its_configuration_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_set(tmp_path / "set", "Healthy", "Cancerous", 5)
    (data / "readme.txt").write_text("hello", encoding="utf-8")
    assert quickstart(data) == 0
    shown = capsys.readouterr().out
    for part in (
        "12 pictures with a class", "Healthy: “Healthy” 6.", "Leukemic: “Cancerous” 6.", "nobody is named",
        "4 pictures show 2 cells more than once", "Size: 224x224 (12).", "Background: black", "1 other files",
        "Fewer than 100 pictures",
    ):  # fmt: skip
        assert part in shown
    config = read_config(tmp_path / "c.toml")
    assert (config.data.layout, config.split.kind, config.split.test_share) == ("pictures", "picture", 0.08)
    assert config.data.class_folders == {"Cancerous": "leukemic", "Healthy": "healthy"}
    # The commands that it prints are those that follow.
    assert main(["check-data", str(tmp_path / "c.toml"), "--data", str(data)]) == 0
    shown = capsys.readouterr().out
    assert "people may be on both sides" in shown
    assert "whose cells these are is not known" in shown


def test_four_classes_with_parts_of_a_set_become_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    healthy, leukemic = drawn_cells(6)
    for number, pixels in enumerate(healthy):
        write(tmp_path / "set" / "train" / "Benign" / f"{number}.jpg", pixels)
    for number, (name, pixels) in enumerate(zip(["Early", "Pre", "Pro"] * 2, leukemic, strict=True)):
        write(tmp_path / "set" / ("train" if number < 3 else "test") / name / f"{number}.jpg", pixels)
    write(tmp_path / "set" / "test" / "Benign" / "copy.jpg", augmented(healthy[0], 3))
    assert quickstart(tmp_path / "set", "--network", "ensemble") == 0
    shown = capsys.readouterr().out
    assert "Healthy: “Benign” 7." in shown
    assert "Leukemic: “Early” 2, “Pre” 2, “Pro” 2." in shown
    assert "the leukemic folders are taken together" in shown
    assert "Parts of the set found (test, train)" in shown
    assert "1 of these cells stand in more than one part of the set as it came" in shown
    assert read_config(tmp_path / "c.toml").network.kind == "ensemble"


def test_an_unknown_class_is_named_and_can_be_mapped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_set(tmp_path / "set", "hem", "all", 3)
    write(data / "Giant platelets" / "1.png", drawn_cells(4)[0][3])
    assert quickstart(data) == 2
    assert '--class "Giant platelets"=leave-out' in capsys.readouterr().out
    assert not (tmp_path / "c.toml").exists()
    assert quickstart(data, "--class", "Giant platelets=leave-out") == 0
    assert "Left out: “Giant platelets” 1." in capsys.readouterr().out
    assert main(["check-data", str(tmp_path / "c.toml"), "--data", str(data)]) == 0
    assert quickstart(data, "--class", "x=lymphoma") == 2
    assert "write NAME=CLASS" in capsys.readouterr().err


def test_one_class_an_empty_folder_and_none_are_refused_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "set" / "hem" / "1.png", drawn_cells(1)[0][0])
    assert quickstart(tmp_path / "set") == 2
    assert "no usable leukemic cell" in capsys.readouterr().out
    (tmp_path / "empty" / "hem").mkdir(parents=True)
    assert quickstart(tmp_path / "empty") == 2
    assert "no picture in" in capsys.readouterr().err
    assert quickstart(tmp_path / "nowhere") == 2
    assert "does not exist" in capsys.readouterr().err
    write(tmp_path / "flat" / "1.png", drawn_cells(1)[0][0])
    assert quickstart(tmp_path / "flat") == 2
    assert "in no folder of a class" in capsys.readouterr().out


def test_damaged_mixed_contradicting_and_deep_pictures_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_set(tmp_path / "set", "Healthy", "Cancerous", 5)
    write(data / "Healthy" / "smear 4" / "wide.png", drawn_cells(6, 300)[0][5][:200])
    (data / "Cancerous" / "broken.png").write_bytes(b"")
    write(data / "Cancerous" / "also healthy.png", augmented(drawn_cells(5)[0][3], 5))
    write(data / "Cancerous" / "field.png", 255 - drawn_cells(6)[1][5])
    assert quickstart(data) == 0
    shown = capsys.readouterr().out
    assert "Sizes: 224x224 (14), 300x200 (1)" in shown
    assert "1 picture not square" in shown
    assert (
        "1 cells stand under both classes and are left out: “Cancerous/also healthy.png” and “Healthy/3.png”" in shown
    )
    assert "1 picture cannot be read and left out: “broken.png” is empty" in shown
    assert "folders (“smear 4”)" in shown
    assert "% of the pictures show what lies around the cell" in shown
    assert read_config(tmp_path / "c.toml").data.unusable == "leave-out"


def test_pictures_with_background_are_fed_with_background(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, name in enumerate(["Benign", "Pro"] * 3):
        write(tmp_path / "set" / name / f"{number}.jpg", demo_field(number, 224, 224).pixels)
    assert quickstart(tmp_path / "set") == 0
    assert (
        "Background: 100 % of the pictures show what lies around the cell; the program will" in capsys.readouterr().out
    )
    assert read_config(tmp_path / "c.toml").preprocessing.cut_out is Cutting.KEPT


def test_people_in_folders_and_in_names_are_kept_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    healthy, leukemic = drawn_cells(4, 100)
    for number in range(4):
        write(tmp_path / "set" / "hem" / f"H{number}" / "1.png", healthy[number])
        write(tmp_path / "set" / "all" / f"L{number}" / "1.png", leukemic[number])
        write(tmp_path / "names" / "hem" / f"aug_UID_H{number}_1_1_hem_0.png", healthy[number])
        write(tmp_path / "names" / "all" / f"aug_UID_{number}_1_1_all_0.png", leukemic[number])
    assert quickstart(tmp_path / "set", "--people-in-folders") == 0
    assert "People: 4 healthy and 4 leukemic" in capsys.readouterr().out
    for name in ("set", "names"):
        if name == "names":
            assert quickstart(tmp_path / name, "--force") == 0
        config = read_config(tmp_path / "c.toml")
        assert (config.split.kind, config.split.folds, config.split.parts) == ("subject", 3, 3)
        assert main(["check-data", str(tmp_path / "c.toml"), "--data", str(tmp_path / name)]) == 0
        shown = capsys.readouterr().out
        assert "Split subject" in shown
        assert "all 8" in shown


def test_cnmc_names_take_the_recipe_for_the_next_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    healthy, leukemic = drawn_cells(3, 450)
    for number in range(3):
        write(tmp_path / "set" / "fold_0" / "hem" / f"UID_H{number}_1_1_hem.bmp", healthy[number])
        write(tmp_path / "set" / "fold_0" / "all" / f"UID_{number}_1_1_all.bmp", leukemic[number])
    assert quickstart(tmp_path / "set") == 0
    assert "as C-NMC has them: “healthy” 3, “leukemic” 3" in capsys.readouterr().out
    config = read_config(tmp_path / "c.toml")
    assert (config.data.layout, config.split.kind, config.preprocessing.crop) == ("c-nmc", "subject", 300)
    (tmp_path / "set" / "fold_0" / "hem" / "UID_H2_1_1_hem.bmp").unlink()
    assert quickstart(tmp_path / "set", "--force") == 2
    assert "nobody can be held out" in capsys.readouterr().out


def test_a_configuration_that_is_there_is_not_replaced_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_set(tmp_path / "set", "hem", "all", 3)
    (tmp_path / "c.toml").write_text("mine", encoding="utf-8")
    assert quickstart(data) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "c.toml").read_text(encoding="utf-8") == "mine"
    assert quickstart(data, "--force") == 0


def test_ctrl_c_stops_the_look_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_set(tmp_path / "set", "hem", "all", 3)

    def pressed(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.data.read_pixels", pressed)
    assert quickstart(data) == 130
    assert "Nothing was written." in capsys.readouterr().err
    assert not (tmp_path / "c.toml").exists()
