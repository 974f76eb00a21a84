"""The registry of explanation methods, and each method against another computation of the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray

from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.explanations import METHODS, shown_by
from leukoscope.inference.graph import COMPILE_OPTIONS, compare, convert, original_of, run_graph
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.import_process import SMALLEST_MAXIMUM, install_into
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import CARD_FILE, Manifest, read_manifest
from leukoscope.inference.opinions import LOGIT
from leukoscope.inference.original import BY_GRADIENT, WITHOUT_GRADIENT
from leukoscope.inference.probes import probe_inputs
from tests.small_bundles import SIDE, hybrid
from tests.unit.inference.builders import build, save
from tests.unit.inference.test_maps import manifest_of
from tests.unit.inference.test_naming import manifest as naming_manifest
from tests.unit.inference.test_naming import network as naming_network


def shown_as(kind: MapKind, manifest: Manifest) -> Manifest:
    """The same bundle with every map of gradients made by another method."""
    return manifest.model_copy(update={"explanations": shown_by(kind, manifest.explanations)})


def outputs_of(model: Any, manifest: Manifest) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    pixels = probe_inputs(manifest.preprocessing, 1)[0]
    request = ov.Core().compile_model(convert(model, manifest), "CPU", COMPILE_OPTIONS).create_infer_request()
    return pixels, run_graph(request, pixels)


def test_every_kind_of_map_has_its_method_and_an_independent_check() -> None:
    # Occlusion asks a network that is no Keras model again and again: tests of such networks hold it (test_foreign).
    assert set(METHODS) == set(MapKind) - {MapKind.OCCLUSION} == set(BY_GRADIENT) | set(WITHOUT_GRADIENT)
    assert all(method.kind is kind for kind, method in METHODS.items())
    assert {kind for kind, method in METHODS.items() if method.uses_gradient} == set(BY_GRADIENT)


def test_hires_cam_is_the_sum_of_products_and_adds_up_to_the_logit_where_grad_cam_does_not() -> None:
    """Before a flattened linear head the gradient is the kernel, at every place another."""
    import keras

    model = build("flattened")
    manifest = shown_as(MapKind.HIRES_CAM, manifest_of(model))
    pixels, outputs = outputs_of(model, manifest)
    activation = keras.Model(model.inputs[0], model.get_layer("pool").output)(pixels[None]).numpy()
    kernel, bias = model.layers[-1].get_weights()
    expected = (activation[0] * kernel.reshape(activation.shape[1:])).sum(axis=-1)
    np.testing.assert_allclose(outputs["map:pool"][0], expected, rtol=1e-4, atol=1e-4)
    assert expected.sum() + bias[0] == pytest.approx(outputs[LOGIT][0], rel=1e-4)

    _, plain = outputs_of(model, manifest_of(model))
    assert abs(plain["map:pool"].sum() + bias[0] - plain[LOGIT][0]) > 0.01 * abs(plain[LOGIT][0])


@pytest.mark.parametrize("name", ["two-branches", "rich-tail"])
def test_hires_cam_agrees_with_a_tape_on_foreign_networks(name: str) -> None:
    model = build(name)
    manifest = shown_as(MapKind.HIRES_CAM, manifest_of(model))
    compare(convert(model, manifest), original_of(model, manifest), manifest)


def test_methods_stand_side_by_side_in_one_graph() -> None:
    """Grad-CAM and HiResCAM of one layer, and attention, in the order of the manifest."""
    model, (cam, attention), _ = hybrid()
    both = (attention, cam, cam.model_copy(update={"name": "hires", "kind": MapKind.HIRES_CAM}))
    size = Preprocessing(height=SIDE, width=SIDE)
    manifest = manifest_of(build("flattened")).model_copy(
        update={"explanations": both, "output": "sigmoid", "preprocessing": size}
    )
    graph = convert(model, manifest)
    compare(graph, original_of(model, manifest), manifest)
    names = {name for output in graph.outputs for name in output.get_names()}
    assert {f"map:{one.name}" for one in both} <= names


def test_a_network_that_names_cells_is_explained_by_either_method_alike() -> None:
    model, facts = naming_network(), naming_manifest()
    hires = shown_as(MapKind.HIRES_CAM, facts)
    compare(convert(model, hires), original_of(model, hires), hires)
    (_, cam), (_, high) = outputs_of(model, facts), outputs_of(model, hires)
    np.testing.assert_allclose(high["map:left"], cam["map:left"], rtol=1e-5)


def test_a_network_that_names_cells_has_no_attention() -> None:
    with pytest.raises(BundleError, match="no maps of the kind “attention”"):
        convert(naming_network(), shown_as(MapKind.ATTENTION, naming_manifest()))


def test_attention_of_a_layer_that_has_none_is_refused() -> None:
    model = build("flattened")
    with pytest.raises(BundleError, match="“pool” has no attention"):
        convert(model, shown_as(MapKind.ATTENTION, manifest_of(model)))


def test_an_import_shows_its_branches_by_the_method_that_is_asked_for(tmp_path: Path) -> None:
    file, part = save("flattened", tmp_path / "m.keras"), tmp_path / "part"
    part.mkdir()
    order = ImportOrder(str(file), "model", ("healthy", "leukemic"), Feeding(), str(part), MapKind.HIRES_CAM)
    install_into(order, lambda _: None)
    (layer,) = read_manifest(part).explanations
    assert (layer.kind, layer.layer) == (MapKind.HIRES_CAM, "pool")
    assert layer.maximum > SMALLEST_MAXIMUM
    assert "hires-cam" in (part / CARD_FILE).read_text(encoding="utf-8")


def test_the_converter_need_not_find_a_name_that_exec_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under Python 3.13, where OpenVINO's question for TensorFlow's version ends with NameError."""
    from openvino.frontend.tensorflow import utils

    def as_there(_framework: str) -> dict[str, str]:
        raise NameError("name 'tensorflow' is not defined")

    monkeypatch.setattr(utils, "get_environment_setup", as_there)
    model, manifest = naming_network(), naming_manifest()
    assert {port.get_any_name() for port in convert(model, manifest).outputs} >= {"logit"}
    assert utils.get_environment_setup is as_there
