"""The contact sheet shows both classes and several people, and replaces nothing unasked."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.test_duplicates import drawn_cell
from training.__main__ import main
from training.config import StandardizeConfig, read_config
from training.data import Sample
from training.preview import VARIANTS, choose, draw_sheet, standardized, write_preview

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
{standardize}
[data]
name = "drawn cells"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration and six cells, two of them of one person."""
    (tmp_path / "c.toml").write_text(CONFIG.format(standardize="standardize = {}"), encoding="utf-8")
    (tmp_path / "cells").mkdir()
    names = ("H1_1_1_hem", "H1_2_1_hem", "H2_1_1_hem", "1_1_1_all", "2_1_1_all", "3_1_1_all")
    for seed, name in enumerate(names):
        cv2.imwrite(str(tmp_path / "cells" / f"UID_{name}.png"), drawn_cell(seed))
    return tmp_path


def preview(folder: Path, *more: str) -> int:
    out = str(folder / "sheet.png")
    return main(["preview", str(folder / "c.toml"), "--data", str(folder / "cells"), "--out", out, *more])


def test_the_verb_writes_a_picture_and_keeps_one_that_is_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preview(folder, "--cells", "4") == 0
    assert "4 cells" in capsys.readouterr().out
    sheet = cv2.imread(str(folder / "sheet.png"))
    assert sheet is not None
    assert preview(folder) == 2
    assert "--force" in capsys.readouterr().err
    assert preview(folder, "--cells", "6", "--force") == 0
    assert cv2.imread(str(folder / "sheet.png")).shape[0] > sheet.shape[0]
    assert [path.name for path in folder.glob("*.png")] == ["sheet.png"]


def test_without_standardization_there_is_one_block(folder: Path) -> None:
    write_preview(folder / "c.toml", folder / "cells", folder / "both.png", cells=2, force=False)
    (folder / "c.toml").write_text(CONFIG.format(standardize=""), encoding="utf-8")
    write_preview(folder / "c.toml", folder / "cells", folder / "one.png", cells=2, force=False)
    both, one = (cv2.imread(str(folder / name)).shape[1] for name in ("both.png", "one.png"))
    assert both > 1.5 * one


def test_captions_name_class_and_subject(folder: Path) -> None:
    from training.preview import Row

    pictures = np.zeros((1 + VARIANTS, 48, 48, 3), np.uint8)
    rows = [Row(Sample(Path("a.png"), label, f"p{label}"), pictures) for label in (0, 1)]
    figure = draw_sheet(rows, read_config(folder / "c.toml"))
    texts = {text.get_text() for part in (figure, *figure.subfigs) for text in part.texts}
    assert {"healthy", "leukemic", "subject p0", "subject p1", "Tiny hybrid (tiny 1.0.0)"} <= texts


def test_cells_come_from_both_classes_and_many_people() -> None:
    people = [(0, "h1"), (0, "h2"), (1, "1"), (1, "2"), (1, "3")]
    samples = [Sample(Path(f"{name}-{n}.png"), label, name) for label, name in people for n in range(9)]
    chosen = choose(samples, 10, 1)
    assert [samples[i].label for i in chosen] == [0] * 5 + [1] * 5
    assert {samples[i].subject for i in chosen} == {"h1", "h2", "1", "2", "3"}
    assert choose(samples, 10, 1) == chosen != choose(samples, 10, 2)
    assert len(set(choose(samples, 1000, 1))) == len(samples)


def test_standardized_cells_have_the_mean_that_was_asked_for() -> None:
    pictures = np.stack([drawn_cell(seed) for seed in range(2)])
    after = standardized(pictures, StandardizeConfig(mean=(150, 110, 160), deviation=(20, 20, 20)))
    inside = pictures.max(axis=-1) > 12
    np.testing.assert_allclose(after[inside].mean(axis=0), (150, 110, 160), atol=2)


@pytest.mark.parametrize(
    ("out", "sentence"), [("sheet.jpg", "end in .png"), ("none/sheet.png", "does not exist")], ids=["name", "folder"]
)
def test_a_place_that_cannot_be_written_is_named(
    folder: Path, out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["preview", str(folder / "c.toml"), "--data", str(folder / "cells"), "--out", str(folder / out)]
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_an_unreadable_cell_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "cells" / "UID_1_1_1_all.png").write_bytes(b"")
    assert preview(folder, "--cells", "6") == 2
    assert "UID_1_1_1_all.png" in capsys.readouterr().err
