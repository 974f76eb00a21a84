"""Plain folders of pictures: classes, copies on one side, the published shares, and what cannot be used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import ImageError, SettingsError
from leukoscope.inference.input_schema import Preprocessing
from tests.training.drawn_sets import augmented, drawn_cells, write, write_set
from training.config import CONFIG_FOLDER, DataConfig, SplitConfig, read_config
from training.data import read_cells
from training.listing import find_samples, list_samples
from training.samples import Sample
from training.splits import assert_disjoint, make_folds, validation_rows

PICTURES = DataConfig(layout="pictures", canvas="resize", duplicates="turned")
WHOLE = Preprocessing(canvas=450, crop=450, height=48, width=48)


def test_classes_are_found_in_any_case_with_and_without_parts_of_a_set(tmp_path: Path) -> None:
    healthy, leukemic = drawn_cells(2)
    write(tmp_path / "train" / "HEALTHY" / "1.png", healthy[0])
    write(tmp_path / "test" / "healthy" / "1.png", healthy[1])
    write(tmp_path / "train" / "Pro" / "1.jpg", leukemic[0])
    write(tmp_path / "Early" / "deeper" / "1.bmp", leukemic[1])
    found = find_samples(tmp_path, PICTURES)
    assert {s.inside: s.label for s in found} == {
        "train/HEALTHY/1.png": 0, "test/healthy/1.png": 0, "train/Pro/1.jpg": 1, "Early/deeper/1.bmp": 1,
    }  # fmt: skip
    assert len({s.subject for s in found}) == 4


def test_an_unknown_folder_is_named_with_the_way_out(tmp_path: Path) -> None:
    write_set(tmp_path, "hem", "all", 1)
    write(tmp_path / "Platelets" / "1.png", drawn_cells(1)[0][0])
    with pytest.raises(ImageError, match=r"“Platelets”.*data\.class_folders"):
        find_samples(tmp_path, PICTURES)
    left = PICTURES.model_copy(update={"class_folders": {"platelets": "leave-out"}})
    assert len(find_samples(tmp_path, left)) == 4


def test_copies_of_a_picture_stand_on_one_side_and_the_shares_are_the_published_ones() -> None:
    config = read_config(CONFIG_FOLDER / "published_hybrid.toml")
    # Ten copies of each of 100 cells, as augmentation before the split leaves them.
    samples = [Sample(Path(f"{i:04}.png"), i // 500, f"cell {i // 10}", twins=i // 10) for i in range(1000)]
    (fold,) = make_folds(samples, config.split, seed=1)
    chosen = validation_rows(samples, fold.train, config.split, seed=1)
    train = set(fold.train).difference(chosen)
    assert [len(train), len(chosen), len(fold.test)] == [800, 120, 80]
    sides = [{samples[row].twins for row in rows} for rows in (train, chosen, fold.test)]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    for rows in (train, chosen, fold.test):
        assert sum(samples[row].label for row in rows) * 2 == len(rows)
    assert make_folds(samples, config.split, seed=2)[0].test != fold.test
    assert_disjoint(samples, fold)


def test_a_real_copy_is_kept_with_its_cell(tmp_path: Path) -> None:
    write_set(tmp_path, "Healthy", "Cancerous", 6)
    cells = read_cells(find_samples(tmp_path, PICTURES), WHOLE, PICTURES)
    twins = {s.inside for s in cells.samples if s.twins >= 0}
    assert twins == {"Healthy/0.png", "Healthy/aug_0.png", "Cancerous/0.png", "Cancerous/aug_0.png"}
    # Copies count as one cell in every interval.
    assert len({s.subject for s in cells.samples}) == len(cells.samples) - 2
    for seed in range(5):
        split = SplitConfig(kind="picture", test_share=0.3)
        (fold,) = make_folds(cells.samples, split, seed)
        held = {cells.samples[row].inside for row in fold.test}
        assert len(held & {"Healthy/0.png", "Healthy/aug_0.png"}) != 1


def test_a_picture_of_any_size_stands_for_the_whole_canvas(tmp_path: Path) -> None:
    (pixels, *_), _ = drawn_cells(2, side=450)
    small = np.asarray(cv2.resize(pixels, (224, 224), interpolation=cv2.INTER_AREA), np.uint8)
    write(tmp_path / "hem" / "large.png", pixels)
    write(tmp_path / "hem" / "small.png", small)
    write(tmp_path / "all" / "1.png", drawn_cells(1, side=450)[1][0])
    cells = read_cells(find_samples(tmp_path, PICTURES), WHOLE, PICTURES)
    crops = {s.path.name: crop.astype(int) for s, crop in zip(cells.samples, cells.crops, strict=True)}
    assert np.abs(crops["large.png"] - crops["small.png"]).mean() < 2
    # A picture that is not square is padded, not stretched: the cell keeps its form.
    write(tmp_path / "hem" / "wide.png", np.pad(small, ((0, 0), (56, 56), (0, 0))))
    wide = read_cells(find_samples(tmp_path, PICTURES), WHOLE, PICTURES)
    crop = next(c for s, c in zip(wide.samples, wide.crops, strict=True) if s.path.name == "wide.png")
    assert (crop.max(axis=2) > 12).sum() == pytest.approx((crops["small.png"].max(axis=2) > 12).sum() / 2.25, rel=0.1)


def test_damaged_and_contradicting_pictures_are_refused_or_left_out_and_said(tmp_path: Path) -> None:
    write_set(tmp_path, "Healthy", "Cancerous", 4)
    (tmp_path / "Healthy" / "broken.png").write_bytes(b"no picture")
    write(tmp_path / "Cancerous" / "as healthy.png", augmented(drawn_cells(4)[0][2], 9))
    samples = find_samples(tmp_path, PICTURES)
    with pytest.raises(ImageError, match=r"2 of 12 cells cannot be used"):
        read_cells(samples, WHOLE, PICTURES)
    cells = read_cells(samples, WHOLE, PICTURES.model_copy(update={"unusable": "leave-out"}))
    names = {s.inside for s in cells.samples}
    assert not names & {"Healthy/broken.png", "Cancerous/as healthy.png", "Healthy/2.png"}
    assert len(cells.samples) == len(cells.crops) == 9
    assert any("broken.png" in one for one in cells.left_out)
    assert any("different labels" in one for one in cells.left_out)


def test_when_nothing_of_a_class_is_left_it_is_refused_even_so(tmp_path: Path) -> None:
    write(tmp_path / "hem" / "1.png", drawn_cells(1)[0][0])
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "1.png").write_bytes(b"no picture")
    config = PICTURES.model_copy(update={"unusable": "leave-out"})
    with pytest.raises(ImageError, match="not a readable image"):
        read_cells(find_samples(tmp_path, config), WHOLE, config)


def test_people_are_taken_from_names_where_a_pattern_says_so(tmp_path: Path) -> None:
    write(tmp_path / "hem" / "aug_UID_H7_1_1_hem_3.png", drawn_cells(1)[0][0])
    write(tmp_path / "all" / "nobody.png", drawn_cells(1)[1][0])
    samples, problems = list_samples(tmp_path, PICTURES.model_copy(update={"people": "UID_(H?[0-9]+)_"}))
    assert [s.subject for s in samples] == ["h7"]
    assert problems == ["“all/nobody.png” names nobody as data.people wants it."]


TINY = 'name = "t"\ntitle = "T"\n[network]\nkind = "hybrid"\nbackbones = ["efficientnet-lite0"]\n'


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ('[data]\nlayout = "pictures"\n', "nobody is named"),
        ("[split]\ntest_share = 0.1\n", "people are dealt into folds"),
        ('[data]\nlayout = "pictures"\npeople = "x"\n', "needs a group"),
        ('[data]\nlayout = "pictures"\npeople = "("\n', "no regular expression"),
        ('[data]\nlayout = "pictures"\n[data.class_folders]\nx = "blast"\n', "neither a class"),
        ('[data]\npeople = "(x)"\n', 'go with layout = "pictures"'),
    ],
)
def test_configurations_that_would_claim_too_much_are_refused(tables: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(TINY + tables, encoding="utf-8")
    with pytest.raises(SettingsError, match=sentence):
        read_config(tmp_path / "c.toml")


@pytest.mark.parametrize("network", ["ensemble", "hybrid"])
def test_the_published_configurations_are_the_published_recipe(network: str) -> None:
    config = read_config(CONFIG_FOLDER / f"published_{network}.toml")
    fit = config.fit
    assert (fit.optimizer, fit.head_rate, fit.tail_rate, fit.train_last) == ("adam", 1e-4, 1e-4, 50)
    assert (fit.schedule, fit.plateau_factor, fit.plateau_patience, fit.stop_patience) == ("plateau", 0.3, 3, 5)
    assert (config.augment.rotation, config.augment.zoom, config.augment.contrast) == (0.15, 0.15, 0.15)
    assert config.network.backbones == (
        ("efficientnetb3", "resnet152v2", "convnext_tiny") if network == "ensemble" else ("efficientnetb0",)
    )
    assert config.network.dropout == (0.5 if network == "ensemble" else 0.4)
    assert (config.preprocessing.canvas, config.preprocessing.crop) == (450, 450)
    assert (1 - config.split.test_share) * config.split.validation_share == pytest.approx(0.12, abs=1e-4)
