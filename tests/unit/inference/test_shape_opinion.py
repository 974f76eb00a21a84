"""The opinion of figures of shape: its parts add up, its manifest is held together, its hash is of its coefficients."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from leukoscope.domain.morphology import Morphology
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import (
    Band,
    Calibration,
    Manifest,
    ShapeModel,
    ShapeRange,
    ShapeTerm,
    read_manifest,
    write_manifest,
)
from leukoscope.inference.opinions import calibrated
from leukoscope.inference.shape_opinion import shape_opinion

SHAPE = ShapeModel(
    intercept=0.4,
    terms=(
        ShapeTerm(figure="cell_area", weight=1.5, mean=math.log(90), scale=0.3, log=True),
        ShapeTerm(figure="nc_ratio", weight=-0.5, mean=0.8, scale=0.1),
    ),
    ranges=(
        ShapeRange(figure="cell_area", low=60, high=120, n=2000),
        ShapeRange(figure="nc_ratio", low=0.65, high=0.92, n=2000),
        ShapeRange(figure="chromatin", low=0.02, high=0.1, n=2000),
    ),
    ranges_on="drawn cells",
)


def manifest_of(shape: ShapeModel | None = SHAPE, **changes: object) -> Manifest:
    values: dict[str, object] = {
        "kind": "morphology",
        "name": "morphology",
        "title": "Figures of shape",
        "version": "1.0.0",
        "created": "2026-11-28",
        "architecture": "logistic regression",
        "parameters": 3,
        "source": "trained",
        "model_sha256": SHAPE.sha256(),
        "classes": ("healthy", "leukemic"),
        "preprocessing": Preprocessing(),
        "calibration": Calibration(temperature=2.0, n=10),
        "thresholds": Band(low=0.3, high=0.7),
        "explanations": (),
        "shape": shape,
    }
    return Manifest.model_validate({**values, **changes})


MEASURED = Morphology({"cell_area": 150.0, "nc_ratio": 0.9, "chromatin": 0.05, "lobes": 1.0})


def test_contributions_add_up_to_the_calibrated_logit() -> None:
    manifest = manifest_of()
    opinion = shape_opinion(manifest, MEASURED)
    assert opinion.probability == pytest.approx(calibrated(opinion.logit, manifest.calibration))
    parts = sum(one.contribution for one in opinion.figures)
    assert parts + SHAPE.intercept / 2.0 == pytest.approx(math.log(opinion.probability / (1 - opinion.probability)))
    by_code = {one.code: one for one in opinion.figures}
    assert list(by_code) == ["cell_area", "nc_ratio", "chromatin"], "in the order shown; no range, not shown"
    assert by_code["cell_area"].contribution > 0 > by_code["nc_ratio"].contribution
    assert by_code["chromatin"].contribution == 0
    assert opinion.bundle.sha256 == manifest.model_sha256
    assert opinion.maps == () and opinion.novelty is None


def test_what_cannot_be_measured_adds_nothing() -> None:
    opinion = shape_opinion(manifest_of(), Morphology({"nc_ratio": 0.8}))
    assert opinion.logit == pytest.approx(0.4)
    assert [one.code for one in opinion.figures] == ["nc_ratio"]


def test_a_network_has_no_figures_of_shape(small_bundles: Path) -> None:
    with pytest.raises(ValueError, match="no figures of shape"):
        shape_opinion(read_manifest(small_bundles / "hybrid"), MEASURED)


def test_a_bundle_is_checked_without_a_model_file(tmp_path: Path) -> None:
    folder = tmp_path / "shipped" / "morphology"
    folder.mkdir(parents=True)
    write_manifest(manifest_of(), folder)
    (folder / "card.md").write_text("what it is", encoding="utf-8")
    library = BundleLibrary(tmp_path / "shipped", tmp_path / "user")
    (bundle,) = library.list()
    assert not bundle.is_network
    assert all(check.passed for check in library.verify("morphology"))
    changed = SHAPE.model_copy(update={"intercept": -3.0})
    write_manifest(manifest_of(changed), folder)
    (bad,) = [check for check in library.verify("morphology") if not check.passed]
    assert bad.name == "model"
    assert "coefficients" in bad.sentence


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "network"},
        {"shape": None},
        {"shape": {**SHAPE.model_dump(), "ranges": SHAPE.model_dump()["ranges"][1:]}},
        {"shape": {**SHAPE.model_dump(), "terms": [{"figure": "mood", "weight": 1, "mean": 0, "scale": 1}]}},
        {"shape": {**SHAPE.model_dump(), "terms": SHAPE.model_dump()["terms"] * 2}},
        {"shape": {**SHAPE.model_dump(), "terms": []}},
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        manifest_of(**change)
