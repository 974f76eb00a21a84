"""The differential from drawn pictures to a bundle that names cells, by the commands that the engineer types."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.cells import View
from leukoscope.domain.errors import SettingsError
from leukoscope.imaging.localize import localize
from leukoscope.inference.manifest import read_manifest
from leukoscope.inference.namings import softmax
from leukoscope.sources.demo import demo_cells, demo_field
from training.differential.__main__ import main
from training.differential.attributes import COLUMNS, read_attributes
from training.differential.calibration import (
    LEAST_SURE,
    class_thresholds,
    find_temperature,
    gate_threshold,
    naming_threshold,
)
from training.differential.cells import CALIBRATE, REPORT, TRAIN, LabeledCell, LabeledCells, load_cells
from training.differential.fit import class_weights
from training.differential.fold_network import held_out_people, trains
from training.differential.recipe import VariantConfig, read_recipe
from training.differential.sources import PBC_CLASSES
from training.differential.styles import find_styles
from training.differential.synthetic_cells import piece_of, smudge_of
from training.differential.variants import plain, variant
from training.styles import Style, between, density, restyle, style_of

RECIPE = """
classes = ["neutrophil", "lymphocyte", "blast", "no-white-cell"]
crop = 352
stored = 64
side = 64
folds = 2
made_pieces = 6
made_smudges = 6
[fit]
draws = 1
epochs = 1
batch = 8
"""


def write_recipe(folder: Path, text: str = RECIPE) -> Path:
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_pbc(folder: Path, each: int = 14) -> list[str]:
    """Single cells in their surroundings, cut out of drawn fields; any kind of cell stands for any class."""
    windows = []
    for seed in range(1, 9):
        field = demo_field(seed)
        for cell in localize(field, View.FIELD):
            x, y = (round(value) for value in cell.box.center)
            if 182 < x < field.width - 182 and 182 < y < field.height - 182:
                windows.append(field.pixels[y - 180 : y + 180, x - 181 : x + 182])
    assert len(windows) >= 2 * each
    names = []
    for number, kind in enumerate(("neutrophil", "lymphocyte")):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for index, window in enumerate(windows[number * each : (number + 1) * each]):
            names.append(f"{kind[:2].upper()}_{index}.jpg")
            Image.fromarray(window).save(folder / kind / names[-1], quality=95)
    return names


def write_cnmc(folder: Path) -> None:
    folder.mkdir(parents=True)
    for index, frame in enumerate(demo_cells(16)):
        kind = "all" if index % 2 else "hem"
        person = f"{'' if index % 2 else 'H'}{1 + index // 2 % 4}"
        Image.fromarray(frame.pixels).save(folder / f"UID_{person}_{index}_1_{kind}.png")


def write_bccd(folder: Path) -> None:
    for name in ("images", "annotations"):
        (folder / name).mkdir(parents=True)
    rows = []
    for number in range(1, 5):
        field, stem = demo_field(20 + number), f"BloodImage_{number:05d}"
        Image.fromarray(field.pixels).save(folder / "images" / f"{stem}.jpg", quality=95)
        root = ElementTree.Element("annotation")
        for cell in localize(field, View.FIELD)[1:]:
            thing = ElementTree.SubElement(root, "object")
            ElementTree.SubElement(thing, "name").text = "WBC"
            box = ElementTree.SubElement(thing, "bndbox")
            ends = (cell.box.x, cell.box.y, cell.box.x + cell.box.width, cell.box.y + cell.box.height)
            for key, value in zip(("xmin", "ymin", "xmax", "ymax"), ends, strict=True):
                ElementTree.SubElement(box, key).text = str(value)
        ElementTree.ElementTree(root).write(folder / "annotations" / f"{stem}.xml")
        rows.append(f"{stem}.jpg,{'+'.join(['neutrophil'] * len(root))}")
    (folder / "wbc_types.csv").write_text("image,types\n" + "\n".join(rows), encoding="utf-8")


def write_wbcatt(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True)
    for part, first in (("train", 0), ("val", 1), ("test", 2)):
        with (folder / f"pbc_attr_v1_{part}.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(["img_name", "label", *COLUMNS, "path"])
            for index, name in enumerate(names[first::3]):
                rows.writerow([name, "x", *(f"{column}-{index % 2}" for column in COLUMNS), "x"])


@pytest.mark.heavy
@pytest.mark.slow
def test_from_pictures_to_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    names = write_pbc(data / "pbc")
    write_cnmc(data / "cnmc")
    write_bccd(data / "bccd")
    write_wbcatt(data / "wbcatt", names)
    recipe = write_recipe(tmp_path)
    common = ["--run", str(tmp_path / "run"), "--config", str(recipe), "--wbcatt", str(data / "wbcatt")]
    folders = ["--pbc", str(data / "pbc"), "--c-nmc", str(data / "cnmc"), "--bccd", str(data / "bccd")]

    assert main(["cells", *common, *folders, "--processes", "1"]) == 0
    cells = load_cells(tmp_path / "run" / "cells")
    assert {(fact.source, fact.code) for fact in cells.facts} >= {
        ("pbc", "neutrophil"),
        ("pbc", "lymphocyte"),
        ("c-nmc", "blast"),
        ("c-nmc", "lymphocyte"),
        ("bccd", "neutrophil"),
        ("bccd", "no-white-cell"),
    }
    assert {fact.part for fact in cells.facts if fact.source == "pbc"} == {TRAIN, CALIBRATE, REPORT}
    assert cells.pixels.shape[1:] == (64, 64, 3)

    assert main(["fit", *common]) == 0
    assert main(["fit", *common]) == 0
    said = capsys.readouterr().out
    assert "fold-1 is done already" in said
    assert main(["assess", *common]) == 0
    assert "mean macro-F1" in capsys.readouterr().out
    assessment = json.loads((tmp_path / "run" / "assessment.json").read_text(encoding="utf-8"))
    assert 0.5 <= assessment["naming"]["gate"] <= 1.0

    assert main(["export", *common, "--to", str(tmp_path / "bundle")]) == 0
    manifest = read_manifest(tmp_path / "bundle")
    assert (manifest.kind, manifest.classes[2]) == ("differential", "blast")
    assert "The gate" in (tmp_path / "bundle" / "card.md").read_text(encoding="utf-8")

    from leukoscope.inference.graph import compile_bundle

    compile_bundle(tmp_path / "bundle" / "model.keras", manifest, tmp_path / "graph.xml")
    assert (tmp_path / "graph.bin").stat().st_size > 0


def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["--run", str(tmp_path), "--wbcatt", str(tmp_path / "nowhere")]
    assert main(["fit", *common]) == 2
    assert "no attribute table" in capsys.readouterr().err
    recipe = write_recipe(tmp_path, RECIPE.replace("neutrophil", "plasmodium"))
    assert main(["fit", *common, "--config", str(recipe)]) == 2
    assert "plasmodium" in capsys.readouterr().err
    with pytest.raises(SettingsError, match="no cut-out cells"):
        load_cells(tmp_path)


def test_the_shipped_recipe_can_be_read() -> None:
    recipe = read_recipe(Path("training/configs/differential/differential.toml"))
    assert set(PBC_CLASSES.values()) <= set(recipe.classes)


def painted(color: tuple[int, int, int], radius: int = 20) -> np.ndarray:
    y, x = np.mgrid[:64, :64] - 31.5
    cell = np.zeros((64, 64, 3), np.uint8)
    cell[x**2 + y**2 < radius**2] = color
    cell[x**2 + y**2 < (radius // 2) ** 2] = np.array(color) // 2
    return cell


def test_a_restyled_cell_has_the_other_labs_density() -> None:
    rng = np.random.default_rng(0)
    dark, pale = (np.stack([painted(color)] * 3) for color in ((90, 50, 110), (190, 170, 210)))
    own, other = style_of(dark, rng), style_of(pale, rng)
    out = restyle(dark[0], own, other, rng, jitter=0.0)
    inside = dark[0].max(axis=2) > 0
    assert np.array_equal(out.max(axis=2) > 0, inside)
    assert density(out[inside]).mean(axis=0) == pytest.approx(other.mean, abs=0.12)


def test_styles_come_from_training_cells_and_lie_between_two_labs() -> None:
    pixels, facts = [], []
    for number in range(30):
        pixels += [painted((90, 50, 110)), painted((190, 170, 210)), painted((20, 20, 20))]
        facts.append(LabeledCell("lymphocyte", "pbc", f"p{number}", f"p{number}", TRAIN))
        facts.append(LabeledCell("monocyte", "bccd", f"b{number}", f"b{number}", TRAIN))
        facts.append(LabeledCell("lymphocyte", "bccd", f"r{number}", f"r{number}", REPORT))
    own, choice = find_styles(LabeledCells(np.stack(pixels), tuple(facts)), 1)
    assert set(own) == {"pbc", "bccd"} and len(choice) == 26
    # The black cells are only measured: no style comes from them.
    assert all(style.mean.max() < 2.0 for style in choice)
    low, high = sorted((own["pbc"].mean[0], own["bccd"].mean[0]))
    means = [between((own["pbc"], own["bccd"]), np.random.default_rng(seed)).mean[0] for seed in range(40)]
    assert all(low - 1e-6 <= mean <= high + 1e-6 for mean in means)
    assert len({round(float(mean), 4) for mean in means}) > 10


def test_variants_differ_stay_on_black_and_repeat_by_their_seed() -> None:
    cell, config = painted((120, 80, 140)), VariantConfig()
    styles = (Style(np.full(3, 0.8, np.float32), np.full(3, 0.3, np.float32)),)
    made = [variant(cell, styles[0], styles, 48, config, np.random.default_rng(seed)) for seed in (1, 2, 1)]
    assert np.array_equal(made[0], made[2])
    assert not np.array_equal(made[0], made[1])
    assert all(one.shape == (48, 48, 3) and not one[0, 0].any() and one.any() for one in made)
    assert plain(cell, 48).shape == (48, 48, 3)


def test_pieces_and_smudges_are_made_of_cells() -> None:
    cell, rng = painted((120, 80, 140)), np.random.default_rng(2)
    whole = (cell.max(axis=2) > 0).sum()
    piece, smudge = piece_of(cell, rng), smudge_of(cell, rng)
    assert 0.05 * whole < (piece.max(axis=2) > 0).sum() < 0.45 * whole
    assert smudge.any()
    assert not np.array_equal(smudge, cell)
    nothing = np.zeros_like(cell)
    assert not piece_of(nothing, rng).any()
    assert not smudge_of(nothing, rng).any()


def test_a_person_stands_on_one_side_only_and_made_cells_follow_theirs() -> None:
    facts = [LabeledCell("blast", "c-nmc", f"{p}-{i}", p, TRAIN) for p in ("1", "2", "3") for i in range(2)]
    facts += [LabeledCell("lymphocyte", "c-nmc", f"{p}-{i}", p, TRAIN) for p in ("h1", "h2") for i in range(2)]
    facts += [LabeledCell("no-white-cell", "c-nmc", f"{fact.name}", fact.group, TRAIN, made="piece") for fact in facts]
    facts += [LabeledCell("neutrophil", "pbc", "x", "x", REPORT), LabeledCell("neutrophil", "pbc", "y", "y", TRAIN)]
    recipe = read_recipe(Path("training/configs/differential/differential.toml")).model_copy(update={"folds": 2})
    people = held_out_people(facts, recipe, "fold-0")
    used = trains(facts, people)
    assert people
    assert not any(used[row] for row, fact in enumerate(facts) if fact.group in people or fact.part == REPORT)
    assert {fact.group for row, fact in enumerate(facts) if used[row]} == {"1", "2", "3", "h1", "h2", "y"} - people
    assert held_out_people(facts, recipe, "final") == frozenset()


def test_weights_lift_small_classes_and_damp_people_with_many_cells() -> None:
    labels = np.array([0] * 300 + [0] * 30 + [1] * 30)
    people = np.array(["a"] * 300 + ["b"] * 30 + [""] * 30)
    rows = np.arange(360)
    weights = class_weights(labels, people, rows)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[0] < weights[320] < weights[350] * 1.8
    assert class_weights(labels, people, rows[:330])[350] == 0.0
    lifted = class_weights(labels, people, rows, factors=np.where(labels == 1, 3.0, 1.0))
    assert lifted[350] / lifted[0] == pytest.approx(3 * weights[350] / weights[0], rel=1e-5)


def test_temperature_threshold_and_gate() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, 3000)
    logits = (np.eye(3)[labels] * 2 + rng.normal(0, 1, (3000, 3))).astype(np.float32)
    assert find_temperature(logits * 4, labels) == pytest.approx(4 * find_temperature(logits, labels), rel=0.05)
    probabilities = softmax(logits)
    threshold = naming_threshold(probabilities, labels, 0.95)
    chosen = probabilities.max(axis=1) >= threshold
    assert (probabilities.argmax(axis=1) == labels)[chosen].mean() > 0.93
    scores = np.linspace(0, 1, 1001)
    assert (scores >= gate_threshold(scores, 0.005)).sum() == 5
    assert gate_threshold(np.zeros(10), 0.005) == 0.5


def test_every_class_has_the_threshold_that_it_needs() -> None:
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 4, 4000)
    # 2 and 3 are told apart with difficulty, the others with ease; the last class is never named.
    clear = np.eye(5)[labels] * np.where(labels < 2, 6.0, 1.0)[:, None]
    clear[labels >= 2, 2:4] += 3.0
    probabilities = softmax((clear + rng.normal(0, 1, (4000, 5))).astype(np.float32))
    limits = class_thresholds(probabilities, labels, 0.97, 0.99)
    assert limits[:2].tolist() == [LEAST_SURE, LEAST_SURE]
    assert limits[2:4].min() > LEAST_SURE and limits[2:4].max() < 0.99
    assert limits[4] == 0.99
    for code in (2, 3):
        chosen = (probabilities.argmax(axis=1) == code) & (probabilities.max(axis=1) >= limits[code])
        assert (labels[chosen] == code).mean() > 0.95


def test_attribute_tables_must_be_whole(tmp_path: Path) -> None:
    write_wbcatt(tmp_path / "wbcatt", [f"NE_{i}.jpg" for i in range(9)])
    table = read_attributes(tmp_path / "wbcatt")
    assert len(table.heads) == 11
    facts = [
        LabeledCell("neutrophil", "pbc", "NE_0.jpg", "x", TRAIN),
        LabeledCell("neutrophil", "bccd", "NE_0.jpg", "x", TRAIN),
    ]
    assert table.labels(facts).min(axis=1).tolist() == [0, -1]
    (tmp_path / "wbcatt" / "pbc_attr_v1_val.csv").write_text("img_name\nx\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="no attribute table"):
        read_attributes(tmp_path / "wbcatt")
