"""Differential bundles: compiled graphs against Keras and a tape, what a Naming says, whom the gate keeps out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from leukoscope.domain.cell_classes import CELL_CLASSES, cell_class, is_judged_for_leukemia
from leukoscope.domain.errors import BundleError
from leukoscope.domain.findings import BundleId, Label, Naming, UnsureReason, spared_probability
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.quality import QualityReport
from leukoscope.inference.decision import NO_BAND, decide
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import (
    AttributeHead,
    Band,
    Calibration,
    ExplanationLayer,
    Manifest,
    NamingRule,
)
from leukoscope.inference.namings import ATTRIBUTES, naming_of
from leukoscope.inference.opinions import LOGIT
from tests.unit.inference.builders import SIDE, backbone, cell, opinion

CLASSES = ("neutrophil", "lymphocyte", "blast", "erythroblast", "no-white-cell")
HEADS = (
    AttributeHead(name="granularity", values=("no", "yes")),
    AttributeHead(name="cell-shape", values=("irregular", "round")),
)


def manifest(**changes: Any) -> Manifest:
    facts: dict[str, Any] = {
        "kind": "differential",
        "name": "differential",
        "title": "Differential",
        "version": "1",
        "created": "2026-11-28",
        "architecture": "test",
        "parameters": 1,
        "source": "trained",
        "model_sha256": "0" * 64,
        "classes": CLASSES,
        "output": "softmax",
        "preprocessing": Preprocessing(height=SIDE, width=SIDE),
        "calibration": Calibration(temperature=2.0),
        "naming": NamingRule(confident=0.8, gate=0.95, leukemic_kept_out=0.005, leukemic=100),
        "attributes": HEADS,
        "explanations": (
            ExplanationLayer(name="left", title="Left", kind=MapKind.GRAD_CAM, layer="left/last", maximum=0.05),
        ),
    }
    return Manifest(**(facts | changes))


def network() -> Any:
    import keras

    keras.utils.set_random_seed(3)
    pixels = keras.Input((SIDE, SIDE, 3))
    features = keras.layers.GlobalAveragePooling2D(name="features")(backbone("left")(pixels))
    outputs = {
        "classes": keras.layers.Dense(len(CLASSES), activation="softmax", name="classes")(features),
        "attributes": keras.layers.Dense(4, name="attributes")(features),
    }
    return keras.Model(pixels, outputs, name="differential")


def naming(confident: float = 0.8, gate: float = 0.95, **probabilities: float) -> Naming:
    given = {code.replace("_", "-"): p for code, p in probabilities.items()}
    rest = {code: 0.0 for code in CLASSES if code not in given}
    return Naming(BundleId("differential", "1", "0" * 64), given | rest, confident, gate)


def test_the_compiled_graph_says_what_keras_and_a_tape_say() -> None:
    from leukoscope.inference.graph import compare, convert, original_of, run_graph
    from leukoscope.inference.probes import probe_inputs

    model, facts = network(), manifest()
    graph = convert(model, facts)
    compare(graph, original_of(model, facts), facts)

    import openvino as ov

    request = ov.Core().compile_model(graph, "CPU").create_infer_request()
    pixels = probe_inputs(facts.preprocessing)[0]
    outputs = run_graph(request, pixels)
    assert outputs["map:left"].shape == (1, 4, 4, len(CLASSES))
    said = naming_of(outputs, facts, None)
    expected = model.predict(pixels[None], verbose=0)["classes"][0]
    warm = np.exp(np.log(expected) / 2.0)
    assert list(said.probabilities.values()) == pytest.approx(list(warm / warm.sum()), abs=1e-4)
    named = list(CLASSES).index(said.code)
    assert np.array_equal(said.maps[0].values, outputs["map:left"][0, :, :, named])
    assert [attribute.name for attribute in said.attributes] == ["granularity", "cell-shape"]
    assert all(0.5 <= attribute.probability <= 1.0 for attribute in said.attributes)


def test_a_graph_that_differs_from_the_model_is_refused() -> None:
    from leukoscope.inference.graph import compare, convert, original_of

    model, facts = network(), manifest()
    graph = convert(model, facts)
    kernel, bias = model.get_layer("classes").get_weights()
    model.get_layer("classes").set_weights([kernel, bias + np.arange(len(CLASSES), dtype=np.float32)])
    with pytest.raises(BundleError, match="does not do the same"):
        compare(graph, original_of(model, facts), facts)


def test_a_head_that_does_not_fit_the_manifest_is_refused() -> None:
    from leukoscope.inference.graph import convert

    with pytest.raises(BundleError, match="outputs that its manifest names"):
        convert(network(), manifest(classes=CLASSES[:4]))


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": ("neutrophil", "plasmodium")},
        {"classes": ("neutrophil", "neutrophil")},
        {"naming": None},
        {"thresholds": Band(low=0.4, high=0.6)},
        {"output": "sigmoid"},
        {"kind": "network"},
    ],
)
def test_a_manifest_that_mixes_its_kinds_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        manifest(**changes)


def test_every_class_is_known_by_its_code_and_only_mononuclear_ones_are_judged() -> None:
    assert all(cell_class(code).code == code for code in CELL_CLASSES)
    assert [code for code in CELL_CLASSES if is_judged_for_leukemia(code)] == ["lymphocyte", "monocyte", "blast"]
    assert len({known.key for known in CELL_CLASSES.values()} - {""}) == len(CELL_CLASSES)
    with pytest.raises(ValueError, match="no cell class"):
        cell_class("cancer cell")


def test_the_gate_counts_granulocytes_erythroblasts_and_what_is_no_white_cell() -> None:
    said = {"neutrophil": 0.3, "erythroblast": 0.2, "no-white-cell": 0.1, "immature-granulocyte": 0.3, "blast": 0.1}
    assert spared_probability(said) == pytest.approx(0.6)
    assert naming(neutrophil=0.96, blast=0.04).kept_out
    assert not naming(neutrophil=0.9, blast=0.1).kept_out


@pytest.mark.parametrize(
    ("said", "label", "reasons"),
    [
        ({"neutrophil": 0.97, "blast": 0.03}, Label.HEALTHY, ()),
        ({"erythroblast": 0.97, "blast": 0.03}, Label.UNSURE, (UnsureReason.PRECURSOR,)),
        ({"no_white_cell": 0.97, "blast": 0.03}, Label.UNSURE, (UnsureReason.NO_WHITE_CELL,)),
        ({"neutrophil": 0.5, "no_white_cell": 0.48, "blast": 0.02}, Label.UNSURE, (UnsureReason.UNNAMED,)),
    ],
)
def test_a_cell_that_is_kept_out_has_no_probability_of_leukemic(
    said: dict[str, float], label: Label, reasons: tuple[UnsureReason, ...]
) -> None:
    finding = decide(cell(), Judgement((), naming(**said)), QualityReport(()))
    assert (finding.label, finding.unsure, finding.probability) == (label, reasons, None)
    assert finding.thresholds == NO_BAND


def test_a_mononuclear_cell_gets_the_leukemia_models_verdict() -> None:
    said = naming(lymphocyte=0.4, blast=0.5, neutrophil=0.1)
    finding = decide(cell(), Judgement((opinion(0.9), opinion(0.8)), said), QualityReport(()))
    assert (finding.label, finding.unsure) == (Label.LEUKEMIC, ())
    assert finding.probability == pytest.approx(0.85)


def test_a_verdict_on_a_cell_that_is_hardly_mononuclear_is_unsure() -> None:
    said = naming(neutrophil=0.7, blast=0.3)
    finding = decide(cell(), Judgement((opinion(0.9),), said), QualityReport(()))
    assert (finding.label, finding.unsure) == (Label.UNSURE, (UnsureReason.UNNAMED,))


def test_an_immature_granulocyte_is_named_and_left_to_a_person() -> None:
    said = naming(immature_granulocyte=0.9, blast=0.1)
    assert not said.kept_out
    finding = decide(cell(), Judgement((opinion(0.1),), said), QualityReport(()))
    assert (finding.label, finding.unsure[0]) == (Label.UNSURE, UnsureReason.PRECURSOR)


def test_attributes_are_read_head_by_head() -> None:
    logits = np.zeros((1, len(CLASSES)), np.float32)
    values = np.array([[0.0, 2.0, 3.0, 0.0]], np.float32)
    said = naming_of({LOGIT: logits, ATTRIBUTES: values}, replace_maps(manifest()), None)
    assert [(a.name, a.value) for a in said.attributes] == [("granularity", "yes"), ("cell-shape", "irregular")]
    assert said.attributes[0].probability == pytest.approx(1 / (1 + np.exp(-2.0)))


def replace_maps(facts: Manifest) -> Manifest:
    return facts.model_copy(update={"explanations": ()})


def test_an_unknown_bundle_folder_is_not_read_as_a_differential(tmp_path: Path) -> None:
    from leukoscope.inference.manifest import read_manifest, write_manifest

    write_manifest(manifest(), tmp_path)
    assert read_manifest(tmp_path) == manifest()
    assert replace(naming(blast=1.0), confident=1.0).is_confident


def test_a_class_may_need_more_than_another_to_be_named() -> None:
    rule = NamingRule(confident=0.8, by_class={"blast": 0.95}, gate=0.9, leukemic_kept_out=0.0, leukemic=1)
    facts = manifest(naming=rule, calibration=Calibration(temperature=1.0))
    for code, is_named in (("blast", False), ("neutrophil", True)):
        logits = np.zeros((1, len(CLASSES)), np.float32)
        # 0.9 for one class, the rest shared among the others.
        logits[0, CLASSES.index(code)] = np.log(0.9 / (0.1 / (len(CLASSES) - 1)))
        said = naming_of({LOGIT: logits}, facts, None)
        assert (said.code, said.is_confident) == (code, is_named)
